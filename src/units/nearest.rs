//! The known name that was probably meant by one that nobody knows.

/// The known name that is most like `name`, if one is: a third of its letters may differ, or one of
/// the two begins with the other.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (name.len() / 3).max(1);
    let begins = |known: &str| {
        name.len().min(known.len()) >= 4 && (known.starts_with(name) || name.starts_with(known))
    };
    known
        .map(|known| (strsim::osa_distance(name, known), known))
        .filter(|(distance, known)| *distance <= allowed || begins(known))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
