//! JSON Schema of the blueprint format, for editors.
//!
//! Answers: the schema of every section, with words, patterns and the forms a part can take.
//! Does not know: findings that a schema can not express, such as names that lead nowhere.
//!
//! The model's own doc comments become the descriptions. What a Rust type can not say (which text is an id, which
//! keys belong to which form) is added by [`tidy`]; a test holds the result against the decoder.

mod shapes;
mod tidy;

use serde_json::Value;

use super::model::Document;

/// The schema of a blueprint document, JSON Schema 2020-12.
///
/// ```
/// let schema = cjm_core::blueprint::schema::schema();
/// assert_eq!(schema["properties"]["journeys"]["items"]["$ref"], "#/$defs/Journey");
/// ```
pub fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Document>().to_value();
    tidy::tidy(&mut schema);
    schema
}

/// The schema as it is committed in `blueprint.schema.json`: indented, with a final newline.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

#[cfg(test)]
mod tests;
