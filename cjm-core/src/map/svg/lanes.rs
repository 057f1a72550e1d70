//! The lanes of words under the curve: what the customer does, thinks and expects, pains, opportunities, backstage.
//!
//! Answers: which lanes a map has, what stands in them, how high they are. Does not know: columns.

use super::canvas::{Canvas, Face, Point, Rect};
use super::paint;
use crate::base::catalogue::words::word;
use crate::base::text::Language;
use crate::blueprint::model::{Behind, Text, Touchpoint};
use crate::map::measure;

const SIZE: f64 = 11.0;
const PAD: f64 = 6.0;
const GAP: f64 = 4.0;
const MAX_LINES: usize = 8;
const SIGN: f64 = 15.0;

/// A lane of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Does,
    Thinks,
    Expects,
    Pains,
    Chances,
    Behind,
}

impl Lane {
    /// All lanes from top to bottom.
    pub(super) const ALL: [Self; 6] =
        [Self::Does, Self::Thinks, Self::Expects, Self::Pains, Self::Chances, Self::Behind];

    /// What the lane is called.
    pub(super) fn label(self, language: Language) -> &'static str {
        let key = match self {
            Self::Does => "map.does",
            Self::Thinks => "map.thinks",
            Self::Expects => "map.expects",
            Self::Pains => "map.pains",
            Self::Chances => "map.opportunities",
            Self::Behind => "map.behind",
        };
        word(key, language)
    }

    /// What the lane says of a touchpoint.
    pub(super) fn notes(self, t: &Touchpoint, language: Language) -> Vec<String> {
        let one = |text: &Option<Text>| text.iter().map(|x| x.get(language).to_owned()).collect::<Vec<_>>();
        match self {
            Self::Does => one(&t.does),
            Self::Thinks => one(&t.thinks).into_iter().map(|x| quoted(&x, language)).collect(),
            Self::Expects => t.expects.iter().map(|e| e.text.get(language).to_owned()).collect(),
            Self::Pains => t.pains.iter().map(|p| p.text.get(language).to_owned()).collect(),
            Self::Chances => t.opportunities.iter().map(|o| o.text.get(language).to_owned()).collect(),
            Self::Behind => t.behind.iter().map(|b| step(b, language)).collect(),
        }
    }

    const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Pains => (paint::PAIN_GROUND, paint::PAIN),
            Self::Chances => (paint::CHANCE_GROUND, paint::CHANCE),
            Self::Does | Self::Thinks | Self::Expects | Self::Behind => (paint::NOTE_GROUND, paint::INK),
        }
    }

    const fn has_sign(self) -> bool {
        matches!(self, Self::Pains | Self::Chances)
    }
}

/// The notes of one touchpoint in one lane, measured for their width.
pub(super) struct Cell {
    lane: Lane,
    notes: Vec<Vec<String>>,
}

impl Cell {
    pub(super) fn new(lane: Lane, t: &Touchpoint, width: f64, language: Language) -> Self {
        let inner = width - 2.0 * PAD - if lane.has_sign() { SIGN } else { 0.0 };
        let notes = lane
            .notes(t, language)
            .iter()
            .map(|note| measure::wrap(note, SIZE, inner, MAX_LINES))
            .filter(|lines| !lines.is_empty())
            .collect();
        Self { lane, notes }
    }

    /// 0 when there is nothing to say.
    pub(super) fn height(&self) -> f64 {
        self.notes.iter().map(|lines| note_height(lines) + GAP).sum::<f64>()
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (x, y): Point, width: f64) {
        let (ground, ink) = self.lane.look();
        let face = Face::new(SIZE, ink);
        let mut top = y;
        for lines in &self.notes {
            let height = note_height(lines);
            canvas.rect(Rect { x, y: top, width, height }, 4.0, &format!("fill=\"{ground}\""));
            let mut left = x + PAD;
            if self.lane.has_sign() {
                sign(canvas, self.lane, (left + 4.5, top + PAD + 6.0));
                left += SIGN;
            }
            canvas.lines((left, top + PAD + SIZE - 1.5), face, lines);
            top += height + GAP;
        }
    }
}

/// The mark of a pain (an exclamation) or an opportunity (a plus) around a centre.
pub(super) fn sign(canvas: &mut Canvas, lane: Lane, (x, y): Point) {
    let (_, ink) = lane.look();
    canvas.circle((x, y), 5.5, &format!("fill=\"{ink}\""));
    let look = "stroke=\"#ffffff\" stroke-width=\"1.6\" stroke-linecap=\"round\"";
    if lane == Lane::Pains {
        canvas.line((x, y - 2.8), (x, y + 0.6), look);
        canvas.line((x, y + 2.9), (x, y + 3.0), look);
    } else {
        canvas.line((x, y - 2.8), (x, y + 2.8), look);
        canvas.line((x - 2.8, y), (x + 2.8, y), look);
    }
}

fn note_height(lines: &[String]) -> f64 {
    2.0 * PAD + lines.len() as f64 * Face::new(SIZE, paint::INK).leading() - 3.0
}

fn quoted(text: &str, language: Language) -> String {
    let text = measure::plain(text);
    match language {
        Language::En => format!("\"{text}\""),
        Language::Zh => format!("「{text}」"),
    }
}

fn step(behind: &Behind, language: Language) -> String {
    let title = behind.title.as_ref().map_or(behind.id.as_str(), |t| t.get(language));
    match &behind.owner {
        Some(owner) => format!("{title} ({owner})"),
        None => title.to_owned(),
    }
}
