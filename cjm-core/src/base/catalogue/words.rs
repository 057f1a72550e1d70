//! The words of reports and summaries in English and Chinese.

use super::Words;

/// Declares words by name.
macro_rules! words {
    ($($key:literal => $en:literal, $zh:literal;)+) => {
        /// Every word, sorted by nothing but the order of this file: key, English, Chinese.
        pub static ALL: &[(&str, Words)] = &[$(($key, Words { en: $en, zh: $zh })),+];
    };
}

words! {
    "stage" => "Stage", "阶段";
    "touchpoint" => "Touchpoint", "触点";
}

/// The words behind a key; the key itself when there are none.
pub fn word(key: &'static str, language: super::Language) -> &'static str {
    ALL.iter().find(|(k, _)| *k == key).map_or(key, |(_, words)| words.get(language))
}
