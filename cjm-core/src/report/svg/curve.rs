//! The journey map drawn: stages, touchpoints, the expected emotion dashed, the actual one with its interval.
//!
//! Answers: where everything stands in the drawing. Does not know: rows of a study, how figures read.

use super::{Anchor, Svg};
use crate::map::measure::{fit, wrap};

/// One touchpoint as drawn.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Point {
    pub(in crate::report) name: String,
    pub(in crate::report) expected: Option<f64>,
    pub(in crate::report) actual: Option<f64>,
    pub(in crate::report) interval: Option<(f64, f64)>,
    /// The value as it reads.
    pub(in crate::report) value: String,
    /// `n = 820`, or why there is none.
    pub(in crate::report) n: String,
    /// What the point is: peak, valley, end, moment of truth.
    pub(in crate::report) marks: Vec<&'static str>,
    /// Its place among the worst pains.
    pub(in crate::report) rank: Option<u64>,
}

/// One stage as drawn: its name and its touchpoints.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Band {
    pub(in crate::report) name: String,
    pub(in crate::report) points: Vec<Point>,
}

/// The words of the drawing.
#[derive(Debug, Clone)]
pub(in crate::report) struct Words {
    pub(in crate::report) label: String,
    pub(in crate::report) positive: &'static str,
    pub(in crate::report) neutral: &'static str,
    pub(in crate::report) negative: &'static str,
}

const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const WIDTH: f64 = 1040.0;
const HEAD: f64 = 30.0;
const TOP: f64 = 58.0;
const PLOT: f64 = 230.0;
const FOOT: f64 = 82.0;
/// Most touchpoints in one drawing; more make further drawings.
const MAX_POINTS: usize = 12;

/// Deals stages out to drawings of at most [`MAX_POINTS`] touchpoints; a longer stage is cut.
pub(in crate::report) fn panels(bands: Vec<Band>) -> Vec<Vec<Band>> {
    let mut panels: Vec<Vec<Band>> = Vec::new();
    let mut room = 0;
    for band in bands.into_iter().filter(|b| !b.points.is_empty()) {
        let mut rest = band.points.as_slice();
        while !rest.is_empty() {
            if room == 0 || (rest.len() > room && rest.len() <= MAX_POINTS) {
                panels.push(Vec::new());
                room = MAX_POINTS;
            }
            let (head, tail) = rest.split_at(rest.len().min(room));
            if let Some(panel) = panels.last_mut() {
                panel.push(Band { name: band.name.clone(), points: head.to_vec() });
            }
            room -= head.len();
            rest = tail;
        }
    }
    panels
}

/// Draws one panel.
pub(in crate::report) fn draw(bands: &[Band], words: &Words) -> String {
    let n_points: usize = bands.iter().map(|b| b.points.len()).sum();
    let step = (WIDTH - LEFT - RIGHT) / (n_points.max(3) as f64);
    let mut svg = Svg::new(WIDTH, TOP + PLOT + FOOT, "map", &words.label);
    grid(&mut svg, words);
    stages(&mut svg, bands, step);
    let points: Vec<(f64, &Point)> = bands
        .iter()
        .flat_map(|b| &b.points)
        .enumerate()
        .map(|(i, p)| (LEFT + step * (i as f64 + 0.5), p))
        .collect();
    expected(&mut svg, &points);
    actual(&mut svg, &points);
    for (x, point) in &points {
        point_words(&mut svg, *x, step, point);
    }
    svg.finish()
}

fn y(emotion: f64) -> f64 {
    TOP + PLOT * (1.0 - emotion.clamp(-1.0, 1.0)) / 2.0
}

fn grid(svg: &mut Svg, words: &Words) {
    for (emotion, class) in [(1.0, "grid"), (0.5, "grid"), (0.0, "zero"), (-0.5, "grid"), (-1.0, "grid")] {
        svg.line((LEFT, y(emotion)), (WIDTH - RIGHT, y(emotion)), class);
    }
    for (emotion, label, sign) in
        [(1.0, words.positive, "+1"), (0.0, words.neutral, "0"), (-1.0, words.negative, "−1")]
    {
        svg.text((LEFT - 8.0, y(emotion) - 1.0), Anchor::End, "scale", label);
        svg.text((LEFT - 8.0, y(emotion) + 12.0), Anchor::End, "scale faint", sign);
    }
}

fn stages(svg: &mut Svg, bands: &[Band], step: f64) {
    let mut x = LEFT;
    for (i, band) in bands.iter().enumerate() {
        let width = step * band.points.len() as f64;
        svg.rect(x, HEAD, width, TOP + PLOT - HEAD, if i % 2 == 0 { "stage" } else { "stage odd" });
        svg.rect(x + 1.0, 2.0, width - 2.0, HEAD - 4.0, "stage-head");
        svg.text_with_tip(
            (x + width / 2.0, HEAD / 2.0 + 4.5),
            Anchor::Middle,
            "stage-name",
            &fit(&band.name, 13.0, width - 10.0),
            &band.name,
        );
        x += width;
    }
}

fn expected(svg: &mut Svg, points: &[(f64, &Point)]) {
    let line: Vec<(f64, f64)> = points.iter().filter_map(|(x, p)| p.expected.map(|e| (*x, y(e)))).collect();
    svg.polyline(&line, "expected");
    for at in line {
        svg.circle(at, 2.6, "expected-dot");
    }
}

/// The band and the line over neighbours that are both measured; a thin line over those that are not.
fn actual(svg: &mut Svg, points: &[(f64, &Point)]) {
    let measured: Vec<(usize, f64, f64, Option<(f64, f64)>)> = points
        .iter()
        .enumerate()
        .filter_map(|(i, (x, p))| p.actual.map(|a| (i, *x, y(a), p.interval)))
        .collect();
    for pair in measured.windows(2) {
        let [(i, x1, _, Some((low1, high1))), (j, x2, _, Some((low2, high2)))] = pair else { continue };
        if *j == i + 1 {
            svg.polygon(&[(*x1, y(*high1)), (*x2, y(*high2)), (*x2, y(*low2)), (*x1, y(*low1))], "band");
        }
    }
    for pair in measured.windows(2) {
        let [(i, x1, y1, _), (j, x2, y2, _)] = pair else { continue };
        svg.line((*x1, *y1), (*x2, *y2), if *j == i + 1 { "actual" } else { "actual gap" });
    }
    for (_, x, y1, interval) in &measured {
        if let Some((low, high)) = interval {
            svg.line((*x, y(*high)), (*x, y(*low)), "whisker");
            for end in [y(*high), y(*low)] {
                svg.line((x - 4.0, end), (x + 4.0, end), "whisker");
            }
        }
        svg.circle((*x, *y1), 4.5, if *y1 > y(0.0) { "actual-dot bad" } else { "actual-dot" });
    }
}

fn point_words(svg: &mut Svg, x: f64, step: f64, point: &Point) {
    if let Some(actual) = point.actual {
        let (low, high) = point.interval.unwrap_or((actual, actual));
        let above = actual >= 0.0;
        let edge = if above { y(high) - 8.0 } else { y(low) + 16.0 };
        svg.text((x, edge), Anchor::Middle, "value", &point.value);
        for (i, mark) in point.marks.iter().enumerate() {
            let shift = 13.0 * (i as f64 + 1.0);
            let at = if above { edge - shift } else { edge + shift };
            svg.text((x, at.clamp(HEAD + 12.0, TOP + PLOT - 4.0)), Anchor::Middle, "mark", mark);
        }
    }
    let foot = TOP + PLOT;
    svg.line((x, foot), (x, foot + 4.0), "zero");
    let lines = wrap(&point.name, 12.5, step - 6.0, 2);
    for (i, line) in lines.iter().enumerate() {
        let at = (x, foot + 20.0 + 14.0 * i as f64);
        svg.text_with_tip(
            at,
            Anchor::Middle,
            "name",
            line,
            if lines.len() == 1 { line } else { &point.name },
        );
    }
    let below = foot + 20.0 + 14.0 * lines.len().max(1) as f64;
    let class = if point.actual.is_some() { "n" } else { "n none" };
    svg.text((x, below), Anchor::Middle, class, &point.n);
    if let Some(rank) = point.rank {
        svg.circle((x, below + 15.0), 8.5, "rank");
        svg.text((x, below + 19.0), Anchor::Middle, "rank-number", &rank.to_string());
    }
}
