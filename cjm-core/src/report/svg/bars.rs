//! Bars that stretch with their row: shares with intervals, stages in parts, waits against expected.
//!
//! Answers: the drawing beside a figure. Does not know: the words beside it, which say the same.

use super::Svg;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 20.0;
const MIDDLE: f64 = HEIGHT / 2.0;

/// A value with its interval on a scale from `from` to `to`, and a target when there is one.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::report) struct Scale {
    pub(in crate::report) from: f64,
    pub(in crate::report) to: f64,
}

impl Scale {
    /// 0 to the next of 5, 10, 25, 50 or 100 percent that holds `largest`.
    pub(in crate::report) fn of_shares(largest: f64) -> Self {
        let to = [0.05, 0.1, 0.25, 0.5].into_iter().find(|step| largest <= *step).unwrap_or(1.0);
        Self { from: 0.0, to }
    }

    fn x(self, value: f64) -> f64 {
        let span = self.to - self.from;
        if span > 0.0 { ((value - self.from) / span).clamp(0.0, 1.0) * WIDTH } else { 0.0 }
    }
}

/// A filled bar from the scale's start to the value, with a whisker over the interval.
pub(in crate::report) fn share(
    value: f64,
    interval: Option<(f64, f64)>,
    scale: Scale,
    fill: &'static str,
) -> String {
    let mut svg = Svg::stretched(HEIGHT, "bar");
    svg.rect(0.0, 5.0, WIDTH, HEIGHT - 10.0, "track");
    svg.rect(0.0, 5.0, scale.x(value), HEIGHT - 10.0, fill);
    if let Some((low, high)) = interval {
        whisker(&mut svg, scale.x(low), scale.x(high));
    }
    svg.finish()
}

/// A dot with its whisker on an axis, and a tick at the target.
pub(in crate::report) fn dot(
    value: f64,
    interval: Option<(f64, f64)>,
    target: Option<f64>,
    scale: Scale,
) -> String {
    let mut svg = Svg::stretched(HEIGHT, "bar");
    svg.line((0.0, MIDDLE), (WIDTH, MIDDLE), "axis");
    if scale.from < 0.0 {
        let zero = scale.x(0.0);
        svg.line((zero, 5.0), (zero, HEIGHT - 5.0), "axis");
    }
    if let Some((low, high)) = interval {
        svg.line((scale.x(low), MIDDLE), (scale.x(high), MIDDLE), "span");
    }
    if let Some(target) = target {
        let x = scale.x(target);
        svg.line((x, 2.0), (x, HEIGHT - 2.0), "target");
    }
    let x = scale.x(value);
    svg.line((x, MIDDLE), (x, MIDDLE), "dot");
    svg.finish()
}

/// Parts laid end to end, each a share of the whole width.
pub(in crate::report) fn parts(parts: &[(f64, &'static str)]) -> String {
    let mut svg = Svg::stretched(HEIGHT, "bar tall");
    svg.rect(0.0, 0.0, WIDTH, HEIGHT, "track");
    let mut from = 0.0_f64;
    for (share, class) in parts {
        let to = (from + share.clamp(0.0, 1.0) * WIDTH).min(WIDTH);
        svg.rect(from, 0.0, to - from, HEIGHT, class);
        from = to;
    }
    svg.finish()
}

/// A wait: a bar to the median, a thin line on to the 95th percentile, a tick where it was expected.
pub(in crate::report) fn wait(
    median: Option<f64>,
    q95: Option<f64>,
    expected: Option<f64>,
    to: f64,
) -> String {
    let scale = Scale { from: 0.0, to };
    let mut svg = Svg::stretched(HEIGHT, "bar");
    svg.line((0.0, MIDDLE), (WIDTH, MIDDLE), "axis");
    if let Some(q95) = q95 {
        let over = expected.is_some_and(|e| q95 > e);
        svg.line((0.0, MIDDLE), (scale.x(q95), MIDDLE), if over { "tail over" } else { "tail" });
    }
    if let Some(median) = median {
        let over = expected.is_some_and(|e| median > e);
        svg.rect(0.0, 5.0, scale.x(median), HEIGHT - 10.0, if over { "fill bad" } else { "fill" });
    }
    if let Some(expected) = expected {
        let x = scale.x(expected);
        svg.line((x, 0.0), (x, HEIGHT), "target");
    }
    svg.finish()
}

fn whisker(svg: &mut Svg, low: f64, high: f64) {
    svg.line((low, MIDDLE), (high, MIDDLE), "whisker");
    for x in [low, high] {
        svg.line((x, MIDDLE - 3.0), (x, MIDDLE + 3.0), "whisker");
    }
}
