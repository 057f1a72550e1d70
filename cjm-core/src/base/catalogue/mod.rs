//! The one catalogue of findings and words in English and Chinese.
//!
//! Answers: the words behind every finding code and every heading of a report, in both languages.
//! Does not know: when a finding is due. Each area keeps its entries in a file of its own.

pub mod blueprint;
pub mod explain;
pub mod expr;
pub mod log;
pub mod map;
pub mod payload;
pub mod plan;
pub mod refusal;
pub mod words;

use super::finding::Severity;
use super::text::Language;

/// The same words in both languages, with `{name}` placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

impl Words {
    /// The words in a language.
    pub const fn get(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Zh => self.zh,
        }
    }

    /// The words in a language with every `{name}` replaced by its value; a name without a value stays.
    pub fn fill(self, language: Language, values: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let mut rest = self.get(language);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            match values.iter().find(|(n, _)| *n == name) {
                Some((_, value)) => text.push_str(value),
                None => {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
            }
            rest = tail;
        }
        text.push_str(rest);
        text
    }
}

/// One kind of finding.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Stable code: lower-case words joined by `_`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter.
    pub message: Words,
    /// What to do about it; may be empty.
    pub help: Words,
}

impl Entry {
    /// The placeholder names that message and help use.
    pub fn placeholders(&self) -> impl Iterator<Item = &'static str> {
        [self.message.en, self.help.en]
            .into_iter()
            .flat_map(|words| words.split('{').skip(1))
            .filter_map(|tail| tail.split_once('}').map(|(name, _)| name))
    }
}

/// Declares the findings of one area as statics and lists them all in `ALL`.
macro_rules! findings {
    ($( $(#[$doc:meta])* $name:ident = $code:literal, $severity:ident,
        $en:literal, $zh:literal; $help_en:literal, $help_zh:literal; )+) => {
        $(
            $(#[$doc])*
            pub static $name: $crate::base::catalogue::Entry = $crate::base::catalogue::Entry {
                code: $code,
                severity: $crate::base::finding::Severity::$severity,
                message: $crate::base::catalogue::Words { en: $en, zh: $zh },
                help: $crate::base::catalogue::Words { en: $help_en, zh: $help_zh },
            };
        )+
        /// Every finding of this area, in the order declared.
        pub static ALL: &[&$crate::base::catalogue::Entry] = &[$(&$name),+];
    };
}
pub(crate) use findings;

/// Every finding there is: by area, then in the order declared.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [blueprint::ALL, expr::ALL, map::ALL, plan::ALL, log::ALL].into_iter().flatten().copied()
}

/// The finding with this code.
pub fn find(code: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_both_languages_use_the_same_placeholders() {
        let names = |w: &str| -> BTreeSet<String> {
            w.split('{').skip(1).filter_map(|t| t.split_once('}')).map(|(n, _)| n.to_owned()).collect()
        };
        let mut codes = BTreeSet::new();
        for entry in all() {
            assert!(codes.insert(entry.code), "two findings are called `{}`", entry.code);
            assert!(crate::base::ids::is_id(entry.code), "{}", entry.code);
            assert!(!entry.message.zh.is_empty() && !entry.message.en.is_empty(), "{}", entry.code);
            assert_eq!(names(entry.message.en), names(entry.message.zh), "{}", entry.code);
            assert_eq!(names(entry.help.en), names(entry.help.zh), "{}", entry.code);
            assert!(!entry.message.en.ends_with('.'), "{}", entry.code);
        }
    }
}
