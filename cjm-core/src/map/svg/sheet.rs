//! The sheet: header, bands of columns with their lanes, legend.
//!
//! Answers: where everything stands. Does not know: how cards, curves and notes are drawn.

use indexmap::IndexMap;

use super::canvas::{Canvas, Face, Px, Rect};
use super::cards::{self, Card};
use super::curve::{self, Measured, Spot};
use super::lanes::{self, Cell, Lane};
use super::{CurvePoint, Style, paint};
use crate::base::catalogue::words::word;
use crate::base::text::Language;
use crate::blueprint::model::{Journey, Stage, Text, Touchpoint};
use crate::map::{escape, measure};

const MARGIN: f64 = 20.0;
const GUTTER: f64 = 92.0;
const GAP: f64 = 6.0;
const LEAST_WIDTH: f64 = 860.0;
/// Most touchpoints that the description for screen readers tells of.
const MAX_TOLD: usize = 60;

/// One column: a touchpoint, or a stage that has none.
struct Column<'a> {
    stage: usize,
    touchpoint: Option<&'a Touchpoint>,
}

/// Everything that the parts of the sheet need to know.
struct Sheet<'a> {
    journey: &'a Journey,
    points: Option<IndexMap<&'a str, &'a CurvePoint>>,
    language: Language,
    style: &'a Style<'a>,
    column: f64,
    width: f64,
}

pub(super) fn draw(
    journey: &Journey,
    curve: Option<&[CurvePoint]>,
    language: Language,
    style: &Style<'_>,
) -> String {
    let bands = bands(journey, style.max_columns.max(1));
    let most = bands.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let least = if style.column_px.is_finite() { style.column_px.clamp(80.0, 400.0) } else { 104.0 };
    let column = ((LEAST_WIDTH - GUTTER) / most).clamp(least, 2.0 * least);
    let sheet = Sheet {
        journey,
        points: curve.map(|rows| rows.iter().map(|p| (p.touchpoint.as_str(), p)).collect()),
        language,
        style,
        column,
        width: (2.0 * MARGIN + GUTTER + most * column).max(LEAST_WIDTH / 2.0),
    };
    let mut canvas = Canvas::default();
    let mut y = MARGIN;
    if style.header {
        y = sheet.header(&mut canvas, y);
    }
    for band in &bands {
        y = sheet.band(&mut canvas, y, band) + 2.0 * GAP;
    }
    if style.legend {
        y = sheet.legend(&mut canvas, y);
    }
    sheet.wrapped(canvas, y + MARGIN)
}

/// Stages side by side as long as they fit, cut only where one stage alone is too long.
fn bands(journey: &Journey, most: usize) -> Vec<Vec<Column<'_>>> {
    let mut bands: Vec<Vec<Column<'_>>> = Vec::new();
    for (n, stage) in journey.stages.iter().enumerate() {
        let mut columns: Vec<Column<'_>> =
            stage.touchpoints.iter().map(|t| Column { stage: n, touchpoint: Some(t) }).collect();
        if columns.is_empty() {
            columns.push(Column { stage: n, touchpoint: None });
        }
        match bands.last_mut() {
            Some(band) if band.len() + columns.len() <= most => band.extend(columns),
            _ => {
                while columns.len() > most {
                    let rest = columns.split_off(most);
                    bands.push(std::mem::replace(&mut columns, rest));
                }
                bands.push(columns);
            }
        }
    }
    bands
}

impl<'a> Sheet<'a> {
    /// The finished document around what was drawn.
    fn wrapped(&self, canvas: Canvas, height: f64) -> String {
        let prefix =
            if self.style.id.is_empty() { format!("map-{}", self.journey.id) } else { self.style.id.into() };
        let id: String = prefix
            .chars()
            .take(80)
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .collect();
        let (tag, family) = match self.language {
            Language::En => (
                "en",
                "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'Noto Sans CJK SC', sans-serif",
            ),
            Language::Zh => (
                "zh-CN",
                "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
            ),
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" lang=\"{tag}\" xml:lang=\"{tag}\" \
             font-family=\"{family}\">\n<title id=\"{id}-title\">{title}</title>\n\
             <desc id=\"{id}-desc\">{description}</desc>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{body}</svg>\n",
            w = Px(self.width),
            h = Px(height),
            title = escape::xml(&format!("{}: {}", word("map.journey_map", self.language), self.title())),
            description = escape::xml(&self.description()),
            body = canvas.into_text(),
        )
    }

    fn title(&self) -> String {
        let title = self.text(&self.journey.title);
        if title.is_empty() { measure::plain(&self.journey.id) } else { title }
    }

    fn text(&self, text: &Option<Text>) -> String {
        text.as_ref().map_or_else(String::new, |t| measure::plain(t.get(self.language)))
    }

    /// The map in words: its stages, and every touchpoint with its emotion.
    fn description(&self) -> String {
        let stages: Vec<String> =
            self.journey.stages.iter().take(MAX_TOLD).map(|s| self.stage_title(s)).collect();
        let mut text = format!("{}: {}", word("map.stages", self.language), stages.join(", "));
        let all = self.journey.stages.iter().flat_map(|s| &s.touchpoints);
        for t in all.take(MAX_TOLD) {
            text.push_str("; ");
            text.push_str(&curve::told(&self.spot(t, 0.0), self.language));
        }
        text
    }

    fn stage_title(&self, stage: &Stage) -> String {
        let title = self.text(&stage.title);
        if title.is_empty() { measure::plain(&stage.id) } else { title }
    }

    fn header(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let width = self.width - 2.0 * MARGIN;
        let title = Face::new(21.0, paint::INK).bold();
        let mut y = top + 18.0;
        canvas.text((MARGIN, y), title, &measure::fit(&self.title(), title.size, width));
        y += 24.0;
        let scenario = self.text(&self.journey.scenario);
        let labelled = format!("{}: {scenario}", word("map.scenario", self.language));
        let lines =
            [self.text(&self.journey.objective), if scenario.is_empty() { scenario } else { labelled }];
        let face = Face::new(13.0, paint::MUTED);
        for line in lines.iter().filter(|l| !l.is_empty()) {
            let wrapped = measure::wrap(line, face.size, width, 2);
            canvas.lines((MARGIN, y), face, &wrapped);
            y += wrapped.len() as f64 * face.leading();
        }
        self.personas(canvas, y - 4.0)
    }

    /// One chip per persona, as many on a line as fit.
    fn personas(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let face = Face::new(12.0, paint::INK);
        let (mut x, mut y) = (MARGIN, top);
        for persona in self.journey.personas.iter().take(24) {
            let name = self.text(&persona.title);
            let name = if name.is_empty() { measure::plain(&persona.id) } else { name };
            let needs: Vec<String> =
                persona.needs.iter().take(6).map(|n| measure::plain(n.get(self.language))).collect();
            let label = if needs.is_empty() { name } else { format!("{name}: {}", needs.join(", ")) };
            let label = measure::fit(&label, face.size, self.width - 2.0 * MARGIN - 36.0);
            let width = measure::text_width(&label, face.size) + 36.0;
            if x + width > self.width - MARGIN && x > MARGIN {
                (x, y) = (MARGIN, y + 30.0);
            }
            let chip = Rect { x, y, width, height: 24.0 };
            canvas.rect(chip, 12.0, &format!("fill=\"{}\"", paint::NOTE_GROUND));
            let look = format!("fill=\"{}\"", paint::MUTED);
            canvas.circle((x + 14.0, y + 9.0), 3.2, &look);
            canvas.path(&format!("M{} {}a5.5 5 0 0 1 11 0Z", Px(x + 8.5), Px(y + 18.5)), &look);
            canvas.text((x + 25.0, y + 16.3), face, &label);
            x += width + 8.0;
        }
        if self.journey.personas.is_empty() { y + 10.0 } else { y + 24.0 + 14.0 }
    }

    fn x_of(&self, column: usize) -> f64 {
        MARGIN + GUTTER + column as f64 * self.column
    }

    fn lane_label(&self, canvas: &mut Canvas, y: f64, label: &str) {
        let face = Face::new(11.5, paint::MUTED).bold();
        let lines = measure::wrap(label, face.size, GUTTER - 12.0, 2);
        canvas.lines((MARGIN, y), face, &lines);
    }

    fn band(&self, canvas: &mut Canvas, top: f64, band: &[Column<'_>]) -> f64 {
        let stages_end = top + 38.0;
        self.stages(canvas, top, band);
        let mut y = self.cards(canvas, stages_end + 10.0, band);
        y = self.emotions(canvas, y + 12.0, band);
        for lane in Lane::ALL {
            y = self.lane(canvas, y, lane, band);
        }
        let starts = band.windows(2).enumerate().filter(|(_, pair)| match pair {
            [a, b] => a.stage != b.stage,
            _ => false,
        });
        for (n, _) in starts {
            let x = self.x_of(n + 1);
            let look = format!("stroke=\"{}\" stroke-width=\"1\"", paint::RULE);
            canvas.line((x, stages_end + 4.0), (x, y), &look);
        }
        y
    }

    /// Stage headings as arrows that point on.
    fn stages(&self, canvas: &mut Canvas, y: f64, band: &[Column<'_>]) {
        self.lane_label(canvas, y + 22.0, word("map.stages", self.language));
        let mut first = 0;
        for run in band.chunk_by(|a, b| a.stage == b.stage) {
            let Some(n) = run.first().map(|c| c.stage) else { continue };
            let Some(stage) = self.journey.stages.get(n) else { continue };
            let (left, right) = (self.x_of(first) + 2.0, self.x_of(first + run.len()) - 2.0);
            let title = self.stage_title(stage);
            let goal = self.text(&stage.goal);
            canvas.open_group(
                "stage",
                &if goal.is_empty() { title.clone() } else { format!("{title}: {goal}") },
            );
            let fill = if n % 2 == 0 { paint::STAGE } else { paint::STAGE_OTHER };
            let (l, r) = (Px(left), Px(right - 9.0));
            let d = format!("M{l} {}H{r}l9 18l-9 18H{l}l9 -18Z", Px(y));
            canvas.path(&d, &format!("fill=\"{fill}\" stroke=\"{fill}\" stroke-linejoin=\"round\""));
            let face = Face::new(14.0, paint::ON_STAGE).bold().anchored("middle");
            let shown = measure::fit(&title, face.size, right - left - 28.0);
            canvas.text(((left + right) / 2.0, y + 23.0), face, &shown);
            canvas.close_group();
            first += run.len();
        }
    }

    fn cards(&self, canvas: &mut Canvas, y: f64, band: &[Column<'_>]) -> f64 {
        let inner = self.column - 2.0 * GAP;
        let cards: Vec<Option<Card<'_>>> = band
            .iter()
            .map(|c| c.touchpoint.map(|t| Card::new(t, inner, self.style.channels, self.language)))
            .collect();
        let height = cards.iter().flatten().map(Card::height).fold(0.0, f64::max);
        if height > 0.0 {
            self.lane_label(canvas, y + 16.0, word("map.touchpoints", self.language));
        }
        for (n, card) in cards.iter().enumerate() {
            if let Some(card) = card {
                card.draw(canvas, Rect { x: self.x_of(n) + GAP, y, width: inner, height }, self.language);
            }
        }
        y + height
    }

    fn emotions(&self, canvas: &mut Canvas, y: f64, band: &[Column<'_>]) -> f64 {
        let spots: Vec<Spot> = band
            .iter()
            .enumerate()
            .filter_map(|(n, c)| c.touchpoint.map(|t| self.spot(t, self.x_of(n) + self.column / 2.0)))
            .collect();
        if spots.is_empty() {
            return y;
        }
        self.lane_label(canvas, y + 16.0, word("map.emotion", self.language));
        let width = band.len() as f64 * self.column;
        let area = Rect { x: self.x_of(0), y, width, height: curve::HEIGHT };
        curve::draw(canvas, area, &spots, self.language);
        curve::scale(canvas, area, MARGIN + GUTTER - 13.0);
        y + curve::HEIGHT + 10.0
    }

    fn spot(&self, t: &Touchpoint, x: f64) -> Spot {
        let finite = |e: Option<f64>| e.filter(|e| e.is_finite());
        let point = self.points.as_ref().map(|points| points.get(t.id.as_str()).copied());
        let measured = point.map(|p| {
            p.map_or_else(Measured::default, |p| {
                let actual = finite(p.actual);
                let band = finite(p.low).zip(finite(p.high)).filter(|_| actual.is_some());
                Measured { actual, band, n: p.n }
            })
        });
        let expected = finite(point.flatten().and_then(|p| p.expected)).or(finite(t.expected));
        Spot { x, title: measure::plain(cards::title_of(t, self.language)), expected, measured }
    }

    fn lane(&self, canvas: &mut Canvas, y: f64, lane: Lane, band: &[Column<'_>]) -> f64 {
        let inner = self.column - 2.0 * GAP;
        let cells: Vec<Option<Cell>> =
            band.iter().map(|c| c.touchpoint.map(|t| Cell::new(lane, t, inner, self.language))).collect();
        let height = cells.iter().flatten().map(Cell::height).fold(0.0, f64::max);
        if height == 0.0 {
            return y;
        }
        let rule = format!("stroke=\"{}\" stroke-width=\"1\"", paint::RULE);
        canvas.line((MARGIN, y), (self.x_of(band.len()), y), &rule);
        let top = y + 7.0;
        self.lane_label(canvas, top + 13.0, lane.label(self.language));
        for (n, cell) in cells.iter().enumerate() {
            if let Some(cell) = cell {
                cell.draw(canvas, (self.x_of(n) + GAP, top), inner);
            }
        }
        top + height + 3.0
    }

    fn legend(&self, canvas: &mut Canvas, y: f64) -> f64 {
        let face = Face::new(11.0, paint::MUTED);
        let mut items: Vec<(&str, fn(&mut Canvas, f64, f64))> = vec![("map.expected", |c, x, y| {
            let look =
                format!("stroke=\"{}\" stroke-width=\"1.8\" stroke-dasharray=\"5 4\"", paint::EXPECTED);
            c.line((x, y), (x + 24.0, y), &look);
        })];
        if self.points.is_some() {
            items.push(("map.actual_with_band", |c, x, y| {
                let band = Rect { x, y: y - 6.0, width: 24.0, height: 12.0 };
                c.rect(band, 2.0, &format!("fill=\"{}\" fill-opacity=\"0.16\"", paint::ACTUAL));
                c.line((x, y), (x + 24.0, y), &format!("stroke=\"{}\" stroke-width=\"2.6\"", paint::ACTUAL));
            }));
            items.push(("map.below_expected", |c, x, y| {
                c.circle((x + 12.0, y), 5.0, &format!("fill=\"{}\"", paint::PAIN));
            }));
        }
        items.push(("map.optional", |c, x, y| {
            let card = Rect { x: x + 2.0, y: y - 6.0, width: 20.0, height: 12.0 };
            c.rect(
                card,
                3.0,
                &format!("fill=\"none\" stroke=\"{}\" stroke-dasharray=\"4 3\"", paint::CARD_EDGE),
            );
        }));
        items.push(("map.pain", |c, x, y| lanes::sign(c, Lane::Pains, (x + 14.0, y))));
        items.push(("map.opportunity", |c, x, y| lanes::sign(c, Lane::Chances, (x + 14.0, y))));
        let (mut x, mut y) = (MARGIN + GUTTER, y + 10.0);
        for (key, mark) in items {
            let label = word(key, self.language);
            let width = 32.0 + measure::text_width(label, face.size) + 22.0;
            if x + width > self.width && x > MARGIN + GUTTER {
                (x, y) = (MARGIN + GUTTER, y + 20.0);
            }
            mark(canvas, x, y);
            canvas.text((x + 32.0, y + 4.0), face, label);
            x += width;
        }
        y + 4.0
    }
}
