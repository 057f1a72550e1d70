//! What the derived schema leaves open: names, ranges, forms, `x-` keys.
//!
//! Answers: the finished schema. Does not know: documents.

use serde_json::{Map, Value, json};

/// Finishes a derived schema in place.
pub(super) fn tidy(schema: &mut Value) {
    without_null(schema);
    let Some(root) = schema.as_object_mut() else { return };
    root.insert("title".into(), json!("cjm blueprint"));
    let mut document = std::mem::take(root);
    let mut defs = match document.remove("$defs") {
        Some(Value::Object(defs)) => defs,
        _ => Map::new(),
    };
    defs.extend(names());
    finish("Document", &mut document);
    for (name, def) in &mut defs {
        if let Value::Object(def) = def {
            finish(name, def);
        }
    }
    for (name, forms) in FORMS {
        if let Some(def) = defs.get_mut(*name) {
            split(def, forms);
        }
    }
    also_a_name(&mut defs);
    defs.sort_keys();
    document.insert("$defs".into(), Value::Object(defs));
    *root = document;
}

/// The small names that other parts refer to.
fn names() -> Map<String, Value> {
    const ID: &str = "[a-z_][a-z0-9_]{0,127}";
    let name = |description: &str, pattern: String| json!({ "description": description, "type": "string", "pattern": pattern });
    let mut defs = Map::new();
    defs.insert("Id".into(), name("Small letters, digits and _", format!("^{ID}$")));
    let place = "An id, or journey/id where several journeys have one of that id";
    defs.insert("Place".into(), name(place, format!("^({ID}/)?{ID}$")));
    let field = "Letters, digits and _: what conditions read behind a dot";
    defs.insert("Field".into(), name(field, "^[A-Za-z_][A-Za-z0-9_]{0,127}$".into()));
    let language = "A language tag, as in en, zh, zh-CN";
    defs.insert("Language".into(), name(language, "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$".into()));
    let text = |description: &str| json!({ "description": description, "type": "string", "minLength": 1, "maxLength": 128 });
    defs.insert("EventName".into(), text("The name of an event, as the log has it"));
    defs.insert("Name".into(), text("Any text of at most 128 bytes"));
    let number = |low: i32, high: i32| json!({ "type": "number", "minimum": low, "maximum": high });
    defs.insert("Emotion".into(), number(-1, 1));
    defs.insert("Share".into(), number(0, 1));
    defs
}

/// Takes `null` and the widths of Rust's numbers out: a part that is not there is not written.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    map.insert("type".into(), one);
                }
            }
            let only = match map.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only, null]) if *null == json!({ "type": "null" }) => only.as_object().cloned(),
                _ => None,
            };
            if let Some(only) = only {
                map.remove("anyOf");
                map.extend(only);
            }
            let machine = |f: &Value| matches!(f.as_str(), Some("uint8" | "uint32" | "int64" | "double"));
            if map.get("format").is_some_and(machine) {
                map.remove("format");
            }
            map.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

/// Makes a part strict but for `x-` keys, and says which of its texts are names.
fn finish(name: &str, def: &mut Map<String, Value>) {
    if def.get("additionalProperties") == Some(&Value::Bool(false)) {
        def.insert("patternProperties".into(), json!({ "^x-": true }));
    }
    if let Some((_, keys)) = REQUIRED.iter().find(|(part, _)| *part == name) {
        def.insert("required".into(), keys.split(' ').collect());
    }
    let Some(Value::Object(properties)) = def.get_mut("properties") else { return };
    for (key, property) in properties.iter_mut() {
        let wanted =
            REFERENCES.iter().find(|(part, keys, _)| *part == name && keys.split(' ').any(|k| k == key));
        let wanted = match wanted {
            Some((_, _, wanted)) => Some(*wanted),
            None => (key == "id").then_some("Id"),
        };
        if let (Some(wanted), Value::Object(property)) = (wanted, property) {
            refer(property, wanted);
        }
    }
    for (part, key, addition) in additions() {
        if part == name
            && let Some(Value::Object(property)) = properties.get_mut(key)
            && let Value::Object(addition) = addition
        {
            property.extend(addition);
        }
    }
}

/// Points a text, or the items of a list, to a named schema.
fn refer(property: &mut Map<String, Value>, name: &str) {
    let reference = json!(format!("#/$defs/{name}"));
    if property.get("type") == Some(&json!("array")) {
        property.insert("items".into(), json!({ "$ref": reference }));
    } else {
        for key in ["type", "minimum", "maximum", "$ref"] {
            property.remove(key);
        }
        property.insert("$ref".into(), reference);
    }
}

/// Part, the keys that must be there, where the reader wants others than the model's type says.
const REQUIRED: &[(&str, &str)] = &[
    ("Segment", "id if"),
    ("Scenario", "id if"),
    ("Survey", "id"),
    ("Ask", "purpose"),
    ("Quiet", "from to"),
    ("Goal", "event"),
    ("Metric", "event"),
    ("Guard", "event"),
    ("EventMatch", "event"),
];

/// Part, its keys, the named schema of their texts or items.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("Document", "dimensions", "Field"),
    ("Document", "language", "Language"),
    ("Source", "id", "Name"),
    ("IdentityKind", "deny", "Name"),
    ("Channel", "needs", "Field"),
    ("LifecycleRow", "event", "EventName"),
    ("Idle", "event", "EventName"),
    ("Consent", "event", "EventName"),
    ("Touchpoint", "channel topics", "Id"),
    ("Touchpoint", "expected feels", "Emotion"),
    ("InScenario", "expected", "Emotion"),
    ("Opportunity", "solves", "Place"),
    ("Flow", "from", "Id"),
    ("Target", "metric journey", "Id"),
    ("Target", "touchpoint", "Place"),
    ("Improvement", "target", "Id"),
    ("Improvement", "solves", "Place"),
    ("Survey", "at", "Place"),
    ("Question", "of", "Place"),
    ("Question", "options", "Name"),
    ("Ask", "purpose channels", "Id"),
    ("Ask", "sample", "Share"),
    ("Tickets", "root_causes", "Id"),
    ("Queue", "kinds pool", "Name"),
    ("Close", "requires", "Id"),
    ("Message", "offer", "Id"),
    ("Outreach", "order", "Id"),
    ("Quiet", "purposes", "Id"),
    ("Cap", "channel purpose", "Id"),
    ("Budget", "by", "Field"),
    ("Rule", "group experiment arm", "Id"),
    ("Rule", "ramp", "Share"),
    ("When", "count", "EventName"),
    ("When", "enter leave stay back skip", "Place"),
    ("When", "reached abandoned becomes joins quits segment answer", "Id"),
    ("Step", "as", "Id"),
    ("Action", "send ask ticket else call purpose channels", "Id"),
    ("Action", "tag untag", "Name"),
    ("Action", "emit", "EventName"),
    ("Goal", "tag", "Name"),
    ("Escalation", "to", "Name"),
    ("Arm", "share", "Share"),
];

/// Part, key, what is added to the key's schema.
fn additions() -> Vec<(&'static str, &'static str, Value)> {
    let keys = |name: &str| json!({ "propertyNames": { "$ref": format!("#/$defs/{name}") } });
    let matches = json!({ "oneOf": [
        { "$ref": "#/$defs/EventMatch" },
        { "type": "array", "items": { "$ref": "#/$defs/EventMatch" }, "minItems": 1 }
    ], "type": ["string", "object", "array"] });
    let ids = json!({ "$ref": "#/$defs/Ids" });
    vec![
        ("Document", "cjm", json!({ "const": 1 })),
        ("Document", "currency", json!({ "pattern": "^[A-Z]{3}$" })),
        ("Document", "events", keys("EventName")),
        ("CustomerModel", "profile", keys("Field")),
        ("CustomerModel", "features", keys("Id")),
        ("IdentityKind", "max_links", json!({ "minimum": 1 })),
        ("Touchpoint", "tier", json!({ "minimum": 1, "maximum": 2 })),
        ("Touchpoint", "in", keys("Id")),
        ("Topic", "words", keys("Language")),
        ("Improvement", "status", json!({ "enum": ["planned", "doing", "done", "dropped"] })),
        ("Action", "set", json!({ "propertyNames": { "$ref": "#/$defs/Field" }, "minProperties": 1 })),
        ("Action", "with", keys("Field")),
        (
            "When",
            "every",
            json!({ "pattern": "^(day|mon|tue|wed|thu|fri|sat|sun|month [0-9]{1,2}) [0-2][0-9]:[0-5][0-9]$" }),
        ),
        ("When", "after", matches.clone()),
        ("When", "without", matches),
        (
            "Step",
            "times",
            json!({ "prefixItems": [
            { "type": "integer", "minimum": 0 }, { "type": ["integer", "null"], "minimum": 1 }
        ] }),
        ),
        ("Flow", "to", ids),
    ]
}

/// A form: its keys, those that must be there first.
type Form = (&'static [&'static str], &'static [&'static str]);

/// Parts with forms: the keys that must be there, then those that may.
const FORMS: &[(&str, &[Form])] = &[
    ("When", WHEN),
    (
        "Action",
        &[
            (&["send", "purpose"], &["channels", "with"]),
            (&["ask"], &["purpose", "channels", "with"]),
            (
                &["ticket"],
                &[
                    "else",
                    "kind",
                    "accept_within",
                    "contact_within",
                    "resolve_within",
                    "tell_within",
                    "clock",
                    "escalate",
                    "with",
                ],
            ),
            (&["call"], &["with"]),
            (&["tag"], &[]),
            (&["untag"], &[]),
            (&["set"], &[]),
            (&["emit"], &["with"]),
        ],
    ),
    (
        "Step",
        &[(&["event"], &["as", "where", "times", "optional", "reluctant", "gap"]), (&["not"], &["where"])],
    ),
    ("Exit", &[(&["event"], &["where"]), (&["if"], &[])]),
    ("ScoreSource", &[(&["csat"], &[]), (&["ces"], &[]), (&["nps"], &[])]),
    (
        "Cap",
        &[(&["at_most", "within"], &["channel", "purpose"]), (&["at_most", "per"], &["channel", "purpose"])],
    ),
];

const WHEN: &[Form] = &[
    (&["event"], &["where", "key"]),
    (&["sequence", "within"], &["order", "key"]),
    (&["after", "without", "for"], &["again", "key"]),
    (&["count", "at_least", "within"], &["where", "fire", "key"]),
    (&["sum", "at_least", "within"], &["where", "fire", "key"]),
    (&["enter"], &[]),
    (&["leave"], &[]),
    (&["stay", "for"], &[]),
    (&["skip"], &[]),
    (&["back"], &[]),
    (&["reached"], &[]),
    (&["abandoned"], &[]),
    (&["becomes"], &[]),
    (&["joins"], &[]),
    (&["quits"], &[]),
    (&["answer"], &["where"]),
    (&["every"], &["segment"]),
    (&["date"], &["before", "at", "segment"]),
];

/// Replaces a part by the forms it can take, one of which must fit.
fn split(def: &mut Value, forms: &[Form]) {
    let description = def.get("description").cloned().unwrap_or_default();
    let properties = def.get("properties").cloned().unwrap_or_default();
    let forms = forms.iter().map(|(required, others)| {
        let keys = required.iter().chain(others.iter());
        let own: Map<String, Value> =
            keys.filter_map(|key| Some(((*key).to_owned(), properties.get(*key)?.clone()))).collect();
        json!({
            "type": "object",
            "title": required.first(),
            "properties": own,
            "required": required,
            "additionalProperties": false,
            "patternProperties": { "^x-": true }
        })
    });
    let forms: Vec<Value> = forms.collect();
    *def = json!({ "description": description, "oneOf": forms });
}

/// Parts that a name alone can stand for: it is the event.
fn also_a_name(defs: &mut Map<String, Value>) {
    let name = named("EventName");
    if let Some(Value::Array(forms)) = defs.get_mut("Step").and_then(|d| d.get_mut("oneOf")) {
        forms.insert(0, name.clone());
    }
    if let Some(def) = defs.get_mut("EventMatch") {
        let description = "An event, perhaps only where a condition holds";
        *def = json!({ "description": description, "oneOf": [name, def.clone()] });
    }
    let ids = json!({
        "description": "An id or a list of ids",
        "oneOf": [named("Id"), { "type": "array", "items": named("Id") }]
    });
    defs.insert("Ids".into(), ids);
    add(defs, "EventModel", "", "propertyNames", named("Field"));
    add(defs, "Text", "/oneOf/1", "propertyNames", named("Language"));
    add(defs, "Skip", "/oneOf/3/properties", "to_last", named("Id"));
}

fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Adds a key to the object at a JSON pointer inside a part.
fn add(defs: &mut Map<String, Value>, part: &str, pointer: &str, key: &str, value: Value) {
    let object = defs.get_mut(part).and_then(|def| def.pointer_mut(pointer)).and_then(Value::as_object_mut);
    debug_assert!(object.is_some(), "{part}{pointer}");
    if let Some(object) = object {
        object.insert(key.into(), value);
    }
}
