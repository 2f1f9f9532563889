//! Whether what tools print is judged as it should be, and in which order rules are asked.

mod cases;

use super::*;
use cases::{CASES, Case};

fn tail(text: &str) -> Tail {
    Tail { bytes: text.as_bytes().to_vec(), total: text.len() as u64, has_text: !text.trim().is_empty() }
}

fn judged(ending: Ending, stderr: &str, stdout: &str, rules: &Rules) -> Judgement {
    let (stdout, stderr) = (tail(stdout), tail(stderr));
    judge(&Facts { ending, stdout: &stdout, stderr: &stderr, now: Moment(1_772_445_600_000) }, rules)
}

#[test]
fn measure() {
    for (half, name) in [(0, "looked at"), (1, "held out")] {
        let of_half = |(at, _): &(usize, &Case)| at % 2 == half;
        let (mut right, mut missed, mut false_alarms, mut exact, mut total) = (0, 0, 0, 0, 0);
        for (_, (code, why, stderr, stdout)) in CASES.iter().enumerate().filter(of_half) {
            let found = judged(Ending::Code(*code), stderr, stdout, &Rules::default());
            total += 1;
            exact += usize::from(found.why == *why);
            match (why.failure(), found.why.failure()) {
                (FailureType::Infra, FailureType::Infra) => right += 1,
                (FailureType::Infra, _) => missed += 1,
                (_, FailureType::Infra) => false_alarms += 1,
                _ => {}
            }
            if found.why != *why && (half == 0 || std::env::var("BOTH").is_ok()) {
                println!("{:?} {:?} not {why:?}: {:?} {:?}", found.why, found.pattern, stderr, stdout);
            }
        }
        println!(
            "{name}: {total} cases, exact {exact}; recall {right}/{} precision {right}/{}",
            right + missed,
            right + false_alarms
        );
    }
}
