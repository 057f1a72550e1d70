//! The small shapes that recur: expressions, paths, one-or-many, attribute types, times of day.
//!
//! Answers: how each is written and what it holds. Does not know: whether an expression or a path makes sense.

use std::fmt;

use indexmap::IndexMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::*;

/// A condition or value in the condition language, as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Expr(pub String);

/// A decimal amount of money or a bound, with the digits as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Amount(pub rust_decimal::Decimal);

impl Serialize for Amount {
    /// A number where a number keeps every digit, else text.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        if let Ok(whole) = text.parse::<i64>() {
            return s.serialize_i64(whole);
        }
        match text.parse::<f64>() {
            Ok(x) if format!("{x}") == text => s.serialize_f64(x),
            _ => s.serialize_str(&text),
        }
    }
}

/// A path: `EVENT`, `EVENT.ATTRIBUTE` or `customer.FIELD`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Path(pub String);

impl Path {
    /// The field of `customer.FIELD`; `None` of any other path.
    pub fn customer_field(&self) -> Option<&str> {
        self.0.strip_prefix("customer.")
    }

    /// The event and its attribute: the whole path when `is_event` knows it (event names may hold dots),
    /// else the parts before and after the last dot.
    pub fn event(&self, is_event: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
        if is_event(&self.0) {
            return (&self.0, None);
        }
        self.0.rsplit_once('.').map_or((self.0.as_str(), None), |(a, b)| (a, Some(b)))
    }
}

/// One name or several.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct OneOrMany(pub Vec<String>);

impl OneOrMany {
    /// No name at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names in document order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|n| n == name)
    }
}

impl Serialize for OneOrMany {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => s.serialize_str(one),
            many => many.serialize(s),
        }
    }
}

/// A local time of day, `HH:MM`, as minutes after midnight; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ClockTime(pub u16);

impl ClockTime {
    /// Reads `HH:MM`, 00:00 to 24:00.
    pub fn parse(text: &str) -> Option<Self> {
        let (h, m) = text.split_once(':')?;
        let two_digits = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit());
        let part = |t: &str| if two_digits(t) { t.parse::<u16>().ok() } else { None };
        let minutes = part(h)?.checked_mul(60)?.checked_add(part(m).filter(|m| *m < 60)?)?;
        (minutes <= 24 * 60).then_some(Self(minutes))
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// Working hours, `HH:MM-HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hours {
    /// From.
    pub from: ClockTime,
    /// Until.
    pub to: ClockTime,
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{}-{}", self.from, self.to))
    }
}

/// Where events come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Source {
    /// Any text of at most 128 bytes.
    pub id: String,
    /// How late its events may come; 0 unless said. An event that links two known customers unites them when it
    /// comes: what waits for late ones by then happens to both as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<Duration>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A kind of identity that events carry.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct IdentityKind {
    /// Id, unique among identity kinds.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// With how many stronger values, and weaker ones of each kind, a value may link; beyond it is shared and gives way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_links: Option<u32>,
    /// Values that never link: a till's own phone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An event's attributes: name to type, in document order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventModel {
    /// Attributes and their types.
    pub attributes: IndexMap<String, AttributeType>,
}

/// The declared type of an attribute or profile field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AttributeType {
    /// May be missing without being counted.
    pub optional: bool,
    /// What a present value is.
    pub kind: AttributeKind,
}

/// What a present value is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum AttributeKind {
    /// `text`
    #[default]
    Text,
    /// `int`
    Int,
    /// `number`
    Number,
    /// `money`
    Money,
    /// `bool`
    Bool,
    /// `time`
    Time,
    /// `date`
    Date,
    /// `{enum: [..]}`
    Enum(Vec<String>),
    /// `{int: [min, max]}`
    IntRange(i64, i64),
    /// `{list: {field: type}}`, at most 64 records
    List(IndexMap<String, AttributeType>),
}

impl AttributeKind {
    /// The plain name, for the kinds that have one.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int | Self::IntRange(..) => "int",
            Self::Number => "number",
            Self::Money => "money",
            Self::Bool => "bool",
            Self::Time => "time",
            Self::Date => "date",
            Self::Enum(_) => "enum",
            Self::List(_) => "list",
        }
    }
}

impl Serialize for AttributeType {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let map_form = matches!(
            self.kind,
            AttributeKind::Enum(_) | AttributeKind::IntRange(..) | AttributeKind::List(_)
        );
        if !map_form {
            let name = self.kind.name();
            return if self.optional {
                s.collect_str(&format_args!("optional {name}"))
            } else {
                s.serialize_str(name)
            };
        }
        let mut map = s.serialize_map(None)?;
        match &self.kind {
            AttributeKind::Enum(values) => map.serialize_entry("enum", values)?,
            AttributeKind::IntRange(low, high) => map.serialize_entry("int", &[low, high])?,
            AttributeKind::List(fields) => map.serialize_entry("list", fields)?,
            _ => {}
        }
        if self.optional {
            map.serialize_entry("optional", &true)?;
        }
        map.end()
    }
}

/// When a customer may start a journey again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reenter {
    /// Never.
    Never,
    /// After the trip's end.
    #[default]
    AfterEnd,
    /// Not before this long after a point of the last trip.
    After {
        /// How long.
        after: Duration,
        /// After which point.
        clock: ReenterClock,
    },
    /// Several trips at once, one per value of the expression.
    Concurrent(Expr),
}

/// From when a re-entry delay counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReenterClock {
    /// The trip's first event.
    Entry,
    /// The trip's end.
    #[default]
    Exit,
    /// The last decision of the trip.
    Decision,
}

impl Serialize for Reenter {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => s.serialize_str("never"),
            Self::AfterEnd => s.serialize_str("after_end"),
            Self::After { after, clock } => {
                let mut map = s.serialize_map(Some(2))?;
                map.serialize_entry("after", after)?;
                map.serialize_entry("clock", clock)?;
                map.end()
            }
            Self::Concurrent(key) => {
                let mut map = s.serialize_map(Some(1))?;
                map.serialize_entry("concurrent", key)?;
                map.end()
            }
        }
    }
}

/// A running aggregate of one customer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureModel {
    /// What is computed.
    pub aggregate: Aggregate,
    /// `EVENT` or `EVENT.ATTRIBUTE`.
    pub of: Path,
    /// Only events for which this holds.
    pub where_: Option<Expr>,
    /// Sliding window (t - W, t]; all time unless said.
    pub within: Option<Duration>,
    /// What people read.
    pub title: Option<Text>,
    /// Keys that begin with `x-`, kept as they are.
    pub extra: Extra,
}

impl Aggregate {
    /// Every aggregate with its key.
    pub const ALL: [(&'static str, Self); 9] = [
        ("count", Self::Count),
        ("sum", Self::Sum),
        ("min", Self::Min),
        ("max", Self::Max),
        ("mean", Self::Mean),
        ("last", Self::Last),
        ("first", Self::First),
        ("distinct", Self::Distinct),
        ("since", Self::Since),
    ];

    /// The key it is written with.
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, a)| *a == self).map_or("count", |(k, _)| k)
    }
}

impl Serialize for FeatureModel {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        map.serialize_entry(self.aggregate.key(), &self.of)?;
        if let Some(x) = &self.where_ {
            map.serialize_entry("where", x)?;
        }
        if let Some(x) = &self.within {
            map.serialize_entry("within", x)?;
        }
        if let Some(x) = &self.title {
            map.serialize_entry("title", x)?;
        }
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
