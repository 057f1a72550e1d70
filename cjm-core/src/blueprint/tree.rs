//! The spanned tree: YAML or JSON text as lists, maps and scalars that know where they stand.
//!
//! Answers: what was written where, and every construct the format refuses. Does not know: what any key means.
//! Numbers keep their text. The tree is built without recursion and is never deeper than [`MAX_DEPTH`].

use std::collections::HashSet;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::base::catalogue::blueprint as entry;
use crate::base::finding::{Finding, Position};

use super::parts::Parts;
use super::sink::Sink;

/// Longest document in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Deepest nesting of lists and maps.
pub const MAX_DEPTH: usize = 32;
/// Most scalars, lists and maps in one document.
pub const MAX_NODES: usize = 400_000;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Scalar(Scalar),
    List(Parts<Node>),
    Map(Parts<Entry>),
    /// A finding was made of it already: it stands for whatever was meant.
    Refused,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) position: Position,
    pub(super) value: Node,
}

/// Text as written, with the byte range it stands in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// What a scalar means under the core schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    Null,
    Bool(bool),
    /// Matches JSON's grammar of numbers.
    Number(&'a str),
    Text(&'a str),
}

impl Scalar {
    /// Only `true` and `false` are bool; `null`, `~` and nothing are null; JSON's numbers are numbers; all else is text.
    pub(super) fn meaning(&self) -> Meaning<'_> {
        if self.style != Style::Plain {
            return Meaning::Text(&self.text);
        }
        match self.text.as_str() {
            "" | "~" | "null" => Meaning::Null,
            "true" => Meaning::Bool(true),
            "false" => Meaning::Bool(false),
            text if is_number(text) => Meaning::Number(text),
            text => Meaning::Text(text),
        }
    }
}

/// Whether `text` matches JSON's grammar of numbers.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or("");
    if let Some(fraction) = rest.strip_prefix('.') {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = fraction.get(n..).unwrap_or("");
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

/// Reads a text into a tree; `None` when nothing can be said about its contents.
///
/// Refused constructs are findings in `sink`, and reading goes on where it can.
pub(super) fn read(text: &str, sink: &mut Sink) -> Option<Node> {
    if text.len() > MAX_BYTES {
        sink.push(
            Finding::new(&entry::TOO_LARGE, "", Position { line: 1, column: 1 })
                .with("bytes", text.len().to_string())
                .with("limit", MAX_BYTES.to_string()),
        );
        return None;
    }
    if let Some(at) = text.find('\0') {
        sink.push(Finding::new(&entry::NUL, "", position_of(text, at)));
        return None;
    }
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH + 1,
        block_nesting_limit: MAX_DEPTH + 1,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::default();
    while let Some(step) = parser.next_event() {
        let done = match step {
            Ok((event, span)) => builder.take(text, event, &span, sink),
            Err(error) => {
                sink.push(syntax(text, &error));
                return None;
            }
        };
        if done.is_break() {
            return None;
        }
    }
    if builder.root.is_none() {
        sink.push(Finding::new(&entry::EMPTY, "", Position { line: 1, column: 1 }));
    }
    builder.root
}

/// The position of a byte offset in a text.
pub(super) fn position_of(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").trim_start_matches('\u{feff}').chars().count() + 1;
    Position { line: line as u32, column: column as u32 }
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    /// The keys in normal form, once there are so many that a search among the entries would take long.
    keys: HashSet<String>,
    /// The key whose value comes next; `None` before a key.
    key: Option<(String, Position)>,
    /// The value that comes next belongs to a refused key and is dropped.
    drop_value: bool,
}

/// Keys up to which a search among the entries is as good as a set.
const FEW_KEYS: usize = 16;

impl Open {
    /// Whether a key stands in this map for the first time.
    fn is_new(&mut self, key: &str) -> bool {
        let Kind::Map(entries) = &self.node.kind else { return true };
        if entries.len() < FEW_KEYS {
            let plain = key.is_ascii();
            return entries.iter().all(|e| e.key != key && (plain || nfc(&e.key) != nfc(key)));
        }
        if self.keys.is_empty() {
            self.keys = entries.iter().map(|e| nfc(&e.key)).collect();
        }
        self.keys.insert(nfc(key))
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    n_nodes: usize,
    n_documents: usize,
    /// Inside a key that is a list or map: how many of them are open.
    inside_key: usize,
}

type Flow = std::ops::ControlFlow<()>;

impl Builder {
    fn take(&mut self, document: &str, event: Event<'_>, span: &Span, sink: &mut Sink) -> Flow {
        let position = place(span);
        match event {
            Event::DocumentStart(..) => {
                self.n_documents += 1;
                if self.n_documents > 1 {
                    sink.push(Finding::new(&entry::SECOND_DOCUMENT, "", position));
                    return Flow::Break(());
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|t| t.original());
                self.refuse_properties(document, (anchor, tag.as_deref()), span, sink);
                let kind = if anchor != 0 || tag.is_some() {
                    Kind::Refused
                } else {
                    Kind::Scalar(scalar(&text, style, span))
                };
                return self.leaf(Node { position, kind }, sink);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                sink.push_with(|| Finding::new(&entry::ALIAS, self.path(), position));
                return self.leaf(Node { position, kind: Kind::Refused }, sink);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let tag = tag.map(|t| t.original());
                self.refuse_properties(document, (anchor, tag.as_deref()), span, sink);
                return self.begin(Node { position, kind: Kind::List(Parts::default()) }, sink);
            }
            Event::MappingStart(_, anchor, tag) => {
                let tag = tag.map(|t| t.original());
                self.refuse_properties(document, (anchor, tag.as_deref()), span, sink);
                return self.begin(Node { position, kind: Kind::Map(Parts::default()) }, sink);
            }
            Event::SequenceEnd | Event::MappingEnd => return self.end(sink),
            _ => {}
        }
        Flow::Continue(())
    }

    fn refuse_properties(
        &self,
        document: &str,
        (anchor, tag): (usize, Option<&str>),
        span: &Span,
        sink: &mut Sink,
    ) {
        if anchor != 0 {
            sink.push_with(|| Finding::new(&entry::ANCHOR, self.path(), anchor_place(document, span)));
        }
        if let Some(tag) = tag {
            let at = span.tag_start().map_or_else(|| place(span), |mark| position(mark.line(), mark.col()));
            let finding = || Finding::new(&entry::TAG, self.path(), at).with("tag", super::sink::shown(tag));
            sink.push_with(finding);
        }
    }

    /// Whether what comes next stands where a map wants a key.
    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| {
            matches!(open.node.kind, Kind::Map(_)) && open.key.is_none() && !open.drop_value
        })
    }

    fn count(&mut self, position: Position, sink: &mut Sink) -> Flow {
        self.n_nodes += 1;
        if self.n_nodes > MAX_NODES {
            let limit = MAX_NODES.to_string();
            sink.push(Finding::new(&entry::TOO_MANY_VALUES, "", position).with("limit", limit));
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    fn leaf(&mut self, node: Node, sink: &mut Sink) -> Flow {
        self.count(node.position, sink)?;
        if self.inside_key > 0 {
            return Flow::Continue(());
        }
        if self.wants_key() {
            self.key(node, sink);
        } else {
            self.value(node);
        }
        Flow::Continue(())
    }

    fn begin(&mut self, node: Node, sink: &mut Sink) -> Flow {
        self.count(node.position, sink)?;
        if self.inside_key > 0 || self.wants_key() {
            if self.inside_key == 0 {
                sink.push_with(|| Finding::new(&entry::KEY_NOT_TEXT, self.path(), node.position));
            }
            self.inside_key += 1;
            return Flow::Continue(());
        }
        if self.open.len() >= MAX_DEPTH {
            let limit = MAX_DEPTH.to_string();
            sink.push(Finding::new(&entry::TOO_DEEP, self.path(), node.position).with("limit", limit));
            return Flow::Break(());
        }
        self.open.push(Open { node, keys: HashSet::new(), key: None, drop_value: false });
        Flow::Continue(())
    }

    fn end(&mut self, _sink: &mut Sink) -> Flow {
        if self.inside_key > 0 {
            self.inside_key -= 1;
            if self.inside_key == 0 {
                self.refuse_key();
            }
            return Flow::Continue(());
        }
        if let Some(open) = self.open.pop() {
            self.value(open.node);
        }
        Flow::Continue(())
    }

    fn refuse_key(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.drop_value = true;
        }
    }

    fn key(&mut self, node: Node, sink: &mut Sink) {
        let Kind::Scalar(scalar) = node.kind else { return self.refuse_key() };
        if scalar.style == Style::Plain && scalar.text == "<<" {
            sink.push_with(|| Finding::new(&entry::MERGE_KEY, self.path(), node.position));
            return self.refuse_key();
        }
        if !matches!(scalar.meaning(), Meaning::Text(_)) {
            sink.push_with(|| Finding::new(&entry::KEY_NOT_TEXT, self.path(), node.position));
            return self.refuse_key();
        }
        let Some(open) = self.open.last_mut() else { return };
        if open.is_new(&scalar.text) {
            open.key = Some((scalar.text, node.position));
            return;
        }
        open.drop_value = true;
        sink.push_with(|| {
            let finding = Finding::new(&entry::DUPLICATE_KEY, self.path(), node.position);
            finding.with("key", super::sink::shown(&scalar.text))
        });
    }

    fn value(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        if std::mem::take(&mut open.drop_value) {
            return;
        }
        match (&mut open.node.kind, open.key.take()) {
            (Kind::List(items), _) => items.push(node),
            (Kind::Map(entries), Some((key, position))) => entries.push(Entry { key, position, value: node }),
            _ => {}
        }
    }

    /// The path of what is being read, by keys and indices.
    fn path(&self) -> String {
        let mut path = super::paths::DocPath::root();
        for open in &self.open {
            path = match (&open.node.kind, &open.key) {
                (Kind::List(items), _) => path.index(items.len()),
                (_, Some((key, _))) => path.key(key),
                _ => path,
            };
        }
        path.into()
    }
}

fn scalar(text: &str, style: ScalarStyle, span: &Span) -> Scalar {
    let range = span.byte_range().unwrap_or(0..0);
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    };
    // documents are at most MAX_BYTES long
    Scalar { text: text.to_owned(), style, start: range.start as u32, end: range.end as u32 }
}

/// The text in normal form C, so that equal-looking keys are equal.
pub(super) fn nfc(text: &str) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text.to_owned() } else { text.nfc().collect() }
}

fn place(span: &Span) -> Position {
    position(span.start.line(), span.start.col())
}

/// Where the anchor of a value stands: the last `&` before the value, at which its span begins.
fn anchor_place(document: &str, span: &Span) -> Position {
    let before = span.byte_range().and_then(|range| document.get(..range.start));
    let Some((before, between)) = before.and_then(|before| before.rsplit_once('&')) else {
        return place(span);
    };
    let line = span.start.line().saturating_sub(between.matches('\n').count());
    let column =
        before.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}').chars().count();
    position(line, column)
}

/// Where the tab stands that is meant by an error at `at`, before which the parser may have stopped: the one that a
/// line begins with, this line or the next that is not blank.
fn tab_place(text: &str, at: Position) -> Position {
    let lines = (at.line..).zip(text.lines().skip(at.line.saturating_sub(1) as usize));
    let mut near = lines.filter(|(_, line)| !line.trim().is_empty()).take(2);
    let column = |line: &str| line.chars().take_while(|c| matches!(c, ' ' | '\t')).position(|c| c == '\t');
    let found = near.find_map(|(number, line)| Some((number, column(line)?)));
    found.map_or(at, |(line, column)| position(line as usize, column))
}

fn position(line: usize, column: usize) -> Position {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: small(line), column: small(column.saturating_add(1)) }
}

/// The finding for a text that is neither YAML nor JSON.
fn syntax(text: &str, error: &ScanError) -> Finding {
    use granit_parser::ErrorKind as E;
    let mut at = position(error.marker().line(), error.marker().col());
    let entry = match error.kind() {
        E::RecursionLimitExceeded => {
            return Finding::new(&entry::TOO_DEEP, "", at).with("limit", MAX_DEPTH.to_string());
        }
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::InvalidMappingValueWhitespace => {
            &entry::STRAY_COLON
        }
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabInPlainScalar => {
            at = tab_place(text, at);
            &entry::TAB_INDENT
        }
        E::UnclosedFlowCollection { .. } | E::UnexpectedEofFlowMapping | E::UnexpectedEofFlowSequence => {
            &entry::UNCLOSED_BRACKET
        }
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent => &entry::UNCLOSED_QUOTE,
        E::MissingAnchorOrAliasName | E::UndeclaredTagHandle | E::MissingTagUri => &entry::STRAY_INDICATOR,
        _ => &entry::SYNTAX,
    };
    Finding::new(entry, "", at).with("reason", error.info().replace('`', "'"))
}
