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

const SHOP: &str = r#"
cjm: 1
id: shop
zone: America/New_York
currency: USD
identities: [{ id: member }, { id: phone }]
events:
  pay: { amount: optional money, n: optional int, x: optional number, at: optional time, d: optional date, tel: optional text, ok: optional bool, lines: { list: { sku: text, q: int }, optional: true } }
rules:
  - { id: r, when: { event: pay }, do: [{ call: echo, with: { a: event.amount, n: event.n, x: event.x, at: event.at, d: event.d, tel: event.tel, ok: event.ok, l: event.lines, t: event.time, c: envelope.channel, i: envelope.id } }] }
"#;

/// Attributes of `pay`, and whether an event may have them.
const ATTRIBUTES: &[(&str, bool)] = &[
    (r#""tel": 139"#, true),
    (r#""tel": 139.0"#, true),
    (r#""tel": 1.5"#, false),
    (r#""tel": true"#, false),
    (r#""tel": null"#, true),
    (r#""tel": """#, true),
    (r#""tel": " a ""#, true),
    (r#""tel": "a\u0000b""#, false),
    (r#""tel": [1]"#, false),
    (r#""tel": {"a": 1}"#, false),
    (r#""tel": 12345678901234567890123"#, false),
    (r#""n": "5""#, true),
    (r#""n": "05""#, false),
    (r#""n": 5.0"#, true),
    (r#""n": 5.5"#, false),
    (r#""n": """#, false),
    (r#""n": 9223372036854775807"#, true),
    (r#""n": 9223372036854775808"#, false),
    (r#""n": 1, "n": 2"#, false),
    (r#""ok": "true""#, true),
    (r#""ok": 1"#, false),
    (r#""amount": "5.00""#, true),
    (r#""amount": 5.10"#, true),
    (r#""amount": "1,000""#, false),
    (r#""amount": 99999999999999.995"#, true),
    (r#""x": "1.5""#, true),
    (r#""x": "1.5 ""#, false),
    (r#""x": 1"#, true),
    (r#""x": 9223372036854775807"#, false),
    (r#""at": "2026-03-01T10:00:00Z""#, true),
    (r#""at": "2026-03-01 10:00""#, true),
    (r#""at": 1772359200"#, false),
    (r#""d": "2026-03-01""#, true),
    (r#""d": "2026-03-01T10:00:00Z""#, false),
    (r#""d": "9999-12-31""#, true),
    (r#""lines": [{"sku": "a", "q": "2"}, {"sku": 7}]"#, true),
    (r#""lines": [{"sku": 1.5}]"#, false),
    (r#""lines": []"#, true),
    (r#""undeclared": 1"#, true),
];

/// Fields of the line that stand in the place of the plain ones, and whether an event may have them.
const FIELDS: &[(&str, &str, bool)] = &[
    ("identities", r#"{"member": ""}"#, false),
    ("identities", r#"{"member": 7}"#, true),
    ("identities", r#"{"member": 7.0}"#, true),
    ("identities", r#"{"member": 7.5}"#, false),
    ("identities", r#"{"member": 7.0, "phone": 8.0}"#, true),
    ("identities", r#"{"member": null, "phone": "1"}"#, true),
    ("identities", r#"{"member": "", "phone": "1"}"#, true),
    ("identities", r#"{"phone": "x", "member": "u1"}"#, true),
    ("identities", r#"{"zoo": "1", "ape": "2"}"#, false),
    ("identities", r#"{"zoo": "1", "member": "u1"}"#, true),
    ("identities", r#"{"zoo": "", "member": "u1"}"#, true),
    ("identities", r#"{"zoo": 7.5, "member": "u1"}"#, false),
    ("identities", r#"{}"#, false),
    ("identities", r#"[]"#, false),
    ("time", r#""2026-03-01 10:00""#, true),
    ("time", r#""2026-03-01""#, true),
    ("time", r#""2026-03-01T10:00:00.1234567Z""#, true),
    ("time", r#""soon""#, false),
    ("sequence", r#""3""#, true),
    ("sequence", "3.0", true),
    ("sequence", "3.5", false),
    ("id", "null", true),
    ("id", "7", true),
    ("id", "7.0", true),
    ("id", "7.5", false),
    ("id", r#""""#, true),
    ("channel", r#""""#, true),
    ("channel", "5", true),
    ("source", "true", false),
    ("name", r#""""#, false),
    ("name", "7.5", false),
    ("bogus", "1", false),
];

#[test]
fn the_same_lines_are_taken_or_refused_live_and_in_replay() {
    let line = |key: &str, value: &str, attributes: &str| {
        let plain = [
            ("name", r#""pay""#),
            ("time", r#""2026-03-01T10:00:00Z""#),
            ("identities", r#"{"member": "u1"}"#),
        ];
        let mut fields: Vec<String> = plain
            .iter()
            .filter(|(name, _)| *name != key)
            .map(|(name, value)| format!("{name:?}: {value}"))
            .collect();
        fields.extend((!key.is_empty()).then(|| format!("{key:?}: {value}")));
        format!("{{{}, \"attributes\": {{{attributes}}}}}\n", fields.join(", "))
    };
    let long = format!(r#""tel": "{}""#, "x".repeat(9_000));
    let many = |n: usize| (0..n).map(|i| format!("\"a{i}\": {i}")).collect::<Vec<_>>().join(", ");
    let attributes = ATTRIBUTES.iter().map(|(attributes, taken)| (line("", "", attributes), *taken));
    let more =
        [(long, false), (many(64), true), (many(65), false), (many(65).replace(": 64", ": null"), true)];
    let more = more.iter().map(|(attributes, taken)| (line("", "", attributes), *taken));
    let fields = FIELDS.iter().map(|(key, value, taken)| (line(key, value, ""), *taken));
    let mark = (format!("\u{feff}{}", line("", "", "")), true);
    for (text, taken) in attributes.chain(more).chain(fields).chain([mark]) {
        let [live, replayed] = both(SHOP, &text);
        assert_eq!(live, replayed, "{text}");
        assert_eq!(live.lines().count(), usize::from(taken), "{text}");
    }
    // an event that nobody declares is no decision, and refused for the same reason
    for (n, refused) in [(64, false), (65, true)] {
        let text = line("name", "\"unheard_of\"", &many(n));
        let refusals = [&["run"][..], &["replay"]].map(|command| {
            let folder = tempfile::tempdir().unwrap();
            let [blueprint, lines] = ["b.yaml", "e.jsonl"].map(|name| folder.path().join(name));
            std::fs::write(&blueprint, SHOP).unwrap();
            std::fs::write(&lines, &text).unwrap();
            let words = ["--blueprint", blueprint.to_str().unwrap(), lines.to_str().unwrap()];
            cjm(&[command, &words].concat()).err.contains("more than 64 attributes")
        });
        assert_eq!(refusals, [refused; 2]);
    }
}

#[test]
fn an_empty_id_is_none() {
    let line = |hour: u8, id: &str| {
        format!(
            "{{\"name\": \"pay\", \"time\": \"2026-03-01T{hour:02}:00:00Z\", \"source\": \"web\", \"id\": {id}, \"identities\": {{\"member\": \"u1\"}}, \"attributes\": {{\"n\": {hour}}}}}\n"
        )
    };
    for id in ["\"\"", "null"] {
        let [live, replayed] = both(SHOP, &(line(1, id) + &line(2, id) + &line(3, "\"a\"") + &line(4, id)));
        assert_eq!(live, replayed, "{id}");
        assert_eq!(live.lines().count(), 4, "{id}");
    }
}

#[test]
fn what_a_step_of_a_ticket_found_may_be_a_record() {
    let blueprint = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }]
events: { moan: {}, ping: {} }
tickets: { queues: [{ id: care, pool: [c1] }, { id: boss, pool: [b1] }], root_causes: [cold], close: { requires: [root_cause] } }
rules: [{ id: r, when: { event: moan }, do: [{ ticket: care, contact_within: 2h, escalate: [{ to: boss }] }] }]
"#;
    let line = |name: &str, hour: u8, attributes: &str| {
        format!(
            "{{\"name\": \"{name}\", \"time\": \"2026-03-01T{hour:02}:00:00Z\", \"id\": \"{name}\", \"identities\": {{\"member\": \"u1\"}}, \"attributes\": {attributes}}}\n"
        )
    };
    let moan = line("moan", 1, "{}");
    let [opened, _] = both(blueprint, &moan);
    let opened: serde_json::Value = serde_json::from_str(&opened).unwrap();
    let id = opened["id"].as_str().unwrap();
    for (facts, escalates) in
        [(r#"{"root_cause": "cold"}"#, false), (r#""{\"root_cause\": \"cold\"}""#, false), ("7", true)]
    {
        let step = format!(r#"{{"ticket": "{id}", "step": "closed", "by": "ann", "facts": {facts}}}"#);
        let lines = moan.clone() + &line("ticket_step", 2, &step) + &line("ping", 9, "{}");
        let [live, replayed] = both(blueprint, &lines);
        assert_eq!(live, replayed, "{facts}");
        assert_eq!(live.lines().count(), 1 + usize::from(escalates), "{facts}: {live}");
    }
}

#[test]
fn an_undeclared_identity_names_nobody_live_and_in_replay() {
    let line = |hour: u8, id: &str, identities: &str| {
        format!(
            "{{\"name\": \"pay\", \"time\": \"2026-03-01T{hour:02}:00:00Z\", \"source\": \"web\", \"id\": \"{id}\", \"identities\": {{{identities}}}}}\n"
        )
    };
    let member = line(1, "a", r#""member": "u1", "zoo": "7""#);
    // neither does it link two members, nor is an event another one without it
    let other = line(2, "b", r#""member": "u2", "zoo": "7""#);
    let again = line(1, "a", r#""member": "u1""#);
    let alone = line(3, "c", r#""zoo": "7""#);
    for (lines, customers) in [
        (member.clone(), &["u1"][..]),
        (member.clone() + &other, &["u1", "u2"]),
        (member.clone() + &again, &["u1"]),
        (member + &alone, &["u1"]),
        (alone.clone(), &[]),
    ] {
        let [live, replayed] = both(SHOP, &lines);
        assert_eq!(live, replayed, "{lines}");
        let whom = live.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let whom: Vec<String> =
            whom.map(|decision| decision["customer"]["member"].as_str().unwrap().to_owned()).collect();
        assert_eq!(whom, customers, "{lines}");
    }
    // a blueprint that declares no kind takes any
    let [live, replayed] = both(&SHOP.replace("identities: [{ id: member }, { id: phone }]\n", ""), &alone);
    assert_eq!((live.lines().count(), &live), (1, &replayed));
}
