//! The emotion lane: expected and measured emotion from touchpoint to touchpoint.
//!
//! Answers: how the curve, its confidence band and its points look. Does not know: where columns stand, who
//! measured.

use super::canvas::{Canvas, Face, Point, Px, Rect};
use super::paint;
use crate::base::catalogue::words::word;
use crate::base::text::Language;

/// Height of the lane in pixels.
pub(super) const HEIGHT: f64 = 190.0;
/// Space above emotion 1 and below emotion -1, for labels.
const MARGIN: f64 = 24.0;

/// One touchpoint's emotion at its place on the sheet.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) x: f64,
    pub(super) title: String,
    pub(super) expected: Option<f64>,
    /// `None`: no measurements were handed in at all.
    pub(super) measured: Option<Measured>,
}

/// What was measured at a touchpoint; all `None` and 0 when nothing was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measured {
    pub(super) actual: Option<f64>,
    pub(super) band: Option<(f64, f64)>,
    pub(super) n: u64,
}

impl Spot {
    fn actual(&self) -> Option<f64> {
        self.measured.and_then(|m| m.actual)
    }

    fn n(&self) -> u64 {
        self.measured.map_or(0, |m| m.n)
    }

    /// Whether the whole interval lies below what was expected.
    fn disappoints(&self) -> bool {
        let high = self.measured.and_then(|m| m.band).map(|(_, high)| high);
        matches!((high, self.expected), (Some(high), Some(expected)) if high < expected)
    }
}

/// Draws the lane into `area`, whose height is [`HEIGHT`].
pub(super) fn draw(canvas: &mut Canvas, area: Rect, spots: &[Spot], language: Language) {
    ground(canvas, area);
    band(canvas, area, spots);
    let expected: Vec<Point> =
        spots.iter().filter_map(|s| s.expected.map(|e| (s.x, height_of(area, e)))).collect();
    canvas.path(
        &smooth(&expected),
        &format!(
            "fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-dasharray=\"5 4\" stroke-linecap=\"round\"",
            paint::EXPECTED
        ),
    );
    actual_line(canvas, area, spots);
    for (i, spot) in spots.iter().enumerate() {
        let (before, after) = spots.split_at_checked(i).unwrap_or_default();
        let nearest =
            [before.iter().rev().find_map(Spot::actual), after.iter().skip(1).find_map(Spot::actual)];
        point(canvas, area, spot, nearest, language);
    }
}

/// The three faces of the scale, right-aligned at `x`.
pub(super) fn scale(canvas: &mut Canvas, area: Rect, x: f64) {
    for (emotion, label) in [(1.0, "+1"), (0.0, "0"), (-1.0, "−1")] {
        let y = height_of(area, emotion);
        let face = format!("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"1.3\"", paint::MUTED);
        canvas.circle((x, y), 8.0, &face);
        for eye in [x - 2.8, x + 2.8] {
            canvas.circle((eye, y - 2.0), 1.1, &format!("fill=\"{}\"", paint::MUTED));
        }
        let bend = emotion * 4.0;
        let mouth = format!("M{} {}q3.6 {} 7.2 0", Px(x - 3.6), Px(y + 3.2 - bend / 4.0), Px(bend));
        let look = format!(
            "fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\" stroke-linecap=\"round\"",
            paint::MUTED
        );
        canvas.path(&mouth, &look);
        canvas.text((x - 13.0, y + 3.5), Face::new(10.0, paint::MUTED).anchored("end"), label);
    }
}

fn ground(canvas: &mut Canvas, area: Rect) {
    let (top, zero, bottom) = (height_of(area, 1.0), height_of(area, 0.0), height_of(area, -1.0));
    let part = |y: f64, to: f64| Rect { x: area.x, y, width: area.width, height: to - y };
    canvas.rect(part(top, zero), 0.0, &format!("fill=\"{}\"", paint::GOOD_GROUND));
    canvas.rect(part(zero, bottom), 0.0, &format!("fill=\"{}\"", paint::BAD_GROUND));
    let right = area.x + area.width;
    canvas.line((area.x, zero), (right, zero), &format!("stroke=\"{}\" stroke-width=\"1\"", paint::ZERO));
}

/// The confidence band over each run of measured neighbours.
fn band(canvas: &mut Canvas, area: Rect, spots: &[Spot]) {
    let runs = spots.split(|s| s.measured.and_then(|m| m.band).is_none());
    for run in runs.filter(|run| !run.is_empty()) {
        let edge = |pick: fn((f64, f64)) -> f64| -> Vec<Point> {
            run.iter()
                .filter_map(|s| s.measured.and_then(|m| m.band).map(|b| (s.x, height_of(area, pick(b)))))
                .collect()
        };
        let (mut upper, mut lower) = (edge(|b| b.1), edge(|b| b.0));
        if let ([(x, high)], [(_, low)]) = (upper.as_slice(), lower.as_slice()) {
            let (x, high, low) = (*x, *high, *low);
            upper = vec![(x - 5.0, high), (x + 5.0, high)];
            lower = vec![(x - 5.0, low), (x + 5.0, low)];
        }
        lower.reverse();
        let there = smooth(&upper);
        let back = smooth(&lower).replacen('M', "L", 1);
        let look = format!("fill=\"{}\" fill-opacity=\"0.16\"", paint::ACTUAL);
        canvas.path(&format!("{there}{back}Z"), &look);
    }
}

/// Solid between neighbours that were both measured, fine and dotted over those that were not.
fn actual_line(canvas: &mut Canvas, area: Rect, spots: &[Spot]) {
    let mut gaps: Vec<(Point, Point)> = Vec::new();
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut adjacent = false;
    for spot in spots {
        let Some(actual) = spot.actual() else {
            adjacent = false;
            continue;
        };
        let here = (spot.x, height_of(area, actual));
        match runs.last_mut() {
            Some(run) if adjacent => run.push(here),
            last => {
                gaps.extend(last.and_then(|run| run.last()).map(|before| (*before, here)));
                runs.push(vec![here]);
            }
        }
        adjacent = true;
    }
    for (from, to) in gaps {
        let look = format!("stroke=\"{}\" stroke-width=\"1.4\" stroke-dasharray=\"1.5 4\"", paint::ACTUAL);
        canvas.line(from, to, &look);
    }
    for run in runs.iter().filter(|run| run.len() > 1) {
        let look = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"2.6\"", paint::ACTUAL);
        canvas.path(&smooth(run), &look);
    }
}

fn point(canvas: &mut Canvas, area: Rect, spot: &Spot, nearest: [Option<f64>; 2], language: Language) {
    canvas.open_group("emotion", &told(spot, language));
    if let Some(expected) = spot.expected {
        let look = format!("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"1.6\"", paint::EXPECTED);
        canvas.circle((spot.x, height_of(area, expected)), 3.6, &look);
    }
    match (spot.actual(), spot.measured.is_some()) {
        (Some(actual), _) => measured_point(canvas, area, spot, actual, nearest),
        (None, true) => {
            let face = Face::new(9.5, paint::MUTED).anchored("middle").with_halo();
            let y = area.y + area.height - 7.0;
            canvas.text((spot.x, y), face, word("map.not_measured", language));
        }
        (None, false) => expected_label(canvas, area, spot),
    }
    canvas.close_group();
}

/// A measured point with its label on the side that the line leaves free.
fn measured_point(canvas: &mut Canvas, area: Rect, spot: &Spot, actual: f64, nearest: [Option<f64>; 2]) {
    let fill = if spot.disappoints() { paint::PAIN } else { paint::ACTUAL };
    let y = height_of(area, actual);
    let radius = radius_of(spot.n());
    canvas.circle((spot.x, y), radius, &format!("fill=\"{fill}\" stroke=\"#ffffff\" stroke-width=\"1.4\""));
    let around: Vec<f64> = nearest.into_iter().flatten().chain(spot.expected).collect();
    let above = actual * around.len() as f64 >= around.iter().sum::<f64>();
    let label_y = if above { y - radius - 5.0 } else { y + radius + 13.0 };
    let label = format!("{} (n {})", signed(actual), thousands(spot.n()));
    let face = Face::new(10.5, fill).bold().anchored("middle").with_halo();
    canvas.text((spot.x, label_y), face, &label);
}

fn expected_label(canvas: &mut Canvas, area: Rect, spot: &Spot) {
    if let Some(expected) = spot.expected {
        let y = height_of(area, expected) - 9.0;
        let face = Face::new(10.5, paint::MUTED).anchored("middle").with_halo();
        canvas.text((spot.x, y), face, &signed(expected));
    }
}

/// What a point says in words.
pub(super) fn told(spot: &Spot, language: Language) -> String {
    let mut parts = vec![spot.title.clone()];
    if let Some(expected) = spot.expected {
        parts.push(format!("{} {}", word("map.expected", language), signed(expected)));
    }
    if let Some(actual) = spot.actual() {
        parts.push(format!("{} {}", word("map.actual", language), signed(actual)));
    } else if spot.measured.is_some() {
        parts.push(word("map.not_measured", language).to_owned());
    }
    if let Some((low, high)) = spot.measured.and_then(|m| m.band) {
        parts.push(format!("95 % [{}, {}]", signed(low), signed(high)));
    }
    if spot.actual().is_some() {
        parts.push(format!("n {}", thousands(spot.n())));
    }
    parts.join(" · ")
}

/// An emotion from -1 to 1 as a height on the sheet.
fn height_of(area: Rect, emotion: f64) -> f64 {
    let half = area.height / 2.0;
    area.y + half - emotion.clamp(-1.0, 1.0) * (half - MARGIN)
}

/// The radius grows with the digits of n: 1 is small, 10,000 and more are large.
fn radius_of(n: u64) -> f64 {
    let digits = (n.max(1) as f64).log10().min(4.0);
    3.4 + digits * 1.3
}

fn signed(x: f64) -> String {
    let hundredths = (x * 100.0).round() / 100.0 + 0.0;
    if hundredths == 0.0 {
        "0".to_owned()
    } else if hundredths < 0.0 {
        format!("−{:.2}", -hundredths)
    } else {
        format!("+{hundredths:.2}")
    }
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// A smooth path through points that never goes beyond its neighbours (monotone cubic), so that the curve shows no
/// peak that is not there. Empty without points.
fn smooth(points: &[Point]) -> String {
    let Some((x, y)) = points.first() else { return String::new() };
    let mut path = format!("M{} {}", Px(*x), Px(*y));
    let slopes: Vec<f64> = points.windows(2).map(slope).collect();
    let tangent = |i: usize| -> f64 {
        match (i.checked_sub(1).and_then(|p| slopes.get(p)), slopes.get(i)) {
            (Some(a), Some(b)) if a * b > 0.0 => 2.0 * a * b / (a + b),
            (Some(_), Some(_)) => 0.0,
            (Some(a), None) | (None, Some(a)) => *a,
            (None, None) => 0.0,
        }
    };
    for (i, pair) in points.windows(2).enumerate() {
        let [(x0, y0), (x1, y1)] = pair else { continue };
        let third = (x1 - x0) / 3.0;
        let _ = std::fmt::Write::write_fmt(
            &mut path,
            format_args!(
                "C{} {} {} {} {} {}",
                Px(x0 + third),
                Px(y0 + third * tangent(i)),
                Px(x1 - third),
                Px(y1 - third * tangent(i + 1)),
                Px(*x1),
                Px(*y1)
            ),
        );
    }
    path
}

fn slope(pair: &[Point]) -> f64 {
    match pair {
        [(x0, y0), (x1, y1)] if x1 != x0 => (y1 - y0) / (x1 - x0),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_as_people_write_them() {
        assert_eq!(signed(0.3), "+0.30");
        assert_eq!(signed(-0.555), "−0.56");
        assert_eq!(signed(-0.001), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
    }

    #[test]
    fn a_smooth_path_does_not_overshoot() {
        assert_eq!(smooth(&[]), "");
        assert_eq!(smooth(&[(1.0, 2.0)]), "M1 2");
        // a plateau stays flat
        assert_eq!(smooth(&[(0.0, 9.0), (3.0, 0.0), (6.0, 0.0)]), "M0 9C1 6 2 0 3 0C4 0 5 0 6 0");
    }
}
