//! Link checkers: whether the links are gone, or only could not be asked.
//!
//! A link that is gone (404, 410, a name that nobody has, a redirect that the checker refuses) is mended in the repository.
//! One that timed out, or met a server's own error or its limit, passes another day. One of the first kind decides.

use super::{Found, Kind, Sorted, sorted};
use crate::model::Bucket;

/// All that the checker complains of are servers that did not answer today.
pub(super) fn unanswered(found: &Found) -> Option<Sorted> {
    let (at, _) = found.failure.as_ref()?;
    let last = found.excerpt.as_ref()?.span.end;
    let links = || found.hits.iter().filter(|(_, hit)| hit.signature.kind == Kind::Link).map(|(number, _)| *number);
    // A list that goes on beyond the excerpt may hold anything.
    if links().any(|number| number < *at || number > last) {
        return None;
    }
    let complaints: Vec<&str> = found
        .lines()
        .filter(|(number, line)| number >= at && (line.contains("://") || links().any(|link| link == *number)))
        .map(|(_, line)| line)
        .filter(|line| line.contains("://") || !line.trim_start().starts_with('>'))
        .collect();
    let all = !complaints.is_empty() && complaints.iter().all(|line| is_unanswered(line));
    all.then(|| sorted(Bucket::InfraFault, 0.7, "the link checker met only servers that timed out or were down"))
}

fn is_unanswered(line: &str) -> bool {
    const WORDS: [&str; 6] = [
        "timeout",
        "timed out",
        "too many requests",
        "service unavailable",
        "bad gateway",
        "temporary failure in name",
    ];
    // What is said stands beside the link, and not in it.
    let beside: Vec<&str> = line.split_whitespace().filter(|word| !word.contains("://")).collect();
    let status = beside
        .iter()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
        .find(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|word| word.parse::<u16>().ok());
    match status {
        Some(status) => status == 429 || (500..600).contains(&status),
        None => {
            let said = beside.join(" ").to_ascii_lowercase();
            WORDS.iter().any(|word| said.contains(word))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::bucket;
    use super::*;

    #[test]
    fn a_link_that_is_gone_decides() {
        let list =
            |links: &str| format!("> Links \n{links}> Dupes \n  None\n\nThe command \"awesome_bot\" exited with 1.\n");
        for (links, want) in [
            ("  1. [L0239] 522 http://shop.example/a.jpg  \n", Bucket::InfraFault),
            (
                "  1. [L0239] 503 http://shop.example/404  \n  2. [L1581] http://other.example/ Net::ReadTimeout \n",
                Bucket::InfraFault,
            ),
            (
                "  1. [L0239] 522 http://shop.example/a.jpg  \n  2. [L1581] 404 http://other.example/b.gif  \n",
                Bucket::CodeRegression,
            ),
            (
                "  1. 301 http://shop.example/ → https://shop.example/\n  2. http://other.example/ Net::ReadTimeout\n",
                Bucket::CodeRegression,
            ),
            ("  1. http://gone.example/ getaddrinfo: Name or service not known\n", Bucket::CodeRegression),
        ] {
            assert_eq!(bucket(&list(links)), want, "{links}");
        }
    }

    #[test]
    fn a_status_is_not_looked_for_in_the_link() {
        assert!(is_unanswered("[503] https://shop.example/404"));
        assert!(!is_unanswered("[404] https://shop.example/503"));
        assert!(!is_unanswered("https://shop.example/timeout-503 is gone"));
    }
}
