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
        serde_saphyr::to_string_with_options(&value, options).map_err(|e| unwritable(&e))
    }
}

fn unwritable(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Format, format!("the blueprint can not be written: {error}"))
}
