//! Schemas of the small shapes that a derive can not describe.
//!
//! Answers: how expressions, names, durations, types and the like are written. Does not know: where they stand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::blueprint::model::*;

/// Declares schemas by hand.
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
    Expr, "Expression", {
        "description": "A condition or value, as in `visits >= 2 && event.amount > 100`",
        "type": ["string", "number", "boolean"],
        "format": "cjm-expression",
        "minLength": 1
    };
    Path, "Path", {
        "description": "EVENT, EVENT.ATTRIBUTE or customer.FIELD",
        "type": "string",
        "pattern": "^[^.]+(\\.[^.]+)*$"
    };
    OneOrMany, "Events", {
        "description": "The name of an event, or a list of such names",
        "oneOf": [
            { "$ref": "#/$defs/EventName" },
            { "type": "array", "items": { "$ref": "#/$defs/EventName" }, "minItems": 1 }
        ]
    };
    ClockTime, "TimeOfDay", {
        "description": "A local time of day in quotes, as in \"22:00\"; \"24:00\" is the end of the day",
        "type": "string",
        "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
    };
    Hours, "Hours", {
        "description": "Working hours in quotes, as in \"09:00-21:00\"",
        "type": "string",
        "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
    };
    Duration, "Duration", {
        "description": "A length of time: 30m, 24h, 7d, 1d12h, or ISO 8601 such as PT30M; a day has 86,400 seconds",
        "type": "string",
        "minLength": 2,
        "pattern": "^(([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?|[Pp][0-9DdTtHhMmSsWw.,]+)$",
        "examples": ["30m", "24h", "7d"]
    };
    Amount, "Amount", {
        "description": "A decimal number; as text it keeps every digit",
        "type": ["number", "string"],
        "pattern": "^-?[0-9]+(\\.[0-9]+)?$"
    };
    Zone, "Zone", {
        "description": "An IANA time zone or a fixed offset",
        "type": "string",
        "examples": ["Asia/Shanghai", "Europe/Berlin", "UTC", "+08:00"]
    };
    Date, "Date", {
        "description": "A calendar day",
        "type": "string",
        "format": "date",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    };
    Reenter, "Reenter", {
        "description": "When a customer may start a journey again",
        "oneOf": [
            { "const": "never" },
            { "const": "after_end" },
            {
                "type": "object",
                "properties": {
                    "after": { "$ref": "#/$defs/Duration" },
                    "clock": { "description": "From when the delay counts; exit unless said", "enum": ["entry", "exit", "decision"] }
                },
                "required": ["after"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": { "concurrent": { "$ref": "#/$defs/Expression" } },
                "required": ["concurrent"],
                "additionalProperties": false
            }
        ]
    };
}

/// The plain attribute types.
const PLAIN_TYPES: [&str; 7] = ["text", "int", "number", "money", "bool", "time", "date"];

impl JsonSchema for AttributeType {
    fn schema_name() -> Cow<'static, str> {
        "AttributeType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let optional = PLAIN_TYPES.map(|name| format!("optional {name}"));
        let names: Vec<&str> = PLAIN_TYPES.into_iter().chain(optional.iter().map(String::as_str)).collect();
        let form = |key: &str, value: Value| {
            json!({
                "type": "object",
                "properties": {
                    key: value,
                    "optional": { "description": "May be missing without being counted", "type": "boolean" }
                },
                "required": [key],
                "additionalProperties": false
            })
        };
        let values = json!({ "type": "array", "items": { "$ref": "#/$defs/Name" }, "minItems": 1, "uniqueItems": true });
        let bounds = json!({ "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 2 });
        let list = json!({ "$ref": "#/$defs/EventModel" });
        json_schema!({
            "description": "The type of an attribute or profile field",
            "oneOf": [{ "enum": names }, form("enum", values), form("int", bounds), form("list", list)]
        })
    }
}

impl JsonSchema for FeatureModel {
    fn schema_name() -> Cow<'static, str> {
        "Feature".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = generator.subschema_for::<Text>();
        let forms = Aggregate::ALL.map(|(key, _)| {
            json!({
                "type": "object",
                "properties": {
                    key: { "description": "Of EVENT or EVENT.ATTRIBUTE", "$ref": "#/$defs/Path" },
                    "where": { "description": "Only events for which this holds", "$ref": "#/$defs/Expression" },
                    "within": { "description": "Sliding window; all time unless said", "$ref": "#/$defs/Duration" },
                    "title": text
                },
                "required": [key],
                "additionalProperties": false,
                "patternProperties": { "^x-": true }
            })
        });
        json_schema!({ "description": "A running aggregate of one customer", "oneOf": forms })
    }
}
