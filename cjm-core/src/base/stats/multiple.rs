//! Many tests at once: p values adjusted so that luck is not taken for a finding.
//!
//! Answers: Holm's and Benjamini and Hochberg's adjusted p, in the order given. Does not know: the tests.

/// Holm's adjusted p values (the chance of even one false finding is held), in the order given;
/// `None` when one is no probability.
///
/// ```
/// use cjm_core::base::stats::holm;
/// assert_eq!(holm(&[0.01, 0.04]), Some(vec![0.02, 0.04]));
/// ```
pub fn holm(p: &[f64]) -> Option<Vec<f64>> {
    let mut largest = 0.0_f64;
    adjust(p, false, |rank, n, p| {
        largest = largest.max((n - rank) as f64 * p);
        largest
    })
}

/// Benjamini and Hochberg's q values (the share of false findings is held), in the order given;
/// `None` when one is no probability.
pub fn benjamini_hochberg(p: &[f64]) -> Option<Vec<f64>> {
    let mut smallest = 1.0_f64;
    adjust(p, true, |rank, n, p| {
        smallest = smallest.min(n as f64 * p / (rank + 1) as f64);
        smallest
    })
}

/// Walks the p values by size (from the largest when `down`), `rank` counting from the smallest = 0.
fn adjust(p: &[f64], down: bool, mut step: impl FnMut(usize, usize, f64) -> f64) -> Option<Vec<f64>> {
    if !p.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let mut ranked: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    let by_rank = ranked.iter().copied().enumerate();
    let mut adjusted: Vec<(usize, f64)> = if down {
        by_rank.rev().map(|(rank, (place, p))| (place, step(rank, ranked.len(), p).min(1.0))).collect()
    } else {
        by_rank.map(|(rank, (place, p))| (place, step(rank, ranked.len(), p).min(1.0))).collect()
    };
    adjusted.sort_by_key(|(place, _)| *place);
    Some(adjusted.into_iter().map(|(_, q)| q).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(actual: Option<Vec<f64>>, expected: &[f64]) {
        let actual = actual.unwrap();
        assert_eq!(actual.len(), expected.len());
        assert!(actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{actual:?}");
    }

    #[test]
    fn published_values() {
        let p = [0.001, 0.008, 0.039, 0.041, 0.27];
        near(holm(&p), &[0.005, 0.032, 0.117, 0.117, 0.27]);
        near(benjamini_hochberg(&p), &[0.005, 0.02, 0.05125, 0.05125, 0.27]);
    }

    #[test]
    fn order_and_edges() {
        near(holm(&[0.27, 0.001, 0.041, 0.008, 0.039]), &[0.27, 0.005, 0.117, 0.032, 0.117]);
        near(benjamini_hochberg(&[0.27, 0.001]), &[0.27, 0.002]);
        assert_eq!(holm(&[]), Some(vec![]));
        assert_eq!(holm(&[0.5, f64::NAN]), None);
        assert_eq!(benjamini_hochberg(&[1.5]), None);
    }

    proptest! {
        #[test]
        fn never_below_p_and_holm_never_below_bh(p in prop::collection::vec(0.0_f64..=1.0, 0..30)) {
            let (holm, bh) = (holm(&p).unwrap(), benjamini_hochberg(&p).unwrap());
            for ((p, h), b) in p.iter().zip(&holm).zip(&bh) {
                prop_assert!(*p <= b + 1e-12 && *b <= h + 1e-12 && *h <= 1.0);
            }
        }
    }
}
