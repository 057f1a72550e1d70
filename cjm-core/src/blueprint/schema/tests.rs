//! Tests of the schema: it is the committed one, it knows the decoder's keys, documents fit it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::*;
use crate::Blueprint;

/// The committed schema is the generated one; `CJM_REGEN=1` writes it anew.
#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/blueprint.schema.json");
    let text = schema_text();
    if std::env::var_os("CJM_REGEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "`{path}` is out of date; run `cargo xtask regen`");
}

/// A strict object of the schema: its keys, those that must be there, and a document that reaches it with an
/// unknown key in it.
type Strict = (BTreeSet<String>, BTreeSet<String>, Value);

/// Finds every strict object of the schema and builds a document around each.
///
/// `wrap` puts a value where the schema stands in a document.
fn strict_objects(
    schema: &Value,
    node: &Value,
    wrap: &dyn Fn(Value) -> Value,
    seen: &mut Vec<String>,
    out: &mut Vec<Strict>,
) {
    if let Some(name) = node["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        if !seen.iter().any(|s| s == name) {
            seen.push(name.to_owned());
            strict_objects(schema, &schema["$defs"][name], wrap, seen, out);
            seen.pop();
        }
        return;
    }
    for form in ["oneOf", "anyOf"].iter().filter_map(|key| node[*key].as_array()).flatten() {
        strict_objects(schema, form, wrap, seen, out);
    }
    if node["items"].is_object() {
        strict_objects(schema, &node["items"], &|v| wrap(json!([v])), seen, out);
    }
    if node["additionalProperties"].is_object() {
        strict_objects(schema, &node["additionalProperties"], &|v| wrap(json!({ "k": v })), seen, out);
    }
    let Some(properties) = node["properties"].as_object() else { return };
    // the keys that must be there, the one that tells the form among them
    let required: Vec<&str> =
        node["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let with_form = |mut map: Map<String, Value>| {
        for key in &required {
            map.entry(*key).or_insert(Value::Null);
        }
        Value::Object(map)
    };
    if node["additionalProperties"] == json!(false) {
        let unknown = Map::from_iter([("zzzzzzzzzz".to_owned(), json!(1))]);
        let must = required.iter().map(|key| (*key).to_owned()).collect();
        out.push((properties.keys().cloned().collect(), must, wrap(with_form(unknown))));
    }
    for (key, property) in properties {
        let inside = |v: Value| wrap(with_form(Map::from_iter([(key.clone(), v)])));
        strict_objects(schema, property, &inside, seen, out);
    }
}

#[test]
fn the_decoder_knows_the_keys_of_the_schema() {
    let schema = schema();
    let mut objects = Vec::new();
    strict_objects(&schema, &schema, &|v| v, &mut Vec::new(), &mut objects);
    assert!(objects.len() > 100, "{}", objects.len());
    for (keys, must, document) in objects {
        let (_, findings) = Blueprint::read(&document.to_string());
        let known: Vec<BTreeSet<String>> = findings
            .iter()
            .filter(|f| f.code() == "unknown_key" && f.path.ends_with("zzzzzzzzzz"))
            .map(|f| {
                f.args.iter().find(|(n, _)| *n == "known").unwrap().1.split(", ").map(str::to_owned).collect()
            })
            .collect();
        assert_eq!(known, [keys], "{document}");
        let unknown = findings.iter().find(|f| f.path.ends_with("zzzzzzzzzz")).unwrap();
        let here = unknown.path.trim_end_matches("zzzzzzzzzz").trim_end_matches('.');
        let missing = findings.iter().filter(|f| f.code() == "missing_key" && f.path == here);
        let missing: BTreeSet<String> = missing.map(|f| f.args[0].1.clone()).collect();
        assert_eq!(missing, must, "{document}");
    }
}

/// Says where a value does not fit a schema. Covers the keywords that our schema uses.
struct Validator<'a> {
    schema: &'a Value,
    patterns: RefCell<BTreeMap<String, regex::Regex>>,
}

impl Validator<'_> {
    fn fits(&self, node: &Value, value: &Value) -> Result<(), String> {
        let Value::Object(keywords) = node else {
            return if *node == json!(false) { Err("nothing fits".into()) } else { Ok(()) };
        };
        for (keyword, argument) in keywords {
            self.keyword(node, keyword, argument, value).map_err(|e| format!("{keyword}: {e}"))?;
        }
        Ok(())
    }

    fn keyword(&self, node: &Value, keyword: &str, argument: &Value, value: &Value) -> Result<(), String> {
        let ok = |good: bool| if good { Ok(()) } else { Err(format!("`{value}` against {argument}")) };
        match keyword {
            "$ref" => self.fits(self.schema.pointer(&argument.as_str().unwrap()[1..]).unwrap(), value),
            "type" => {
                let is = |t: &Value| match t.as_str().unwrap() {
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    "null" => value.is_null(),
                    other => panic!("{other}"),
                };
                ok(argument.as_array().map_or_else(|| is(argument), |types| types.iter().any(is)))
            }
            "const" => ok(value == argument),
            "enum" => ok(argument.as_array().unwrap().contains(value)),
            "pattern" => ok(value.as_str().is_none_or(|text| self.matches(argument.as_str().unwrap(), text))),
            "minLength" => ok(value.as_str().is_none_or(|t| t.len() as u64 >= argument.as_u64().unwrap())),
            "maxLength" => ok(value.as_str().is_none_or(|t| t.len() as u64 <= argument.as_u64().unwrap())),
            "minimum" => ok(value.as_f64().is_none_or(|x| x >= argument.as_f64().unwrap())),
            "maximum" => ok(value.as_f64().is_none_or(|x| x <= argument.as_f64().unwrap())),
            "minItems" => ok(value.as_array().is_none_or(|a| a.len() as u64 >= argument.as_u64().unwrap())),
            "maxItems" => ok(value.as_array().is_none_or(|a| a.len() as u64 <= argument.as_u64().unwrap())),
            "minProperties" => {
                ok(value.as_object().is_none_or(|a| a.len() as u64 >= argument.as_u64().unwrap()))
            }
            "maxProperties" => {
                ok(value.as_object().is_none_or(|a| a.len() as u64 <= argument.as_u64().unwrap()))
            }
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| self.fits(argument, item)),
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                items.zip(argument.as_array().unwrap()).try_for_each(|(item, node)| self.fits(node, item))
            }
            "oneOf" => {
                let results: Vec<_> =
                    argument.as_array().unwrap().iter().map(|form| self.fits(form, value)).collect();
                let n = results.iter().filter(|r| r.is_ok()).count();
                if n == 1 { Ok(()) } else { Err(format!("{n} forms fit `{value}`: {results:?}")) }
            }
            "required" => {
                let missing =
                    argument.as_array().unwrap().iter().find(|k| value.get(k.as_str().unwrap()).is_none());
                missing.map_or(Ok(()), |k| Err(format!("{k} is missing in `{value}`")))
            }
            "properties" | "additionalProperties" | "patternProperties" | "propertyNames" => {
                self.object(node, value)
            }
            "description" | "title" | "format" | "examples" | "$schema" | "$defs" | "uniqueItems" => Ok(()),
            other => panic!("the validator does not know `{other}`"),
        }
    }

    fn matches(&self, pattern: &str, text: &str) -> bool {
        let mut patterns = self.patterns.borrow_mut();
        patterns
            .entry(pattern.to_owned())
            .or_insert_with(|| regex::Regex::new(pattern).unwrap())
            .is_match(text)
    }

    fn object(&self, node: &Value, value: &Value) -> Result<(), String> {
        for (key, item) in value.as_object().into_iter().flatten() {
            self.fits(&node["propertyNames"], &json!(key))?;
            let own = node["properties"].get(key);
            let free = key.starts_with("x-") && node["patternProperties"].is_object();
            let fits = match own {
                Some(property) => self.fits(property, item),
                None if free => Ok(()),
                None => self.fits(&node["additionalProperties"], item),
            };
            fits.map_err(|e| format!("{key}: {e}"))?;
        }
        Ok(())
    }
}

fn fits(document: &Value) -> Result<(), String> {
    let schema = schema();
    Validator { schema: &schema, patterns: RefCell::default() }.fits(&schema, document)
}

#[test]
fn the_restaurant_fits_as_written_and_as_emitted() {
    let Some(text) = crate::blueprint::tests::restaurant() else { return };
    assert_eq!(fits(&crate::blueprint::tests::raw(&text)), Ok(()));
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    assert_eq!(fits(&serde_json::from_str(&blueprint.to_json().unwrap()).unwrap()), Ok(()));
}

#[test]
fn what_does_not_fit_is_told() {
    let with = |key: &str, value: Value| {
        let mut map = Map::from_iter([("cjm".to_owned(), json!(1)), ("id".to_owned(), json!("x"))]);
        map.insert(key.to_owned(), value);
        Value::Object(map)
    };
    let rule = |when: Value| with("rules", json!([{ "id": "r", "when": when }]));
    assert_eq!(fits(&rule(json!({ "event": "paid" }))), Ok(()));
    assert_eq!(
        fits(&rule(json!({ "after": ["a", { "event": "b" }], "without": "c", "for": "5m", "x-n": 1 }))),
        Ok(())
    );
    let bad = [
        rule(json!({ "event": "paid", "within": "3d" })),
        rule(json!({ "event": "paid", "after": "x" })),
        rule(json!({})),
        with("cjm", json!(2)),
        with("id", json!("Big")),
        with("currency", json!("yuan")),
        with("journey", json!([])),
        with("events", json!({ "paid": { "amount": "cash" } })),
        with("events", json!({ "paid": { "stars": { "int": [1] } } })),
        with("outreach", json!({ "quiet": { "from": 79200, "to": "08:00" } })),
        with("experiments", json!([{ "id": "x", "arms": [{ "id": "a", "share": 1.5 }] }])),
    ];
    for document in bad {
        assert!(fits(&document).is_err(), "{document}");
        // and the reader agrees
        assert_eq!(Blueprint::read(&document.to_string()).0, None, "{document}");
    }
}

/// Every text of an expression says so: editors can offer completion.
#[test]
fn expressions_are_marked() {
    let schema = schema();
    assert_eq!(schema["$defs"]["Expression"]["format"], "cjm-expression");
    let mut marked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, def) in schema["$defs"].as_object().unwrap() {
        let forms = def["oneOf"].as_array().into_iter().flatten().chain([def]);
        for (key, property) in forms.filter_map(|f| f["properties"].as_object()).flatten() {
            let inner = if property["additionalProperties"].is_object() {
                &property["additionalProperties"]
            } else {
                property
            };
            if inner["$ref"] == "#/$defs/Expression" {
                marked.entry(name).or_default().insert(key);
            }
        }
    }
    let keys: BTreeSet<&str> = marked.values().flatten().copied().collect();
    let stated = [
        "if",
        "unless",
        "where",
        "key",
        "with",
        "set",
        "route",
        "value",
        "measure",
        "concurrent",
        "csat",
        "ces",
        "nps",
        "kind",
    ];
    assert_eq!(keys, BTreeSet::from(stated));
    assert!(marked["Action"].contains("kind") && !marked.contains_key("Survey"));
}
