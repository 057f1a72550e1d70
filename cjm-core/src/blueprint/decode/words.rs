//! Decoders of the small shapes: text, names, numbers, times, expressions, paths, types.
//!
//! Answers: what one scalar or small shape says. Does not know: which section it stands in.

use indexmap::IndexMap;

use super::*;
use crate::base::ids::{MAX_ID_BYTES, is_id};
use crate::blueprint::model::*;
use crate::blueprint::tree::{Style, is_number};

/// Longest human-read text, expression or free text in bytes.
const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Most attributes of an event.
const MAX_ATTRIBUTES: usize = 64;

/// Whether a character can not be seen where it stands: controls, and marks that turn the direction of text.
pub(in crate::blueprint) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{2028}' | '\u{2029}')
}

/// Any text: what a bool or number would have to be quoted for.
fn plain_text(at: &At<'_>, sink: &mut Sink) -> Option<String> {
    let Some(scalar) = at.scalar() else {
        at.wanted(&entry::NOT_TEXT, sink);
        return None;
    };
    match scalar.meaning() {
        Meaning::Text(text) => {
            if scalar.style == Style::Plain && is_yaml11_word(text) {
                sink.push(at.finding(&entry::YAML11_WORD).with("found", shown(text)));
            }
            Some(text.to_owned())
        }
        Meaning::Null => {
            at.wanted(&entry::NOT_TEXT, sink);
            None
        }
        Meaning::Bool(_) | Meaning::Number(_) => {
            at.wanted(&entry::QUOTE_IT, sink);
            None
        }
    }
}

/// Plain words that a YAML 1.1 reader takes for something else.
pub(in crate::blueprint) fn is_yaml11_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null")
}

/// Text for machines: names of labels, salts, versions. On one line and without hidden characters.
pub(super) fn text(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    visible(at, &text, false, sink);
    text
}

/// Any text of at most 128 bytes that is not empty.
pub(super) fn free_name(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    visible(at, &text, false, sink);
    if text.is_empty() || text.len() > MAX_ID_BYTES {
        sink.push(at.finding(&entry::BAD_NAME).with("found", shown(&text)));
    }
    text
}

/// An id.
pub(super) fn id(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    if !is_id(&text) {
        let finding = at.finding(&entry::BAD_ID).with("found", shown(&text));
        sink.push(match as_id(&text) {
            Some(near) => finding.with("near", near),
            None => finding,
        });
    }
    text
}

/// A stage, touchpoint or pain: its id, or `journey/id` where two journeys have one of that id.
pub(super) fn place_name(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    let good = match text.split_once('/') {
        Some((journey, place)) => is_id(journey) && is_id(place),
        None => is_id(&text),
    };
    if !good {
        sink.push(at.finding(&entry::BAD_PLACE).with("found", shown(&text)));
    }
    text
}

/// The id that a text probably means.
fn as_id(text: &str) -> Option<String> {
    let lower: String = text.trim().to_ascii_lowercase().replace([' ', '-', '.', '/'], "_");
    is_id(&lower).then_some(lower)
}

/// A key that must be an id.
pub(super) fn id_key(key: &Key<'_>, sink: &mut Sink) {
    if !is_id(&key.entry.key) {
        let finding = key.finding(&entry::BAD_ID).with("found", shown(&key.entry.key));
        sink.push(match as_id(&key.entry.key) {
            Some(near) => finding.with("near", near),
            None => finding,
        });
    }
}

/// A key that names an event: any visible text of at most 128 bytes.
pub(super) fn event_key(key: &Key<'_>, sink: &mut Sink) {
    let text = &key.entry.key;
    if text.is_empty() || text.len() > MAX_ID_BYTES || text.chars().any(is_hidden) {
        sink.push(key.finding(&entry::BAD_NAME).with("found", shown(text)));
    }
}

/// A key that conditions read as `event.KEY` or `customer.KEY`.
pub(super) fn field_key(key: &Key<'_>, sink: &mut Sink) {
    if !is_field(&key.entry.key) {
        sink.push(key.finding(&entry::BAD_FIELD).with("found", shown(&key.entry.key)));
    }
}

/// Whether conditions can read a name behind a dot: letters, digits and `_`, at most 128.
fn is_field(text: &str) -> bool {
    let head = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    head && text.len() <= MAX_ID_BYTES && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The name of an attribute or profile field.
pub(super) fn field(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    if !is_field(&text) {
        sink.push(at.finding(&entry::BAD_FIELD).with("found", shown(&text)));
    }
    text
}

/// A key that names a language.
pub(super) fn language_key(key: &Key<'_>, sink: &mut Sink) {
    if !is_language(&key.entry.key) {
        sink.push(key.finding(&entry::BAD_LANGUAGE).with("found", shown(&key.entry.key)));
    }
}

/// Whether a text has the shape of a language tag: `en`, `zh-CN`, `zh-Hans-SG`.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    first && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// A language tag.
pub(super) fn language(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    if !is_language(&text) {
        sink.push(at.finding(&entry::BAD_LANGUAGE).with("found", shown(&text)));
    }
    text
}

/// A currency of three capital letters.
pub(super) fn currency(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    if text.len() != 3 || !text.bytes().all(|b| b.is_ascii_uppercase()) {
        sink.push(at.finding(&entry::BAD_CURRENCY).with("found", shown(&text)));
    }
    text
}

/// Text that people read: one, or one per language.
pub(super) fn words(at: &At<'_>, sink: &mut Sink) -> Text {
    match &at.node.kind {
        Kind::Map(entries) if entries.is_empty() => {
            at.wanted(&entry::NOT_WORDS, sink);
            Text::default()
        }
        Kind::Map(_) => Text::Many(at.map(language_key, human, sink)),
        Kind::List(_) => {
            at.wanted(&entry::NOT_WORDS, sink);
            Text::default()
        }
        _ => Text::One(human(at, sink)),
    }
}

/// Text in one language; it may have several lines.
fn human(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    visible(at, &text, true, sink);
    text
}

/// Reports characters that can not be seen, and text that is too long.
fn visible(at: &At<'_>, text: &str, lines: bool, sink: &mut Sink) {
    let hidden = text.chars().find(|c| is_hidden(*c) && !(lines && matches!(c, '\n' | '\t')));
    if let Some(c) = hidden {
        let code = format!("U+{:04X}", u32::from(c));
        sink.push(at.finding(&entry::HIDDEN_CHARACTER).with("code", code));
    }
    if text.len() > MAX_TEXT_BYTES {
        let finding = at.finding(&entry::WORDS_TOO_LONG).with("bytes", text.len().to_string());
        sink.push(finding.with("limit", MAX_TEXT_BYTES.to_string()));
    }
}

/// The name of an event.
pub(super) fn event(at: &At<'_>, sink: &mut Sink) -> String {
    free_name(at, sink)
}

/// The name of an event, or a list of such names.
pub(super) fn events(at: &At<'_>, sink: &mut Sink) -> OneOrMany {
    if let Kind::Map(_) = &at.node.kind {
        at.wanted(&entry::NOT_EVENTS, sink);
        return OneOrMany::default();
    }
    at.not_empty(sink);
    OneOrMany(at.one_or_list(event, sink))
}

/// A condition or value. Bools and numbers are expressions too, as written.
pub(super) fn expr(at: &At<'_>, sink: &mut Sink) -> Expr {
    let Some(scalar) = at.scalar() else {
        at.wanted(&entry::NOT_AN_EXPRESSION, sink);
        return Expr::default();
    };
    if scalar.style == Style::Plain && followed_by_comment(at.source, scalar) {
        sink.push(at.finding(&entry::COMMENT_AFTER_EXPRESSION));
    }
    if scalar.text.trim().is_empty() || scalar.meaning() == Meaning::Null {
        at.wanted(&entry::NOT_AN_EXPRESSION, sink);
    }
    Expr(scalar.text.clone())
}

/// Whether a comment stands right behind a scalar: `if: a # b` loses `# b`.
fn followed_by_comment(source: &str, scalar: &Scalar) -> bool {
    let after = source.get(scalar.end as usize..).unwrap_or("");
    after.trim_start_matches([' ', '\t']).starts_with('#')
}

/// `EVENT`, `EVENT.ATTRIBUTE` or `customer.FIELD`.
pub(super) fn path(at: &At<'_>, sink: &mut Sink) -> Path {
    let Some(text) = plain_text(at, sink) else { return Path::default() };
    let path = Path(text);
    let empty = path.0.split('.').any(str::is_empty);
    if empty || path.0.len() > 2 * MAX_ID_BYTES + 1 || path.0.chars().any(is_hidden) {
        sink.push(at.finding(&entry::BAD_PATH).with("found", shown(&path.0)));
    }
    path
}

/// A length of time.
pub(super) fn duration(at: &At<'_>, sink: &mut Sink) -> Duration {
    let parsed = at.scalar().and_then(|s| Duration::parse(&s.text).ok());
    parsed.unwrap_or_else(|| {
        at.wanted(&entry::BAD_DURATION, sink);
        Duration::ZERO
    })
}

/// A length of time that is not zero.
pub(super) fn positive_duration(at: &At<'_>, sink: &mut Sink) -> Duration {
    let parsed = duration(at, sink);
    let zero = at.scalar().and_then(|s| Duration::parse(&s.text).ok()) == Some(Duration::ZERO);
    if zero {
        at.wanted(&entry::ZERO_DURATION, sink);
    }
    parsed
}

/// `HH:MM`. A plain `22:00` is text here and a number elsewhere, so it must be quoted.
pub(super) fn clock_time(at: &At<'_>, sink: &mut Sink) -> ClockTime {
    let Some(scalar) = at.scalar() else {
        at.wanted(&entry::BAD_CLOCK_TIME, sink);
        return ClockTime::default();
    };
    match ClockTime::parse(&scalar.text) {
        Some(time) => {
            if scalar.style == Style::Plain {
                at.wanted(&entry::UNQUOTED_TIME, sink);
            }
            time
        }
        None => {
            at.wanted(&entry::BAD_CLOCK_TIME, sink);
            ClockTime::default()
        }
    }
}

/// `HH:MM-HH:MM`.
pub(super) fn hours(at: &At<'_>, sink: &mut Sink) -> Hours {
    let parse = |text: &str| {
        let (from, to) = text.split_once('-')?;
        Some(Hours { from: ClockTime::parse(from)?, to: ClockTime::parse(to)? })
    };
    let parsed = at.scalar().and_then(|s| parse(&s.text)).filter(|hours| hours.from < hours.to);
    parsed.unwrap_or_else(|| {
        at.wanted(&entry::BAD_HOURS, sink);
        Hours::default()
    })
}

/// `day 10:00`, `mon 10:00` or `month 1 10:00`: a local civil time that comes again.
pub(super) fn every(at: &At<'_>, sink: &mut Sink) -> String {
    let Some(text) = plain_text(at, sink) else { return String::new() };
    if !is_recurrence(&text) {
        at.wanted(&entry::BAD_EVERY, sink);
    }
    text
}

fn is_recurrence(text: &str) -> bool {
    let parts: Vec<&str> = text.split(' ').collect();
    let time = |t: &str| ClockTime::parse(t).is_some_and(|t| t.0 < 24 * 60);
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let is_day = |t: &str| digits(t) && t.parse::<u8>().is_ok_and(|d| (1..=31).contains(&d));
    match parts.as_slice() {
        ["day", at] => time(at),
        ["month", day, at] => time(at) && is_day(day),
        [day, at] => time(at) && WEEKDAYS.iter().any(|(name, _)| name == day),
        _ => false,
    }
}

/// A calendar day.
pub(super) fn date(at: &At<'_>, sink: &mut Sink) -> Date {
    let parsed = at.scalar().and_then(|s| Date::parse(&s.text).ok());
    parsed.unwrap_or_else(|| {
        at.wanted(&entry::BAD_DATE, sink);
        Date::from_days(0)
    })
}

/// A zone of the bundled database.
pub(super) fn zone(at: &At<'_>, sink: &mut Sink) -> Option<Zone> {
    let text = plain_text(at, sink)?;
    let zone = Zone::named(&text).ok();
    if zone.is_none() {
        at.wanted(&entry::UNKNOWN_ZONE, sink);
    }
    zone
}

/// `true` or `false`.
pub(super) fn bool(at: &At<'_>, sink: &mut Sink) -> bool {
    match at.scalar().map(Scalar::meaning) {
        Some(Meaning::Bool(b)) => b,
        _ => {
            at.wanted(&entry::NOT_BOOL, sink);
            false
        }
    }
}

/// A number that is finite; zero has no sign.
pub(super) fn number(at: &At<'_>, sink: &mut Sink) -> f64 {
    let parsed = match at.scalar().map(Scalar::meaning) {
        Some(Meaning::Number(text)) => text.parse::<f64>().ok().filter(|x| x.is_finite()),
        _ => None,
    };
    match parsed {
        Some(x) => x + 0.0,
        None => {
            at.wanted(&entry::NOT_A_NUMBER, sink);
            0.0
        }
    }
}

fn between(at: &At<'_>, low: f64, high: f64, sink: &mut Sink) -> f64 {
    let x = number(at, sink);
    if !(low..=high).contains(&x) {
        let finding = at.finding(&entry::OUT_OF_RANGE).with("found", found(at.node));
        sink.push(finding.with("low", low.to_string()).with("high", high.to_string()));
    }
    x
}

/// An emotion from -1 to 1.
pub(super) fn emotion(at: &At<'_>, sink: &mut Sink) -> f64 {
    between(at, -1.0, 1.0, sink)
}

/// A share from 0 to 1.
pub(super) fn share(at: &At<'_>, sink: &mut Sink) -> f64 {
    between(at, 0.0, 1.0, sink)
}

/// A whole number.
pub(super) fn int(at: &At<'_>, sink: &mut Sink) -> i64 {
    written_int(at).unwrap_or_else(|| {
        at.wanted(&entry::NOT_INT, sink);
        0
    })
}

/// The whole number that is written there; a quoted one is text.
pub(super) fn written_int(at: &At<'_>) -> Option<i64> {
    match at.scalar().map(Scalar::meaning) {
        Some(Meaning::Number(text)) => text.parse().ok(),
        _ => None,
    }
}

fn int_between(at: &At<'_>, low: i64, high: i64, sink: &mut Sink) -> i64 {
    let x = int(at, sink);
    if (low..=high).contains(&x) {
        return x;
    }
    let is_int = written_int(at).is_some();
    if is_int && high == COUNT_MAX && x < low {
        sink.push(at.finding(&entry::TOO_SMALL).with("found", found(at.node)).with("low", low.to_string()));
    } else if is_int {
        let finding = at.finding(&entry::OUT_OF_RANGE).with("found", found(at.node));
        sink.push(finding.with("low", low.to_string()).with("high", high.to_string()));
    }
    low
}

/// Largest count.
const COUNT_MAX: i64 = u32::MAX as i64;

/// How many, from 1.
pub(super) fn count(at: &At<'_>, sink: &mut Sink) -> u32 {
    u32::try_from(int_between(at, 1, COUNT_MAX, sink)).unwrap_or(1)
}

/// How many, from 0.
pub(super) fn count_from_zero(at: &At<'_>, sink: &mut Sink) -> u32 {
    u32::try_from(int_between(at, 0, COUNT_MAX, sink)).unwrap_or(0)
}

/// 1 or 2.
pub(super) fn tier(at: &At<'_>, sink: &mut Sink) -> u8 {
    u8::try_from(int_between(at, 1, 2, sink)).unwrap_or(1)
}

/// A decimal with its digits as written, as a number or as text.
pub(super) fn amount(at: &At<'_>, sink: &mut Sink) -> Amount {
    let parsed = at.scalar().and_then(|s| crate::base::money::parse(&s.text));
    match parsed {
        Some(decimal) => Amount(decimal),
        None => {
            at.wanted(&entry::BAD_AMOUNT, sink);
            Amount::default()
        }
    }
}

/// A decimal from 1.
pub(super) fn amount_from_one(at: &At<'_>, sink: &mut Sink) -> Amount {
    let is_amount = at.scalar().is_some_and(|s| crate::base::money::parse(&s.text).is_some());
    let amount = amount(at, sink);
    if is_amount && amount.0 < rust_decimal::Decimal::ONE {
        sink.push(at.finding(&entry::TOO_SMALL).with("found", found(at.node)).with("low", "1"));
    }
    amount
}

/// A decimal that is not negative.
pub(super) fn cost(at: &At<'_>, sink: &mut Sink) -> Amount {
    let amount = amount(at, sink);
    if amount.0.is_sign_negative() && !amount.0.is_zero() {
        at.wanted(&entry::NEGATIVE_AMOUNT, sink);
    }
    amount
}

/// Declares decoders of fixed words.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident -> $type:ident { $($word:literal = $variant:ident),+ })+) => { $(
        $(#[$doc])*
        pub(super) fn $name(at: &At<'_>, sink: &mut Sink) -> $type {
            words::choice(at, &[$(($word, $type::$variant)),+], sink)
        }
    )+ };
}
pub(super) use choices;

/// One of a fixed set of words.
pub(super) fn choice<T: Copy + Default>(at: &At<'_>, options: &[(&'static str, T)], sink: &mut Sink) -> T {
    let text = at.scalar().map_or("", |s| s.text.as_str());
    if let Some((_, value)) = options.iter().find(|(name, _)| *name == text) {
        return *value;
    }
    if at.node.kind != Kind::Refused {
        let names = || options.iter().map(|(name, _)| *name);
        let known = names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let finding = at.finding(&entry::NOT_A_CHOICE).with("found", found(at.node)).with("known", known);
        sink.push(match nearest(text, names()) {
            Some(near) => finding.with("near", near),
            None => finding,
        });
    }
    T::default()
}

/// The working days as they are written.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

const PLAIN_TYPES: [(&str, AttributeKind); 7] = [
    ("text", AttributeKind::Text),
    ("int", AttributeKind::Int),
    ("number", AttributeKind::Number),
    ("money", AttributeKind::Money),
    ("bool", AttributeKind::Bool),
    ("time", AttributeKind::Time),
    ("date", AttributeKind::Date),
];

/// The attributes of an event or the fields of a record.
pub(super) fn attributes(at: &At<'_>, sink: &mut Sink) -> IndexMap<String, AttributeType> {
    let attributes = at.map(field_key, attribute_type, sink);
    if attributes.len() > MAX_ATTRIBUTES {
        let finding = at.finding(&entry::TOO_MANY).with("n", attributes.len().to_string());
        sink.push(finding.with("limit", MAX_ATTRIBUTES.to_string()));
    }
    attributes
}

/// `text`, `optional money`, `{enum: [..]}`, `{int: [1, 5]}`, `{list: {..}}`.
pub(super) fn attribute_type(at: &At<'_>, sink: &mut Sink) -> AttributeType {
    if let Kind::Map(_) = &at.node.kind {
        return map_type(at, sink);
    }
    let Some(text) = at.scalar().map(|s| s.text.as_str()) else {
        at.wanted(&entry::BAD_TYPE, sink);
        return AttributeType::default();
    };
    let (optional, name) = match text.strip_prefix("optional ") {
        Some(name) => (true, name.trim_start()),
        None => (false, text),
    };
    if let Some((_, kind)) = PLAIN_TYPES.iter().find(|(n, _)| *n == name) {
        return AttributeType { optional, kind: kind.clone() };
    }
    let finding = at.finding(&entry::BAD_TYPE).with("found", found(at.node));
    sink.push(match nearest(name, PLAIN_TYPES.iter().map(|(n, _)| *n)) {
        Some(near) => finding.with("near", if optional { format!("optional {near}") } else { near.into() }),
        None => finding,
    });
    AttributeType::default()
}

fn map_type(at: &At<'_>, sink: &mut Sink) -> AttributeType {
    let mut f = Fields::open(at, sink);
    let kind = match one_of(&mut f, &["enum", "int", "list"], sink) {
        Some("enum") => AttributeKind::Enum(f.required("enum", enum_values, sink)),
        Some("int") => {
            let (low, high) = f.required("int", int_range, sink);
            AttributeKind::IntRange(low, high)
        }
        Some("list") => AttributeKind::List(f.required("list", attributes, sink)),
        _ => AttributeKind::default(),
    };
    let optional = f.or_default("optional", bool, sink);
    f.no_extra(sink);
    AttributeType { optional, kind }
}

fn enum_values(at: &At<'_>, sink: &mut Sink) -> Vec<String> {
    at.not_empty(sink);
    let values = at.list(free_name, sink);
    let mut seen = std::collections::HashSet::new();
    for (index, value) in values.iter().enumerate() {
        if !seen.insert(value.as_str()) && !value.is_empty() {
            let path = at.trail(Way::Index(index)).path();
            let finding = Finding::new(&entry::TWICE, path, item_position(at, index));
            sink.push(finding.with("found", shown(value)));
        }
    }
    values
}

fn item_position(at: &At<'_>, index: usize) -> Position {
    match &at.node.kind {
        Kind::List(items) => items.get(index).map_or(at.node.position, |item| item.position),
        _ => at.node.position,
    }
}

fn int_range(at: &At<'_>, sink: &mut Sink) -> (i64, i64) {
    match at.list(int, sink).as_slice() {
        [low, high] if low <= high => (*low, *high),
        _ => {
            at.wanted(&entry::BAD_BOUNDS, sink);
            (0, 0)
        }
    }
}

/// `[min, max]` of a repeated step; a max of null is no limit.
pub(super) fn times(at: &At<'_>, sink: &mut Sink) -> (u32, Option<u32>) {
    let bound = |at: &At<'_>, sink: &mut Sink| (!at.is_null()).then(|| count_from_zero(at, sink));
    match at.list(bound, sink).as_slice() {
        [Some(low), None] => (*low, None),
        [Some(low), Some(high)] if low <= high && *high > 0 => (*low, Some(*high)),
        _ => {
            at.wanted(&entry::BAD_BOUNDS, sink);
            (1, Some(1))
        }
    }
}

/// What stands under an `x-` key, kept as it is.
pub(in crate::blueprint) fn json(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.kind {
        Kind::Refused => Json::Null,
        Kind::List(items) => Json::Array(items.iter().map(json).collect()),
        Kind::Map(entries) => Json::Object(entries.iter().map(|e| (e.key.clone(), json(&e.value))).collect()),
        Kind::Scalar(scalar) => match scalar.meaning() {
            Meaning::Null => Json::Null,
            Meaning::Bool(b) => Json::Bool(b),
            Meaning::Text(text) => Json::String(text.to_owned()),
            Meaning::Number(text) => json_number(text),
        },
    }
}

/// A number as JSON holds it; one that it can not hold stays text.
fn json_number(text: &str) -> serde_json::Value {
    debug_assert!(is_number(text));
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}
