//! Any bytes as what git tells a hook, as FETCH_HEAD, or as a policy: read to the end, never a panic, and what was
//! understood is written again as the line it was read from.

#![no_main]

use ci_guard::guard::announced::{pre_push, pre_receive};
use ci_guard::guard::fetch_head;
use ci_guard::policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let announced = pre_push(input);
    for update in &announced.updates {
        let line = [
            update.local_ref.as_slice(),
            format!(" {} ", update.new).as_bytes(),
            update.remote_ref.as_slice(),
            format!(" {}\n", update.old).as_bytes(),
        ]
        .concat();
        assert_eq!(pre_push(&line).updates, [update.clone()]);
    }
    for update in pre_receive(input).updates {
        assert!(update.local_ref.is_empty() && !update.remote_ref.contains(&b' '));
    }
    for fetched in fetch_head::parse(input) {
        assert!(fetch_head::same_place(fetched.url.as_ref(), fetched.url.as_ref()) || fetched.url.is_empty());
    }
    if let Err(error) = policy::parse(input) {
        assert!(!error.to_string().chars().any(char::is_control));
    }
});
