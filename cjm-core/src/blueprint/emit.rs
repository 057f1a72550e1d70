//! Writing a blueprint as YAML or JSON.
//!
//! Answers: text that reads back to the same document, with everything quoted that a YAML 1.1 reader would misread.
//! Does not know: comments and layout of the text a document was read from.

use crate::error::{Error, ErrorCode, Result};

use super::Blueprint;

impl Blueprint {
    /// The document as JSON, indented by two spaces, keys in the order of the format.
    ///
    /// # Errors
    /// [`ErrorCode::Format`] when a number of a document made by a program is not finite.
    pub fn to_json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self.document()).map_err(|e| unwritable(&e))?;
        Ok(text + "\n")
    }

    /// The document as YAML 1.2 that a YAML 1.1 reader reads alike.
    ///
    /// ```
    /// let blueprint = cjm_core::Blueprint::from_yaml("{cjm: 1, id: shop, version: 'no'}")?;
    /// assert_eq!(blueprint.to_yaml()?, "cjm: 1\nid: shop\nversion: \"no\"\n");
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Blueprint::to_json`].
    #[cfg(feature = "yaml")]
    pub fn to_yaml(&self) -> Result<String> {
        let options = serde_saphyr::ser_options! { folded_wrap_chars: 1 << 20 };
        // by way of JSON values: numbers that are not finite are refused the same way in both forms
        let value = serde_json::to_value(self.document()).map_err(|e| unwritable(&e))?;
        serde_saphyr::to_string_with_options(&yaml::Laid(&value), options).map_err(|e| unwritable(&e))
    }
}

fn unwritable(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Format, format!("the blueprint can not be written: {error}"))
}

#[cfg(feature = "yaml")]
mod yaml {
    //! How values are laid out as YAML: what fits on a line stands on one, times of day are quoted.

    use serde::ser::{Serialize, SerializeMap, Serializer};
    use serde_json::Value;
    use serde_saphyr::{DoubleQuoted, FlowMap, FlowSeq};

    /// Widest list or map that stands on one line, in characters.
    const LINE_CHARS: usize = 88;

    /// A value with its layout.
    pub(super) struct Laid<'a>(pub(super) &'a Value);

    /// A value inside one line.
    struct Flat<'a>(&'a Value);

    /// The items or entries of a value.
    struct Parts<'a>(&'a Value, bool);

    impl Serialize for Laid<'_> {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let nested = |value: &Value| value.is_array() || value.is_object();
            match self.0 {
                Value::Array(items) if width(self.0) <= LINE_CHARS && !items.iter().any(Value::is_object) => {
                    FlowSeq(Parts(self.0, true)).serialize(s)
                }
                Value::Object(map) if width(self.0) <= LINE_CHARS && !map.values().any(nested) => {
                    // the entries of a document's top level always stand on lines of their own
                    if map.contains_key("cjm") {
                        Parts(self.0, false).serialize(s)
                    } else {
                        FlowMap(Parts(self.0, true)).serialize(s)
                    }
                }
                _ => Parts(self.0, false).serialize(s),
            }
        }
    }

    impl Serialize for Flat<'_> {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            Parts(self.0, true).serialize(s)
        }
    }

    impl Serialize for Parts<'_> {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let flat = self.1;
            match self.0 {
                Value::Array(items) if flat => s.collect_seq(items.iter().map(Flat)),
                Value::Array(items) => s.collect_seq(items.iter().map(Laid)),
                Value::Object(entries) => {
                    let mut map = s.serialize_map(Some(entries.len()))?;
                    for (key, value) in entries {
                        if flat {
                            map.serialize_entry(key, &Flat(value))?;
                        } else {
                            map.serialize_entry(key, &Laid(value))?;
                        }
                    }
                    map.end()
                }
                Value::String(text) if is_time_like(text) => DoubleQuoted(text).serialize(s),
                other => other.serialize(s),
            }
        }
    }

    /// Whether some reader may take a text for a number of base 60.
    fn is_time_like(text: &str) -> bool {
        text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(':')
    }

    /// About how many characters a value takes on one line; large when it has several lines.
    fn width(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().fold(2, |n, item| n + width(item) + 2),
            Value::Object(map) => {
                map.iter().fold(2, |n, (key, item)| n + key.chars().count() + width(item) + 4)
            }
            Value::String(text) if text.contains('\n') => LINE_CHARS + 1,
            Value::String(text) => text.chars().count(),
            other => other.to_string().len(),
        }
    }
}
