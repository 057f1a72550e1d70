//! What an emotion curve says in a few figures.
//!
//! Answers: peak, valley, end, peak-end, duration-weighted mean, slope, moment of truth.
//! Does not know: where the emotions come from, nor what the touchpoints are called; it speaks of positions.

use serde::Serialize;

/// One touchpoint of a curve, in map order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CurveItem {
    /// Its emotion; `None` when it was not measured.
    pub emotion: Option<f64>,
    /// How long it lasts, in any one unit; `None` when unknown.
    pub duration: Option<f64>,
}

/// A place on the curve (position in the items given, from 0) and the value there.
pub type CurvePlace = (usize, f64);

/// The summary of a curve. All is `None` where too few touchpoints were measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct CurveSummary {
    /// Measured touchpoints.
    pub n: usize,
    /// The largest absolute value with its sign; of equal ones the later.
    pub peak: Option<CurvePlace>,
    /// The highest value; of equal ones the later.
    pub highest: Option<CurvePlace>,
    /// The lowest value; of equal ones the earlier.
    pub valley: Option<CurvePlace>,
    /// The last measured touchpoint.
    pub end: Option<CurvePlace>,
    /// (peak + end) / 2 with the peak of the largest absolute value.
    pub peak_end: Option<f64>,
    /// (peak + end) / 2 with the highest value as peak.
    pub peak_end_of_highest: Option<f64>,
    /// Mean emotion, each weighted by its duration; touchpoints of unknown duration are left out.
    pub duration_weighted: Option<f64>,
    /// Whether `duration_weighted` is the plain mean, because no duration is known or all are 0.
    pub unweighted: bool,
    /// Least-squares slope per touchpoint of the map (unmeasured ones keep their place); needs two measured.
    pub slope: Option<f64>,
    /// The moment of truth: the measured touchpoint after the largest drop from the measured one before it, with
    /// the drop (negative); of equal ones the earlier; `None` when nothing drops.
    pub largest_drop: Option<CurvePlace>,
}

/// Summarises a curve given in map order. Emotions that are no finite numbers count as not measured.
///
/// ```
/// use cjm_core::score::{CurveItem, summarize_curve};
/// let curve = [2.0, -4.0, 1.0].map(|e| CurveItem { emotion: Some(e), duration: None });
/// let s = summarize_curve(&curve);
/// assert_eq!((s.peak, s.peak_end, s.largest_drop), (Some((1, -4.0)), Some(-1.5), Some((1, -6.0))));
/// ```
pub fn summarize_curve(items: &[CurveItem]) -> CurveSummary {
    let measured: Vec<CurvePlace> = items
        .iter()
        .enumerate()
        .filter_map(|(place, item)| Some((place, item.emotion.filter(|e| e.is_finite())?)))
        .collect();
    let by_value = |f: fn(f64) -> f64| {
        measured.iter().copied().reduce(|best, next| if f(next.1) >= f(best.1) { next } else { best })
    };
    let (peak, highest) = (by_value(f64::abs), by_value(|e| e));
    let valley = measured.iter().copied().reduce(|best, next| if next.1 < best.1 { next } else { best });
    let end = measured.last().copied();
    let halfway = |peak: Option<CurvePlace>| peak.zip(end).map(|((_, peak), (_, end))| (peak + end) / 2.0);
    let (duration_weighted, unweighted) = weighted(items, &measured);
    CurveSummary {
        n: measured.len(),
        peak,
        highest,
        valley,
        end,
        peak_end: halfway(peak),
        peak_end_of_highest: halfway(highest),
        duration_weighted,
        unweighted,
        slope: slope(&measured),
        largest_drop: largest_drop(&measured),
    }
}

/// The mean weighted by duration, or the plain mean and `true`; nothing measured is `None` and `false`.
fn weighted(items: &[CurveItem], measured: &[CurvePlace]) -> (Option<f64>, bool) {
    let duration = |place: usize| {
        items.get(place).and_then(|item| item.duration).filter(|d| d.is_finite() && *d > 0.0).unwrap_or(0.0)
    };
    let total: f64 = measured.iter().map(|(place, _)| duration(*place)).sum();
    if measured.is_empty() {
        (None, false)
    } else if total > 0.0 && total.is_finite() {
        (Some(measured.iter().map(|(place, e)| e * (duration(*place) / total)).sum()), false)
    } else {
        let n = measured.len() as f64;
        (Some(measured.iter().map(|(_, e)| e / n).sum()), true)
    }
}

fn slope(measured: &[CurvePlace]) -> Option<f64> {
    if measured.len() < 2 {
        return None;
    }
    let n = measured.len() as f64;
    let mean_place = measured.iter().map(|(place, _)| *place as f64).sum::<f64>() / n;
    let mean_value = measured.iter().map(|(_, e)| e).sum::<f64>() / n;
    let across = measured.iter().map(|(p, e)| (*p as f64 - mean_place) * (e - mean_value)).sum::<f64>();
    let along = measured.iter().map(|(p, _)| (*p as f64 - mean_place).powi(2)).sum::<f64>();
    Some(across / along)
}

fn largest_drop(measured: &[CurvePlace]) -> Option<CurvePlace> {
    let drops =
        measured.iter().zip(measured.iter().skip(1)).map(|((_, before), (place, e))| (*place, e - before));
    drops.filter(|(_, drop)| *drop < 0.0).reduce(|worst, next| if next.1 < worst.1 { next } else { worst })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary<const N: usize>(emotions: [f64; N], durations: [f64; N]) -> CurveSummary {
        let items: Vec<CurveItem> = emotions
            .into_iter()
            .zip(durations)
            .map(|(e, d)| CurveItem { emotion: Some(e), duration: Some(d) })
            .collect();
        summarize_curve(&items)
    }

    #[test]
    fn published_values() {
        let s = summary([4.0, 2.0, -1.0, 3.0], [10.0, 5.0, 30.0, 15.0]);
        assert_eq!((s.peak_end, s.peak_end_of_highest), (Some(3.5), Some(3.5)));
        assert!((s.duration_weighted.unwrap() - 1.083_333_333_3).abs() < 1e-9 && !s.unweighted);
        assert_eq!((s.valley, s.end, s.largest_drop), (Some((2, -1.0)), Some((3, 3.0)), Some((2, -3.0))));
        assert!((s.slope.unwrap() - -0.6).abs() < 1e-12, "by hand: -3 / 5");
        let s = summary([2.0, -4.0, 1.0], [0.0; 3]);
        assert_eq!((s.peak_end_of_highest, s.peak_end), (Some(1.5), Some(-1.5)));
        let plain = summary([4.0, 2.0, -1.0, 3.0], [0.0; 4]);
        assert_eq!((plain.duration_weighted, plain.unweighted), (Some(2.0), true));
    }

    #[test]
    fn ties() {
        let s = summary([-0.5, 0.5, -0.5], [1.0; 3]);
        assert_eq!((s.peak, s.highest, s.valley), (Some((2, -0.5)), Some((1, 0.5)), Some((0, -0.5))));
        assert_eq!(summary([0.5, 0.0, 0.5, 0.0], [1.0; 4]).largest_drop, Some((1, -0.5)));
    }

    #[test]
    fn gaps_and_too_little() {
        assert_eq!(summarize_curve(&[]), CurveSummary::default());
        let gap = CurveItem { emotion: None, duration: Some(5.0) };
        assert_eq!(summarize_curve(&[gap, gap]), CurveSummary::default());
        let one = summary([0.3], [1.0]);
        assert_eq!((one.n, one.slope, one.largest_drop, one.peak_end), (1, None, None, Some(0.3)));
        let at = |e| CurveItem { emotion: Some(e), duration: None };
        let s = summarize_curve(&[at(1.0), gap, at(0.0), at(f64::NAN)]);
        assert_eq!((s.n, s.slope, s.largest_drop, s.unweighted), (2, Some(-0.5), Some((2, -1.0)), true));
        let rising = summary([0.0, 0.0, 0.5], [1.0; 3]);
        assert_eq!(rising.largest_drop, None);
    }
}
