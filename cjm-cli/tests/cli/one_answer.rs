//! One answer: the same JSON lines through `cjm run` and through `cjm replay` give the same decisions.

use super::common::cjm;

/// What both say of lines: the decisions as JSON, or nothing where the line is refused.
fn both(blueprint: &str, lines: &str) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (blueprint, lines) = (write("b.yaml", blueprint), write("e.jsonl", lines));
    let live = cjm(&["run", "--blueprint", &blueprint, &lines]);
    let replayed = cjm(&["replay", "--blueprint", &blueprint, "--format", "jsonl", &lines]);
    [live.out.trim().to_owned(), replayed.out.trim().to_owned()]
}

const CITY: &str = r#"
cjm: 1
id: shop
identities: [{ id: member }]
events: { pay: {} }
customer: { profile: { city: optional text, age: optional int } }
rules: [{ id: r, when: { event: pay }, if: "customer.city == 'Paris'", do: [{ call: hello, with: { age: customer.age } }] }]
"#;

/// A line of `profile_set` with these attributes, one of `pay`, at this hour.
fn profile(hour: u8, attributes: &str) -> String {
    let line = |name: &str, hour: u8, attributes: &str| {
        format!(
            "{{\"name\": \"{name}\", \"time\": \"2026-03-01T{hour:02}:00:00Z\", \"identities\": {{\"member\": \"u1\"}}, \"attributes\": {attributes}}}\n"
        )
    };
    line("profile_set", hour, attributes) + &line("pay", hour + 1, "{}")
}

#[test]
fn a_null_clears_a_field_of_the_profile_live_and_in_replay() {
    let paris = profile(1, r#"{"city": "Paris", "age": 7}"#);
    for (then, decisions) in [
        (profile(3, r#"{"city": null}"#), 1),
        (profile(3, r#"{"age": null}"#), 2),
        (profile(3, r#"{"age": 8}"#), 2),
        (profile(3, r#"{"city": null}"#) + &profile(5, r#"{"city": "Paris"}"#), 2),
    ] {
        let lines = format!("{paris}{then}");
        // a null of another event says nothing; several identities go another way through the replay
        for lines in [lines.clone(), lines.replace("{}}", "{\"city\": null}}")] {
            let [live, replayed] = both(CITY, &lines);
            assert_eq!(live, replayed, "{lines}");
            assert_eq!(live.lines().count(), decisions, "{lines}");
        }
        let linked = lines.replace("{\"member\": \"u1\"}", "{\"member\": \"u1\", \"phone\": \"9\"}");
        let [live, replayed] = both(&CITY.replace("member }", "member }, { id: phone }"), &linked);
        assert_eq!(live, replayed, "{linked}");
        assert_eq!(live.lines().count(), decisions, "{linked}");
    }
}
