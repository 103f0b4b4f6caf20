//! A hash for texts that are kept only as hashes: fast, because a million lines are hashed before a
//! run begins, and the same everywhere, though nothing of it is ever written down.

/// Odd numbers without a pattern (the fractions of the golden ratio and of two square roots).
pub(super) const SEEDS: [u64; 3] =
    [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03, 0xbb67_ae85_84ca_a73b];

/// The halves of a product laid over each other, so that each bit of both sides moves all of them.
pub(super) fn mixed(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    low_half(product) ^ low_half(product >> 64)
}

/// The hash of a text that follows whatever gave `before`.
pub(super) fn hashed(before: u64, text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let length = mixed(before ^ SEEDS[0], text.len() as u64 ^ SEEDS[1]);
    let hash = words
        .iter()
        .chain([&last])
        .fold(length, |hash, word| mixed(hash ^ u64::from_le_bytes(*word), SEEDS[2]));
    mixed(hash, SEEDS[0])
}

fn low_half(wide: u128) -> u64 {
    (wide & u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn texts_that_differ_a_little_differ_in_both_halves_of_their_hash() {
        let numbers = (0..20_000).map(|number| format!("2547{number:08}"));
        let short = (0..3).map(|length| "\0".repeat(length));
        let texts: Vec<String> = numbers.chain(short).collect();
        let hashes: Vec<u64> = texts.iter().map(|text| hashed(0, text.as_bytes())).collect();
        let whole: HashSet<u64> = hashes.iter().copied().collect();
        let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 32).collect();
        assert_eq!(whole.len(), texts.len());
        assert!(high.len() + 3 > texts.len(), "{} of {}", high.len(), texts.len());
    }

    #[test]
    fn where_one_text_ends_and_the_next_begins_makes_a_difference() {
        let both = |one: &str, two: &str| hashed(hashed(0, one.as_bytes()), two.as_bytes());
        assert_ne!(both("ab", "c"), both("a", "bc"));
        assert_ne!(both("", "abc"), both("abc", ""));
    }
}
