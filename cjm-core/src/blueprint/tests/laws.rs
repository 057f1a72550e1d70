//! Laws of reading and writing: what is written reads back the same; any text is read or refused.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
#[cfg(feature = "schema")]
use crate::blueprint::schema::schema;

/// A document that fits the schema, made from a stream of numbers: each number picks among what may stand there.
struct Maker<'a> {
    schema: &'a Value,
    picks: Vec<u32>,
    next: usize,
}

impl Maker<'_> {
    fn pick(&mut self, n: usize) -> usize {
        let picked = self.picks.get(self.next % self.picks.len()).copied().unwrap_or(0) as usize;
        self.next += 1;
        picked.wrapping_add(self.next) % n.max(1)
    }

    fn make(&mut self, node: &Value, depth: usize) -> Value {
        if let Some(name) = node["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
            let def = self.schema["$defs"][name].clone();
            return self.named(name, &def, depth);
        }
        if let Some(forms) = node["oneOf"].as_array() {
            let form = forms[self.pick(forms.len())].clone();
            return self.make(&form, depth);
        }
        if let Some(words) = node["enum"].as_array() {
            return words[self.pick(words.len())].clone();
        }
        if !node["const"].is_null() {
            return node["const"].clone();
        }
        match node["type"].as_str().unwrap_or("string") {
            "object" => self.object(node, depth),
            "array" => {
                let n = if depth > 8 { 0 } else { self.pick(3) };
                let n = n.max(node["minItems"].as_u64().unwrap_or(0) as usize);
                (0..n).map(|_| self.make(&node["items"], depth + 1)).collect()
            }
            "integer" => json!(self.pick(2) + 1),
            "number" => json!([0.5, 1.0, 0.125][self.pick(3)]),
            "boolean" => json!(self.pick(2) == 0),
            _ => self.text(),
        }
    }

    fn object(&mut self, node: &Value, depth: usize) -> Value {
        let mut map = Map::new();
        let required = node["required"].as_array().cloned().unwrap_or_default();
        for (key, property) in node["properties"].as_object().into_iter().flatten() {
            if required.contains(&json!(key)) || (depth < 9 && self.pick(3) == 0) {
                map.insert(key.clone(), self.make(property, depth + 1));
            }
        }
        if node["additionalProperties"].is_object() {
            let least = node["minProperties"].as_u64().unwrap_or(0) as usize;
            // picks come round again: without a depth a map of maps might never end
            let n = if depth > 8 { least } else { self.pick(3).max(least) };
            for _ in 0..n {
                let key = self.make(&node["propertyNames"], depth);
                let key = key.as_str().unwrap_or("k").to_owned();
                map.insert(key, self.make(&node["additionalProperties"].clone(), depth + 1));
            }
        }
        if node["patternProperties"].is_object() && self.pick(9) == 0 {
            map.insert("x-note".into(), json!({ "a": [1, 2.5, "no", null, true], "b": {} }));
        }
        Value::Object(map)
    }

    fn named(&mut self, name: &str, def: &Value, depth: usize) -> Value {
        let from = |maker: &mut Self, words: &[&str]| json!(words[maker.pick(words.len())]);
        match name {
            "Id" | "Field" => from(self, &["a", "b_2", "no", "on", "y", "_x", "null_"]),
            "Place" => from(self, &["a", "dine_in/order"]),
            "EventName" => {
                from(self, &["paid", "Add to cart", "支付", "a.b", "no", "- x", "22:00", "1e3", "~", "{a"])
            }
            "Name" => {
                from(self, &["till-1", "#1", "yes", "0x10", "12", "007", "a: b", "中文", "*", "&x", "!t"])
            }
            "Language" => from(self, &["en", "zh", "zh-CN", "no"]),
            "Expression" => from(
                self,
                &["visits >= 2", "'a' in b # c", "true", "!x && y\n|| z", "{'a': 1}", "[1]", "\"q\""],
            ),
            "Path" => from(self, &["paid.amount", "customer.birthday", "paid"]),
            "TimeOfDay" => from(self, &["00:00", "08:30", "22:00", "24:00"]),
            "Hours" => from(self, &["09:00-21:00", "00:00-24:00"]),
            "Duration" => from(self, &["30m", "24h", "7d", "PT30M", "1d12h", "90s", "250ms"]),
            "Amount" => from(self, &["4.00", "12.5", "0", "20000", "0.10"]),
            "Zone" => from(self, &["Asia/Shanghai", "UTC", "+08:00"]),
            "Date" => from(self, &["2027-06-30", "2024-02-29"]),
            "Emotion" => json!([-1.0, -0.6, 0.0, 0.2, 1.0][self.pick(5)]),
            "Share" => json!([0.0, 0.1, 0.5, 1.0][self.pick(4)]),
            "Text" => {
                let words =
                    ["Store", "  spaced ", "two\nlines\n", "\n", "é ü 中文", "a\tb", "", "no", "end\n\n"];
                let (one, other) = (words[self.pick(words.len())], words[self.pick(words.len())]);
                if self.pick(2) == 0 { json!(one) } else { json!({ "en": one, "no": other }) }
            }
            _ => self.make(def, depth),
        }
    }

    fn text(&mut self) -> Value {
        let words = [
            "Store",
            "  spaced ",
            "no",
            "1.0",
            "null",
            "é ü 中文",
            "a: b",
            "# c",
            "'q' \"r\"",
            "|",
            "> x",
            "-",
            "?",
        ];
        json!(words[self.pick(words.len())])
    }
}

/// Texts whose pattern the maker does not know are set to what fits.
fn settle(document: &mut Value) {
    document["cjm"] = json!(1);
    document["id"] = json!("x");
    let settle = |map: &mut Map<String, Value>, key: &str, value: Value| {
        if map.contains_key(key) {
            map.insert(key.to_owned(), value);
        }
    };
    fn each(value: &mut Value, f: &dyn Fn(&mut Map<String, Value>)) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| each(item, f)),
            Value::Object(map) => {
                f(map);
                map.values_mut().for_each(|item| each(item, f));
            }
            _ => {}
        }
    }
    each(document, &|map| {
        settle(map, "currency", json!("CNY"));
        settle(map, "every", json!("day 10:00"));
        settle(map, "int", json!([1, 5]));
        settle(map, "times", json!([1, null]));
        settle(map, "enum", json!(["a", "no"]));
        if map.contains_key("count") {
            settle(map, "at_least", json!("12.5"));
        }
    });
}

#[cfg(all(feature = "schema", feature = "yaml"))]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is written reads back the same, as YAML and as JSON, and writes the same again.
    #[test]
    fn what_is_written_reads_back(picks in prop::collection::vec(any::<u32>(), 8..64)) {
        let schema = schema();
        let mut document = Maker { schema: &schema, picks, next: 0 }.make(&schema, 0);
        settle(&mut document);
        let (blueprint, findings) = Blueprint::read(&document.to_string());
        let errors: Vec<String> =
            findings.iter().filter(|f| f.severity() == Severity::Error).map(ToString::to_string).collect();
        // two forms of one random map may share a key; everything else that fits the schema is read
        prop_assert!(errors.is_empty(), "{errors:?}\n{document}");
        let blueprint = blueprint.unwrap();
        let yaml = blueprint.to_yaml().unwrap();
        let again = Blueprint::from_yaml(&yaml).map_err(|e| TestCaseError::fail(format!("{e}\n{yaml}")))?;
        prop_assert_eq!(&again, &blueprint, "{}", yaml);
        prop_assert_eq!(again.to_yaml().unwrap(), yaml);
        let json = blueprint.to_json().unwrap();
        prop_assert_eq!(&Blueprint::from_json(&json).unwrap(), &blueprint, "{}", json);
        prop_assert_eq!(blueprint.diff(&again).unwrap(), vec![]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any text gives findings or a blueprint, and positions inside scalars are inside the text.
    #[test]
    fn any_text_is_read_or_refused(text in "[ \\-a-c:{}\\[\\]'\"|>#&*!?\n,0-9~é\\\\]{0,80}") {
        let (blueprint, findings) = Blueprint::read(&format!("cjm: 1\nid: x\nx-a: {text}"));
        prop_assert!(blueprint.is_some() || !findings.is_empty());
        if let Some(blueprint) = blueprint {
            let n_lines = blueprint.source().unwrap().lines().count() as u32 + 1;
            for offset in 0..text.len() {
                let position = blueprint.position_in("x-a", offset);
                prop_assert!(position.line <= n_lines && position.column >= 1);
            }
        }
    }
}
