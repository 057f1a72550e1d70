//! The journey map as a drawing: stages as columns, touchpoints, the emotion curve, pains and opportunities.
//!
//! Answers: one SVG text that stands alone: no fonts, scripts, styles or links, every text escaped, a title and a
//! description for those who can not see it, the same bytes for the same input.
//! Does not know: where measured emotions come from; pages around it.

mod canvas;
mod cards;
mod curve;
mod lanes;
mod paint;
mod sheet;

use serde::Serialize;

use crate::base::text::Language;
use crate::blueprint::model::{Channel, Journey};

/// What was measured at one touchpoint. Emotions are -1 to 1; `None` is "not measured", never 0.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CurvePoint {
    /// Touchpoint id.
    pub touchpoint: String,
    /// Expected emotion; the blueprint's own when `None`.
    pub expected: Option<f64>,
    /// Mean emotion measured.
    pub actual: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub high: Option<f64>,
    /// Observations behind it.
    pub n: u64,
}

/// How a map is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Style<'a> {
    /// Prefix of the ids inside the drawing; must differ between drawings on one page. Made from the journey's id
    /// when empty.
    pub id: &'a str,
    /// Least width of a touchpoint's column in pixels, 80 to 400.
    pub column_px: f64,
    /// Most columns side by side; a longer map goes on below, as music does. At least 1.
    pub max_columns: usize,
    /// The blueprint's channels, for their titles and kinds; labels stand as written without them.
    pub channels: &'a [Channel],
    /// Title, objective, scenario and personas above the map.
    pub header: bool,
    /// What lines and signs mean, below the map.
    pub legend: bool,
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self { id: "", column_px: 104.0, max_columns: 16, channels: &[], header: true, legend: true }
    }
}

/// Draws a journey map, with the expected emotion and, when `curve` is given, the measured one with its 95 %
/// band and n. Points of touchpoints that the map does not have are left out.
///
/// ```
/// use cjm_core::blueprint::model::{Journey, Stage, Touchpoint};
/// use cjm_core::map::svg::{draw, Style};
///
/// let pay = Touchpoint { id: "pay".into(), title: Some("Pay <now>".into()), expected: Some(0.5), ..Touchpoint::default() };
/// let stage = Stage { id: "shop".into(), touchpoints: vec![pay], ..Stage::default() };
/// let journey = Journey { id: "buy".into(), stages: vec![stage], ..Journey::default() };
/// let svg = draw(&journey, None, cjm_core::Language::En, &Style::default());
/// assert!(svg.starts_with("<svg ") && svg.contains("Pay &lt;now&gt;"));
/// ```
pub fn draw(
    journey: &Journey,
    curve: Option<&[CurvePoint]>,
    language: Language,
    style: &Style<'_>,
) -> String {
    sheet::draw(journey, curve, language, style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::sample;

    #[test]
    fn a_drawing_stands_alone() {
        let channels = sample::channels();
        let style = Style { channels: &channels, ..Style::default() };
        for (curve, language) in [(None, Language::En), (Some(sample::curve()), Language::Zh)] {
            let svg = draw(&sample::dine_in(), curve.as_deref(), language, &style);
            for foreign in ["<script", "<style", "style=", "href", "url(", "<image", "@import", "font-face"] {
                assert!(!svg.contains(foreign), "{foreign}");
            }
            assert!(svg.contains("role=\"img\"") && svg.contains("<title id=") && svg.contains("<desc id="));
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
