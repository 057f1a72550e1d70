//! Text that people read: one string, or one per language.
//!
//! Answers: which words to show in a language. Does not know: how to translate.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

/// A language that reports, findings and messages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// From a tag such as `en`, `zh`, `zh-CN`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }

    /// The tag used in documents: `en` or `zh`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

/// A human-read string: the same in every language, or one text per language tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// One text for all languages.
    One(String),
    /// Language tag to text, in document order.
    Many(IndexMap<String, String>),
}

impl Text {
    /// The words for `language`; else English; else the first there is.
    pub fn get(&self, language: Language) -> &str {
        match self {
            Self::One(text) => text,
            Self::Many(map) => map
                .get(language.tag())
                .or_else(|| {
                    map.iter().find(|(tag, _)| Language::of_tag(tag) == Some(language)).map(|(_, t)| t)
                })
                .or_else(|| map.get("en"))
                .or_else(|| map.values().next())
                .map_or("", String::as_str),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::One(String::new())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(text) => s.serialize_str(text),
            Self::Many(map) => map.serialize(s),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Human-read text: one string, or one per language tag",
            "oneOf": [
                { "type": "string" },
                { "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 }
            ]
        })
    }
}
