//! Message bodies: templates that people write, filled with the arguments of a decision.
//!
//! Answers: the text of a message, which names it needs, or what is wrong with it. Does not know: messages'
//! languages, who reads them, the findings of a blueprint. `{{ name }}`, `{% if %}`, `{% for %}`, comments and a few
//! filters (`default`/`d`, `upper`, `lower`, `title`, `capitalize`, `trim`, `length`, `first`, `last`, `round`,
//! `abs`, `int`, `float`) are all there is; what needs more is computed in the rule's `with`.
//!
//! Any bytes are a body or a typed error, and filling any body is bounded: in stack by what is looked at before
//! parsing, in time by fuel, in memory by the length of the text.

mod check;

use std::collections::BTreeSet;
use std::io;

use minijinja::value::{Value as Filling, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, escape_formatter, filters, tests};

use crate::base::binary::MAX_VALUE_DEPTH;
use crate::base::value::{Value, ValueRef};
use crate::error::{Error, ErrorCode};

use super::payload::{Level, harmless};

pub use self::check::{MAX_BLOCKS, MAX_BODY_BYTES, MAX_BRACKETS, MAX_ELIFS, MAX_TAG_BYTES};

/// Longest text that is written, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Most steps that writing one text takes.
pub const MAX_WORK: u64 = 10_000;
/// Deepest nesting while a text is written.
const MAX_NESTING: usize = 50;

/// Message bodies by number, parsed once and filled often; shared by all threads.
#[derive(Debug, Clone)]
pub struct Bodies {
    environment: Environment<'static>,
    needs: Vec<BTreeSet<String>>,
    markups: Vec<Markup>,
}

/// How arguments are written into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Markup {
    /// As they are.
    #[default]
    None,
    /// With `<`, `>`, `&`, quotes and `/` escaped.
    Html,
    /// On one line, with what chat tools read as tags, mentions, links or markdown replaced by its full-width twin.
    Chat,
}

/// What is wrong with a body, or with filling it. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// Longer than [`MAX_BODY_BYTES`].
    #[error("the message body has {n_bytes} bytes; the limit is {limit}")]
    TooLong {
        /// How long it is.
        n_bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A tag longer than [`MAX_TAG_BYTES`].
    #[error("line {line}: a tag has more than {limit} bytes")]
    TagTooLong {
        /// Where.
        line: usize,
        /// How long it may be.
        limit: usize,
    },
    /// More than [`MAX_BRACKETS`] open brackets in a tag.
    #[error("line {line}: a tag has more than {limit} open brackets")]
    TooManyBrackets {
        /// Where.
        line: usize,
        /// How many may be open.
        limit: usize,
    },
    /// More than [`MAX_BLOCKS`] open blocks.
    #[error("line {line}: more than {limit} blocks are open")]
    TooManyBlocks {
        /// Where.
        line: usize,
        /// How many may be open.
        limit: usize,
    },
    /// More than [`MAX_ELIFS`] `elif`.
    #[error("line {line}: there are more than {limit} `elif`")]
    TooManyElifs {
        /// Where.
        line: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A statement that bodies do not have.
    #[error("line {line}: `{name}` is no statement of message bodies")]
    Statement {
        /// Where.
        line: usize,
        /// Its name; empty when there is none.
        name: String,
    },
    /// An operator that bodies do not have.
    #[error("line {line}: `{operator}` is no operator of message bodies; compute it in `with`")]
    Operator {
        /// Where.
        line: usize,
        /// The operator.
        operator: &'static str,
    },
    /// A filter that bodies do not have.
    #[error("line {line}: `{name}` is no filter of message bodies")]
    Filter {
        /// Where.
        line: usize,
        /// Its name.
        name: String,
    },
    /// A test that bodies do not have.
    #[error("line {line}: `{name}` is no test of message bodies")]
    Test {
        /// Where.
        line: usize,
        /// Its name.
        name: String,
    },
    /// A tag, text, bracket or comment without its end, or an end without its beginning.
    #[error("line {line}: a tag or bracket is not closed")]
    Unclosed {
        /// Where the tag begins.
        line: usize,
    },
    /// Not what the grammar allows.
    #[error("line {line}: {why}")]
    Syntax {
        /// Where.
        line: usize,
        /// What was found.
        why: String,
    },
    /// Arguments that it needs and that are missing or null.
    #[error("the message body needs {}", listed(.names))]
    Missing {
        /// Their names, sorted.
        names: Vec<String>,
    },
    /// The arguments do not fit what it does with them.
    #[error("line {line}: {why}")]
    Unfit {
        /// Where.
        line: usize,
        /// What does not fit.
        why: String,
    },
    /// More than [`MAX_WORK`] steps.
    #[error("writing the message takes more than {limit} steps")]
    TooMuchWork {
        /// How many it may take.
        limit: u64,
    },
    /// The text is longer than [`MAX_TEXT_BYTES`].
    #[error("the message has more than {limit} bytes")]
    TextTooLong {
        /// How long it may be.
        limit: usize,
    },
    /// There is no body of this number.
    #[error("there is no message body `{body}`")]
    Unknown {
        /// The number.
        body: u32,
    },
}

impl BodyError {
    /// The code under which the engine reports it: `limit`, `format` for a body, `argument` for what fills it.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooLong { .. }
            | Self::TagTooLong { .. }
            | Self::TooManyBrackets { .. }
            | Self::TooManyBlocks { .. }
            | Self::TooManyElifs { .. }
            | Self::TooMuchWork { .. }
            | Self::TextTooLong { .. } => ErrorCode::Limit,
            Self::Statement { .. }
            | Self::Operator { .. }
            | Self::Filter { .. }
            | Self::Test { .. }
            | Self::Unclosed { .. }
            | Self::Syntax { .. } => ErrorCode::Format,
            Self::Missing { .. } | Self::Unfit { .. } => ErrorCode::Argument,
            Self::Unknown { .. } => ErrorCode::NotFound,
        }
    }
}

impl From<BodyError> for Error {
    fn from(e: BodyError) -> Self {
        Self::new(e.code(), e.to_string())
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self { environment: environment(), needs: Vec::new(), markups: Vec::new() }
    }
}

impl Bodies {
    /// Takes a body in; gives its number, from 0 in the order added.
    ///
    /// ```
    /// use cjm_core::outreach::{Bodies, Markup};
    /// use cjm_core::ValueRef;
    /// let mut bodies = Bodies::default();
    /// let usual = bodies.add("Your usual {{ dish }}?", Markup::None)?;
    /// assert_eq!(bodies.render(usual, [("dish", ValueRef::Text("noodles"))])?, "Your usual noodles?");
    /// assert_eq!(bodies.needs(usual).collect::<Vec<_>>(), ["dish"]);
    /// # Ok::<(), cjm_core::outreach::BodyError>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with the body; then none is added.
    pub fn add(&mut self, text: &str, markup: Markup) -> Result<u32, BodyError> {
        check::check(text)?;
        let body = u32::try_from(self.needs.len()).unwrap_or(u32::MAX);
        let name = name(body, markup);
        let syntax = |e: minijinja::Error| {
            let (line, why) = place(&e);
            BodyError::Syntax { line, why }
        };
        self.environment.add_template_owned(name.clone(), text.to_owned()).map_err(syntax)?;
        let template = self.environment.get_template(&name).map_err(syntax)?;
        let needs = template.undeclared_variables(false).into_iter().collect();
        self.needs.push(needs);
        self.markups.push(markup);
        Ok(body)
    }

    /// The names that a body asks for, sorted. One that it only asks for in a `default` is among them.
    pub fn needs(&self, body: u32) -> impl Iterator<Item = &str> {
        self.needs.get(body as usize).into_iter().flatten().map(String::as_str)
    }

    /// The text of a body with its arguments. A null is a missing argument; times are written in UTC, amounts with
    /// their digits, durations as in blueprints (`2d`), truth as `true` and `false`.
    ///
    /// # Errors
    /// `argument` when the body needs what is missing or does with it what can not be done, `limit` when writing
    /// it takes too long or the text becomes too long, `not_found` for a number that [`Bodies::add`] did not give.
    pub fn render<'a>(
        &self,
        body: u32,
        arguments: impl IntoIterator<Item = (&'a str, ValueRef<'a>)>,
    ) -> Result<String, BodyError> {
        let markup = self.markups.get(body as usize).copied().ok_or(BodyError::Unknown { body })?;
        let known = arguments.into_iter().filter(|(_, value)| !value.is_null());
        let known: Vec<(&str, Filling)> = known.map(|(name, value)| (name, filling(value, 0))).collect();
        let missing = || {
            let asked = self.needs(body).filter(|need| known.iter().all(|(name, _)| name != need));
            asked.map(str::to_owned).collect::<Vec<String>>()
        };
        let mut text = Text::default();
        let context = Filling::from_pairs(known.iter().cloned());
        let template = self.environment.get_template(&name(body, markup));
        let written = template.and_then(|t| t.render_captured_to(context, &mut text).map(drop));
        match written {
            Ok(()) => {}
            Err(_) if text.full => return Err(BodyError::TextTooLong { limit: MAX_TEXT_BYTES }),
            Err(e) => return Err(unfit(&e, missing())),
        }
        String::from_utf8(text.bytes).map_err(|e| BodyError::Unfit { line: 1, why: e.to_string() })
    }
}

fn unfit(e: &minijinja::Error, missing: Vec<String>) -> BodyError {
    match e.kind() {
        ErrorKind::OutOfFuel => BodyError::TooMuchWork { limit: MAX_WORK },
        ErrorKind::UndefinedError if !missing.is_empty() => BodyError::Missing { names: missing },
        _ => {
            let (line, why) = place(e);
            BodyError::Unfit { line, why }
        }
    }
}

/// Nothing but what is listed: what has no name here can not be called.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(MAX_WORK));
    environment.set_recursion_limit(MAX_NESTING);
    environment.set_debug(false);
    environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("html") => AutoEscape::Html,
        Some("chat") => AutoEscape::Custom("chat".into()),
        _ => AutoEscape::None,
    });
    environment.set_formatter(|out, state, value| match (value.kind(), state.auto_escape()) {
        (ValueKind::Bool, _) => Ok(out.write_str(if value.is_true() { "true" } else { "false" })?),
        (_, AutoEscape::Custom(_)) => {
            let shown = value.to_string();
            let twins = harmless(&shown, Level::Markdown).map(|c| if c == '\n' { ' ' } else { c });
            Ok(out.write_str(&twins.collect::<String>())?)
        }
        _ => escape_formatter(out, state, value),
    });
    environment.add_filter("default", filters::default);
    environment.add_filter("d", filters::default);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("round", filters::round);
    environment.add_filter("abs", filters::abs);
    environment.add_filter("int", filters::int);
    environment.add_filter("float", filters::float);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment
}

fn name(body: u32, markup: Markup) -> String {
    match markup {
        Markup::None => format!("{body}.txt"),
        Markup::Html => format!("{body}.html"),
        Markup::Chat => format!("{body}.chat"),
    }
}

fn place(e: &minijinja::Error) -> (usize, String) {
    let kind = e.kind().to_string();
    let why = e.detail().map_or(kind.clone(), |detail| format!("{kind}: {detail}"));
    (e.line().unwrap_or(1), why)
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<String>>().join(", ")
}

/// A value as bodies see it; what is nested too deep is missing.
fn filling(value: ValueRef<'_>, depth: usize) -> Filling {
    if depth > MAX_VALUE_DEPTH {
        return Filling::UNDEFINED;
    }
    let inner = |value: &Value| filling(value.as_ref(), depth + 1);
    match value {
        ValueRef::Null => Filling::UNDEFINED,
        ValueRef::Bool(b) => Filling::from(b),
        ValueRef::Int(i) => Filling::from(i),
        ValueRef::Number(x) => Filling::from(x),
        ValueRef::Text(t) => Filling::from(t),
        ValueRef::Money(d) => Filling::from(d.to_string()),
        ValueRef::Time(t) => Filling::from(t.to_string()),
        ValueRef::Date(d) => Filling::from(d.to_string()),
        ValueRef::Duration(d) => Filling::from(d.to_string()),
        ValueRef::List(list) => list.iter().map(inner).collect(),
        ValueRef::Record(fields) => {
            Filling::from_pairs(fields.iter().map(|(name, value)| (Filling::from(&**name), inner(value))))
        }
    }
}

/// A text in memory that takes so much and no more.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > MAX_TEXT_BYTES {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
