//! Names of things: which strings are ids, and how near two names are.
//!
//! Answers: is this a valid id, which known name did the author mean. Does not know: what the ids name.

/// Longest id or free name in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// Whether `text` is an id: `[a-z_][a-z0-9_]*`, at most 128 bytes.
pub fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    first
        && text.len() <= MAX_ID_BYTES
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The known name nearest to `name`, when it is near enough to be what the author meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    // a name of which nothing is left is not near
    let limit = (length / 3).clamp(1, 3).min(length.saturating_sub(1));
    // names whose lengths differ by more than the limit are further apart than that
    let may_be = |k: &&str| k.chars().count().abs_diff(length) <= limit;
    let near = known.into_iter().filter(may_be).map(|k| (distance(name, k), k));
    near.filter(|(d, _)| *d <= limit).min().map(|(_, k)| k)
}

/// Edits between two short names, a swap of neighbours counting one; long names count as far apart.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > MAX_ID_BYTES || b.len() > MAX_ID_BYTES {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut previous: Option<char> = None;
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&row, j) + usize::from(x != *y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = j > 0 && previous == Some(*y) && b.get(j - 1) == Some(&x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        previous = Some(x);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        assert!(is_id("cart_rescue") && is_id("_x9"));
        assert!(!is_id("") && !is_id("9x") && !is_id("Cart") && !is_id("a-b") && !is_id(&"a".repeat(129)));
    }

    #[test]
    fn nearest_names() {
        assert_eq!(nearest("withut", ["within", "without", "for"]), Some("without"));
        assert_eq!(nearest("stagse", ["stages", "title"]), Some("stages"));
        assert_eq!(nearest("zzz", ["stages", "title"]), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
