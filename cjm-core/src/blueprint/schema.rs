//! JSON Schema of the blueprint format, for editors.
//!
//! Answers: the schema of every section. Does not know: findings that a schema can not express.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::model::*;

/// Hand-written schemas of the small shapes that serde derives can not describe.
macro_rules! schema_of {
    ($($type:ty, $name:literal, $schema:tt;)+) => { $(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+ };
}

schema_of! {
    Expr, "Expression", { "type": "string", "format": "cjm-expression" };
    Path, "Path", { "type": "string" };
    OneOrMany, "OneOrMany", { "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] };
    ClockTime, "TimeOfDay", { "type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$" };
    Hours, "Hours", { "type": "string" };
    AttributeType, "AttributeType", { "type": ["string", "object"] };
    Reenter, "Reenter", { "type": ["string", "object"] };
    FeatureModel, "Feature", { "type": "object" };
    Duration, "Duration", { "type": "string" };
    Amount, "Amount", { "type": ["number", "string"] };
    Zone, "Zone", { "type": "string" };
    Date, "Date", { "type": "string", "format": "date" };
}
