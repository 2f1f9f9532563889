//! Chance, drawn in one place: from the keys that the standard library gives every hash map, which come from the system's own
//! randomness. Good for jitter and for names that nobody else has; nothing secret is made of it.

use std::hash::{BuildHasher, RandomState};

/// From 0 to 1, without 1.
pub fn fraction() -> f64 {
    // As many bits as a fraction has.
    (number() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A name that nobody else has: 32 hexadecimal digits.
pub fn name() -> String {
    format!("{:016x}{:016x}", number(), number())
}

fn number() -> u64 {
    // Every state has keys of its own, so that hashing one and the same thing is enough.
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_names_are_alike_and_fractions_are_everywhere() {
        let names: BTreeSet<String> = (0..1000).map(|_| name()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())));
        let drawn: Vec<f64> = (0..1000).map(|_| fraction()).collect();
        assert!(drawn.iter().all(|one| (0.0..1.0).contains(one)));
        // Each tenth is hit by a hundred on average; none at all happens once in 10^45 runs.
        assert!((0..10).all(|tenth| drawn.iter().any(|one| (one * 10.0) as usize == tenth)));
    }
}
