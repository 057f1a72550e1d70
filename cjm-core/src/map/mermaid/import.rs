//! Reading Mermaid `journey` text.
//!
//! Answers: title, accessible title and description, sections and tasks with score and actors; the journey they
//! make. Does not know: other diagrams. Bounded: text, sections, tasks, names and actors; errors carry their line.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Mark, statements, text};
use crate::base::ids::{MAX_ID_BYTES, is_id};
use crate::blueprint::model::{Extra, Journey, Stage, Text, Touchpoint};
use crate::error::{Error, ErrorCode};
use crate::map::{MAX_STAGES, MAX_TOUCHPOINTS};

const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;
const MAX_NAME_BYTES: usize = 8 * 1024;
const MAX_ACTORS: usize = 64;

/// A `journey` diagram as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MermaidJourney {
    /// `title`, or the front matter's.
    pub title: Option<String>,
    /// `accTitle`
    pub acc_title: Option<String>,
    /// `accDescr`
    pub acc_description: Option<String>,
    /// Sections in order; tasks before the first section stand in one without a name.
    pub sections: Vec<MermaidSection>,
}

/// A section of a `journey` diagram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MermaidSection {
    /// Its name.
    pub name: String,
    /// Its tasks in order.
    pub tasks: Vec<MermaidTask>,
}

/// A task of a `journey` diagram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MermaidTask {
    /// Its name.
    pub name: String,
    /// 1 to 5.
    pub score: f64,
    /// Who takes part; a colon with nothing behind it gives one empty name.
    pub actors: Vec<String>,
}

/// Why a text is no `journey` diagram, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct MermaidError {
    /// Line from 1.
    pub line: u32,
    /// What is the matter.
    pub problem: MermaidProblem,
}

/// What is the matter with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MermaidProblem {
    /// The text does not begin with `journey`.
    #[error("a journey diagram begins with `journey`")]
    NotAJourney,
    /// A task without a score.
    #[error("`{0}` has no score; write `name: 3: actor`")]
    NoScore(String),
    /// A score that is no number from 1 to 5.
    #[error("`{0}` is no score from 1 to 5")]
    BadScore(String),
    /// A task or section without a name.
    #[error("the name is missing")]
    NoName,
    /// More colons than a task has.
    #[error("a task has a name, a score and actors; write `#58;` for a colon inside a name")]
    TooManyColons,
    /// A block that is never closed.
    #[error("`{0}` is not closed")]
    Unclosed(&'static str),
    /// More than a limit.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl From<MermaidError> for Error {
    fn from(error: MermaidError) -> Self {
        let code = match error.problem {
            MermaidProblem::TooMany { .. } => ErrorCode::Limit,
            _ => ErrorCode::Format,
        };
        Self::new(code, error.to_string())
    }
}

/// Reads a Mermaid `journey` diagram.
///
/// Comments (`%%`, and `#` that begins no entity code) are left out, `;` ends a statement, `<br>` is a line break.
///
/// ```
/// let read = cjm_core::map::mermaid::read("journey\n  title Lunch\n  section Eat\n    Taste it: 5: Guest, Cook\n")?;
/// let journey = read.to_journey("lunch");
/// assert_eq!(journey.stages[0].touchpoints[0].id, "taste_it");
/// assert_eq!(journey.stages[0].touchpoints[0].expected, Some(1.0));
/// # Ok::<(), cjm_core::map::mermaid::MermaidError>(())
/// ```
///
/// # Errors
/// [`MermaidError`] with the first line that is wrong.
pub fn read(source: &str) -> Result<MermaidJourney, MermaidError> {
    if source.len() > MAX_TEXT_BYTES {
        return Err(MermaidError { line: 1, problem: too_many("bytes", MAX_TEXT_BYTES) });
    }
    let mut reader = Reader::default();
    for line in source.trim_start_matches('\u{feff}').lines() {
        reader.line += 1;
        reader.read(line).map_err(|problem| MermaidError { line: reader.line, problem })?;
    }
    reader.finish()
}

impl MermaidJourney {
    /// The journey that the diagram draws: sections are stages, tasks are touchpoints, a score of 1 to 5 is an
    /// expected emotion of -1 to 1, actors are kept under `x-actors`, the accessible description is the objective.
    ///
    /// Ids are made from titles (`Order food` gives `order_food`), numbered where a title has no letters or digits
    /// of ASCII or its id is taken; the same text always gives the same ids. `id` is the journey's own; when it is
    /// no valid id, one is made from the title.
    pub fn to_journey(&self, id: &str) -> Journey {
        let mut stage_ids = Ids::default();
        let mut touchpoint_ids = Ids::default();
        let title = self.title.as_ref().or(self.acc_title.as_ref());
        let own =
            if is_id(id) { id.to_owned() } else { Ids::default().make(title.map_or("", |t| t), "journey") };
        let stage = |s: &MermaidSection| Stage {
            id: stage_ids.make(&s.name, "stage"),
            title: words(&s.name),
            touchpoints: s.tasks.iter().map(|t| t.to_touchpoint(&mut touchpoint_ids)).collect(),
            ..Stage::default()
        };
        Journey {
            id: own,
            title: title.and_then(|t| words(t)),
            objective: self.acc_description.as_deref().and_then(words),
            stages: self.sections.iter().map(stage).collect(),
            ..Journey::default()
        }
    }
}

impl MermaidTask {
    fn to_touchpoint(&self, ids: &mut Ids) -> Touchpoint {
        let actors: Vec<&str> = self.actors.iter().map(String::as_str).filter(|a| !a.is_empty()).collect();
        let mut extra = Extra::new();
        if !actors.is_empty() {
            extra.insert("x-actors".to_owned(), actors.into());
        }
        Touchpoint {
            id: ids.make(&self.name, "touchpoint"),
            title: words(&self.name),
            expected: Some((self.score - 3.0) / 2.0),
            extra,
            ..Touchpoint::default()
        }
    }
}

fn words(text: &str) -> Option<Text> {
    (!text.is_empty()).then(|| Text::from(text))
}

/// Ids made from titles, each once.
#[derive(Default)]
struct Ids {
    taken: BTreeSet<String>,
    /// Per id the number that its next namesake tries first.
    next: BTreeMap<String, usize>,
}

impl Ids {
    fn make(&mut self, title: &str, kind: &str) -> String {
        let id = slug(title).unwrap_or_else(|| format!("{kind}_1"));
        if self.taken.insert(id.clone()) {
            return id;
        }
        let numbered = slug(title).unwrap_or_else(|| kind.to_owned());
        let next = self.next.entry(numbered.clone()).or_insert(2);
        loop {
            let free = format!("{numbered}_{next}");
            *next += 1;
            if self.taken.insert(free.clone()) {
                return free;
            }
        }
    }
}

/// The ASCII letters and digits of a title with `_` for whatever stands between them.
fn slug(title: &str) -> Option<String> {
    let mut id = String::new();
    for c in title.chars().take(MAX_NAME_BYTES) {
        if id.len() >= MAX_ID_BYTES / 2 {
            break;
        }
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('_') {
            id.push('_');
        }
    }
    id.truncate(id.trim_end_matches('_').len());
    if id.starts_with(|c: char| c.is_ascii_digit()) {
        id.insert(0, '_');
    }
    (!id.is_empty()).then_some(id)
}

/// Where in the text the reader is.
#[derive(Default, PartialEq)]
enum Place {
    #[default]
    Before,
    FrontMatter,
    Diagram,
    Description,
}

#[derive(Default)]
struct Reader {
    line: u32,
    place: Place,
    read: MermaidJourney,
    n_tasks: usize,
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), MermaidProblem> {
        let trimmed = line.trim();
        match self.place {
            Place::FrontMatter => self.front_matter(trimmed),
            Place::Before if trimmed.is_empty() || trimmed.starts_with("%%") => Ok(()),
            Place::Before if trimmed == "---" && self.read.title.is_none() => {
                self.place = Place::FrontMatter;
                Ok(())
            }
            Place::Before => self.begin(trimmed),
            Place::Description => self.description(trimmed),
            Place::Diagram => self.statements(trimmed),
        }
    }

    fn finish(self) -> Result<MermaidJourney, MermaidError> {
        let problem = match self.place {
            Place::Diagram => return Ok(self.read),
            Place::Before => MermaidProblem::NotAJourney,
            Place::FrontMatter => MermaidProblem::Unclosed("---"),
            Place::Description => MermaidProblem::Unclosed("accDescr {"),
        };
        Err(MermaidError { line: self.line.max(1), problem })
    }

    fn begin(&mut self, line: &str) -> Result<(), MermaidProblem> {
        let rest = keyword(line, "journey")
            .filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', ';', '%']));
        let rest = rest.ok_or(MermaidProblem::NotAJourney)?;
        self.place = Place::Diagram;
        self.statements(rest.trim_start_matches([';', ' ', '\t']))
    }

    /// YAML before the diagram: only a plain `title:` matters.
    fn front_matter(&mut self, line: &str) -> Result<(), MermaidProblem> {
        if line == "---" {
            self.place = Place::Before;
        } else if let Some(title) = line.strip_prefix("title:") {
            self.read.title = Some(named(title.trim().trim_matches(['"', '\'']).to_owned())?);
        }
        Ok(())
    }

    fn description(&mut self, line: &str) -> Result<(), MermaidProblem> {
        let (inside, closed) = line.split_once('}').map_or((line, false), |(inside, _)| (inside, true));
        let described = self.read.acc_description.get_or_insert_default();
        if !described.is_empty() && !inside.trim().is_empty() {
            described.push('\n');
        }
        described.push_str(inside.trim());
        if described.len() > MAX_NAME_BYTES {
            return Err(too_many("bytes in a name", MAX_NAME_BYTES));
        }
        if closed {
            self.place = Place::Diagram;
        }
        Ok(())
    }

    fn statements(&mut self, line: &str) -> Result<(), MermaidProblem> {
        if let Some(rest) = keyword(line, "accDescr").and_then(|r| r.trim_start().strip_prefix('{')) {
            self.place = Place::Description;
            return self.description(rest);
        }
        for marks in statements(line).iter().filter(|marks| !text(marks).is_empty()) {
            self.statement(marks)?;
        }
        Ok(())
    }

    fn statement(&mut self, marks: &[Mark]) -> Result<(), MermaidProblem> {
        let line = text(marks);
        let first = marks.iter().find(|m| **m != Mark::Text(' '));
        let coded = matches!(first, Some(Mark::Coded(_)));
        let after = |word: &str| keyword(&line, word).filter(|_| !coded);
        let spaced = |word: &str| after(word).filter(|rest| rest.starts_with([' ', '\t']));
        let colon = |word: &str| after(word).and_then(|rest| rest.trim_start().strip_prefix(':'));
        if let Some(title) = spaced("title") {
            self.read.title = Some(named(title.trim().to_owned())?);
        } else if let Some(section) = spaced("section") {
            self.section(named(section.trim().to_owned())?)?;
        } else if let Some(title) = colon("accTitle") {
            self.read.acc_title = Some(bounded(title.trim().to_owned())?);
        } else if let Some(description) = colon("accDescr") {
            self.read.acc_description = Some(bounded(description.trim().to_owned())?);
        } else {
            self.task(marks)?;
        }
        Ok(())
    }

    fn section(&mut self, name: String) -> Result<(), MermaidProblem> {
        if self.read.sections.len() >= MAX_STAGES {
            return Err(too_many("sections", MAX_STAGES));
        }
        self.read.sections.push(MermaidSection { name, tasks: Vec::new() });
        Ok(())
    }

    fn task(&mut self, marks: &[Mark]) -> Result<(), MermaidProblem> {
        let mut parts = marks.split(|m| *m == Mark::Colon);
        let name = named(parts.next().map(text).unwrap_or_default())?;
        let score = parts.next().map(text).filter(|s| !s.is_empty());
        let score = score.ok_or_else(|| MermaidProblem::NoScore(shown(&name)))?;
        let value = score.parse::<f64>().ok().filter(|x| (1.0..=5.0).contains(x));
        let value = value.ok_or_else(|| MermaidProblem::BadScore(shown(&score)))?;
        let actors: Vec<String> = parts
            .next()
            .map_or_else(Vec::new, |people| people.split(|m| *m == Mark::Comma).map(text).collect());
        if parts.next().is_some() {
            return Err(MermaidProblem::TooManyColons);
        }
        if actors.len() > MAX_ACTORS {
            return Err(too_many("actors of a task", MAX_ACTORS));
        }
        let actors = actors.into_iter().map(bounded).collect::<Result<_, _>>()?;
        self.n_tasks += 1;
        if self.n_tasks > MAX_TOUCHPOINTS {
            return Err(too_many("tasks", MAX_TOUCHPOINTS));
        }
        if self.read.sections.is_empty() {
            self.read.sections.push(MermaidSection::default());
        }
        if let Some(section) = self.read.sections.last_mut() {
            section.tasks.push(MermaidTask { name, score: value, actors });
        }
        Ok(())
    }
}

/// What follows a keyword, whatever its case.
fn keyword<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

fn named(name: String) -> Result<String, MermaidProblem> {
    if name.is_empty() { Err(MermaidProblem::NoName) } else { bounded(name) }
}

fn bounded(name: String) -> Result<String, MermaidProblem> {
    if name.len() > MAX_NAME_BYTES { Err(too_many("bytes in a name", MAX_NAME_BYTES)) } else { Ok(name) }
}

fn too_many(what: &'static str, limit: usize) -> MermaidProblem {
    MermaidProblem::TooMany { what, limit }
}

/// User input as a message shows it.
fn shown(text: &str) -> String {
    crate::map::measure::fit(&text.replace('`', "'"), 1.0, 40.0)
}
