//! What conditions mean, case by case: names without values, money, time, errors, findings.

use super::*;
use crate::base::money;
use crate::base::zone::Date;

/// Names of a small restaurant; the slot of a name is its place in this list.
pub(super) struct Names;

const NAMES: [(&str, Type); 16] = [
    ("visits", Type::Int),
    ("spend_365d", Type::Money),
    ("event.store", Type::Text),
    ("event.amount", Type::Money),
    ("event.party", Type::Int),
    ("event.rate", Type::Number),
    ("event.time", Type::Time),
    ("event.open", Type::Bool),
    ("event.items", Type::List),
    ("event.wait", Type::Duration),
    ("customer.birthday", Type::Date),
    ("customer.tags", Type::Names),
    ("customer.lifecycle", Type::Text),
    ("scenarios", Type::Names),
    ("now", Type::Time),
    ("answer", Type::Record),
];

impl Types for Names {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let slot = NAMES.iter().position(|(name, _)| *name == path.join("."))?;
        Some(Name { slot: u32::try_from(slot).unwrap(), ty: NAMES[slot].1 })
    }

    fn children(&self, path: &[&str]) -> Vec<String> {
        let below = NAMES.iter().filter_map(|(name, _)| {
            let words: Vec<&str> = name.split('.').collect();
            words.starts_with(path).then(|| words.get(path.len()).map(|w| (*w).to_owned())).flatten()
        });
        let mut words: Vec<String> = below.collect();
        words.dedup();
        words
    }

    fn fields(&self, path: &[&str]) -> Vec<(String, Type)> {
        if path == ["event", "items"] {
            vec![("dish".to_owned(), Type::Text), ("quantity".to_owned(), Type::Int)]
        } else {
            Vec::new()
        }
    }

    fn choices(&self, path: &[&str]) -> Option<Vec<String>> {
        let states = ["prospect", "active", "lost"].map(str::to_owned).to_vec();
        (path == ["customer", "lifecycle"]).then_some(states)
    }
}

/// The values of some names; the others have none.
pub(super) struct Facts(pub(super) Vec<(&'static str, Value)>, pub(super) Zone);

impl Scope for Facts {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        let name = NAMES[slot as usize].0;
        self.0.iter().find(|(known, _)| *known == name).map_or(ValueRef::Null, |(_, value)| value.as_ref())
    }

    fn member(&self, slot: u32, text: &str) -> bool {
        self.names(slot).contains(&Value::from(text))
    }

    fn names(&self, slot: u32) -> Vec<Value> {
        match NAMES[slot as usize].0 {
            "customer.tags" => vec![Value::from("regular"), Value::from("vip")],
            _ => Vec::new(),
        }
    }

    fn zone(&self) -> &Zone {
        &self.1
    }
}

fn facts() -> Facts {
    let item = |dish: &str, quantity| {
        Value::Record([("dish".into(), Value::from(dish)), ("quantity".into(), Value::Int(quantity))].into())
    };
    let amount = |text| Value::Money(money::parse(text).unwrap());
    Facts(
        vec![
            ("visits", Value::Int(0)),
            ("event.store", Value::from("s-1")),
            ("event.amount", amount("19.99")),
            ("event.party", Value::Int(4)),
            ("event.rate", Value::Number(0.5)),
            ("event.time", Value::Time(crate::Timestamp::parse("2026-03-01T15:30:45.123456Z").unwrap())),
            ("event.open", Value::Bool(true)),
            ("event.items", Value::List([item("noodles", 2), item("tea", 1)].into())),
            ("event.wait", Value::Duration("12m".parse().unwrap())),
            ("customer.birthday", Value::Date(Date::parse("2000-02-29").unwrap())),
            ("customer.lifecycle", Value::from("active")),
            ("answer", Value::Record([("score".into(), Value::Int(9)), ("why".into(), Value::Null)].into())),
        ],
        Zone::named("Asia/Shanghai").unwrap(),
    )
}

/// The value as JSON, the fault, or the codes of the findings.
fn result(text: &str) -> String {
    match compile(text, &Names) {
        Err(findings) => findings.iter().map(|f| f.entry.code).collect::<Vec<_>>().join(" "),
        Ok(program) => match program.eval(&facts()) {
            Ok(value) => json::json(&value).to_string(),
            Err(e) => e.fault.slug().to_owned(),
        },
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(result(text), *expected, "{text}");
    }
}

#[test]
fn names_without_a_value() {
    check(&[
        ("spend_365d", "null"),
        ("spend_365d == null", "true"),
        ("null != spend_365d", "false"),
        ("has(spend_365d)", "false"),
        ("has(event.store)", "true"),
        ("has(event.store) && has(visits)", "true"),
        ("spend_365d > 5000", "absent"),
        ("spend_365d == 5", "absent"),
        ("spend_365d != 5", "absent"),
        ("spend_365d in [1, 2]", "absent"),
        ("spend_365d + 1 > 0", "absent"),
        ("!(spend_365d > 1)", "absent"),
        ("string(spend_365d) == ''", "absent"),
        ("spend_365d > 5000 || visits == 0", "true"),
        ("spend_365d > 5000 && visits == 1", "false"),
        ("spend_365d == null ? 0 : 1", "0"),
        ("(visits > 0 ? 1.0 : null) == null", "true"),
        ("[spend_365d] == [null]", "true"),
        ("[spend_365d, null].all(x, x == null)", "true"),
        // a zero is a value
        ("visits == 0 && visits != null && has(visits)", "true"),
        ("answer.why == null", "true"),
        ("answer.why != 'price'", "true"),
        ("has(answer.why)", "true"),
        ("has(answer.area)", "false"),
        ("answer.area == 'food'", "no_such_key"),
        ("now == null", "true"),
        ("now - event.time > duration('1h')", "absent"),
    ]);
}

#[test]
fn money_is_exact() {
    check(&[
        ("event.amount == 19.99", "true"),
        ("event.amount == 19.990", "true"),
        ("19.99 == event.amount", "true"),
        ("event.amount > 19", "true"),
        ("event.amount > 19.989999999999999999999", "true"),
        ("event.amount < 19.990000000000000000001", "true"),
        ("event.amount in [9.99, 19.99]", "true"),
        ("event.amount * 3 == 59.97", "true"),
        ("event.amount * 0.1 == 1.999", "true"),
        ("0.1 + event.amount == 20.09", "true"),
        ("event.amount / 3", "\"6.6633333333333333333333333333\""),
        ("event.amount % 10 == 9.99", "true"),
        ("-event.amount < 0", "true"),
        ("event.amount * event.rate == 9.995", "true"),
        ("event.amount / 0", "divide_by_zero"),
        ("money('19.99') == event.amount && money(20) > event.amount", "true"),
        ("money('1e3') > event.amount", "expr_literal"),
        ("double(event.amount) == 19.99 && int(event.amount) == 19", "true"),
        ("string(event.amount)", "\"19.99\""),
        ("event.amount * 79228162514264337593543950335.0 > 0", "overflow"),
    ]);
}

#[test]
fn time_and_local_time() {
    check(&[
        ("event.time", "\"2026-03-01T15:30:45.123456Z\""),
        ("event.time > timestamp('2026-03-01T15:30:45.123455999Z')", "true"),
        ("event.time + duration('1ns') > event.time", "true"),
        ("event.time.getHours()", "15"),
        ("event.time.getHours('Asia/Shanghai')", "23"),
        ("event.time.getHours('+08:30')", "0"),
        ("event.time.getHours('Mars/Base')", "conversion"),
        ("local(event.time)", "\"2026-03-01T23:30:45+08:00\""),
        ("local(event.time).hour", "23"),
        ("local(event.time).weekday", "7"),
        ("[local(event.time).year, local(event.time).month, local(event.time).day]", "[2026,3,1]"),
        ("local(event.time).hour in [12, 18, 23]", "true"),
        ("local(event.time + duration('30m')).date == date('2026-03-02')", "true"),
        ("local(event.time).hours", "expr_unknown_field"),
        ("event.wait <= duration('12m')", "true"),
        ("event.wait > duration('PT11M59.999999S')", "true"),
        ("event.wait.getMinutes() == 12", "true"),
        ("duration('7d') == duration('168h')", "true"),
        ("event.wait < '20m'", "expr_operands"),
        ("customer.birthday < date('2000-03-01')", "true"),
        ("customer.birthday.getDayOfYear()", "59"),
        ("customer.birthday.getHours()", "expr_operand"),
        ("local(event.time).date - customer.birthday > duration('9490d')", "true"),
    ]);
}

#[test]
fn lists_records_and_names() {
    check(&[
        ("event.items[0].dish", "\"noodles\""),
        ("event.items.exists(i, i.dish == 'tea' && i.quantity < 2)", "true"),
        ("event.items.map(i, i.quantity)", "[2,1]"),
        ("event.items.filter(i, i.quantity > 1).map(i, i.dish)", "[\"noodles\"]"),
        ("event.items.map(i, i.quantity > 1, i.dish)", "[\"noodles\"]"),
        ("event.items.exists_one(i, i.quantity > 0)", "false"),
        ("event.items[2]", "out_of_bounds"),
        ("event.items[-1]", "out_of_bounds"),
        ("size(event.items)", "2"),
        ("event.items.all(i, i.dsh == 'tea')", "expr_unknown_field"),
        ("event.items.all(i, i.quantity == 'two')", "expr_operands"),
        ("'vip' in customer.tags", "true"),
        ("'new' in customer.tags || 'peak' in scenarios", "false"),
        ("event.store in customer.tags", "false"),
        ("size(customer.tags)", "2"),
        ("customer.tags.exists(t, t.startsWith('reg'))", "true"),
        ("customer.tags == ['regular', 'vip']", "true"),
        ("customer.tags[1]", "\"vip\""),
        ("has(scenarios) && scenarios == []", "true"),
        ("3 in customer.tags", "expr_operands"),
        ("answer.score >= 9", "true"),
        ("{'b': 1, 'a': 2}.map(k, k)", "[\"a\",\"b\"]"),
        ("{'a': 1}.a + {1: 2}[1.0]", "3"),
        ("[1, 2].map(x, [3, 4].map(y, x * y))", "[[3,4],[6,8]]"),
        ("[3].map(x, [1, 2].filter(y, y > 1))", "[[2]]"),
        ("event.items.map(i, [1, 2].map(y, y * 2))", "[[2,4],[2,4]]"),
        ("[[1], [2, 3]].exists(l, l.all(x, x > 1))", "true"),
        ("[0, 1].filter(x, [1 / x].all(y, y > 0) || x == 0)", "[0,1]"),
    ]);
}

#[test]
fn errors_are_absorbed_only_by_logic() {
    check(&[
        ("visits / visits > 0 || true", "true"),
        ("visits / visits > 0 && false", "false"),
        ("visits / visits > 0 && true", "divide_by_zero"),
        ("(visits / visits > 0 || event.items[9] == null) && answer.score > 1", "divide_by_zero"),
        ("[1, 0].exists(x, visits / x == 0)", "true"),
        ("[0, 1].exists(x, visits / x == 7)", "divide_by_zero"),
        ("[0, 1].all(x, visits / x == 7)", "false"),
        ("[1].map(x, visits / 0)", "divide_by_zero"),
        ("9223372036854775807 + event.party", "overflow"),
    ]);
}

#[test]
fn a_condition_is_true_or_false() {
    assert!(condition("visits > 2", &Names).is_ok());
    assert!(condition("answer.whatever", &Names).is_ok());
    let codes: Vec<_> = condition("visits + 2", &Names).unwrap_err().iter().map(|f| f.entry.code).collect();
    assert_eq!(codes, ["expr_not_condition"]);
    let error = condition("answer.score", &Names).unwrap().holds(&facts()).unwrap_err();
    assert_eq!((error.fault, error.range()), (Fault::Operands, 0..12));
    assert_eq!(
        error.of_text("answer.score").to_string(),
        "condition: `answer.score` does not work with these values"
    );
}

#[test]
fn programs_know_their_names_and_their_form() {
    let program = |text| compile(text, &Names).unwrap();
    assert_eq!(program("event.party > 2 && (visits > 1 || event.party == 1 + 1)").slots(), [0, 4]);
    assert_eq!(
        program("'vip' in customer.tags && now > event.time && answer.score > 1").slots(),
        [6, 11, 14, 15]
    );
    assert_eq!(program("(visits)>1&&event.store==\"a\""), program("visits > 1 && event.store == 'a' // why"));
    assert_ne!(program("visits > 1"), program("visits >= 1"));
    assert_eq!(program("visits + 1").ty(), Type::Int);
    assert_eq!(program("event.items.map(i, i)").ty(), Type::List);
}

#[test]
fn programs_cross_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Program>();
}

/// Findings as people see them.
fn findings(text: &str) -> String {
    let all = match compile(text, &Names) {
        Ok(program) => program.warnings().to_vec(),
        Err(findings) => findings,
    };
    all.iter().map(|f| format!("  {}\n", f.alone(text))).collect()
}

#[test]
fn every_finding_is_placed_and_says_what_to_do() {
    let texts = [
        "",
        "visit > 3",
        "event.amuont > 100 && evnt.store == 'a' && event.store == 3",
        "event.lifecycle == 'lost'",
        "lifecycle == 'lost'",
        "event",
        "events.exists(e, e.x)",
        "customer.lifecycle == 'activ'",
        "'gone' == customer.lifecycle || customer.lifecycle in ['lost', 'prospct']",
        "visits = 3",
        "visits ＞ 3",
        "visits > 3 and event.open",
        "visits > '3'",
        "event.store > 19.99",
        "3 <= event.store",
        "event.store * 2",
        "event.party * 1.5 > 3.0",
        "event.time > '2026-03-01'",
        "event.wait > 30",
        "event.rate % 2.0 == 0.0",
        "visits && event.open",
        "!visits",
        "-event.store == 'a'",
        "null < visits",
        "event.store.startswith('s')",
        "startsWith(event.store, 's')",
        "event.store.size(1)",
        "size(3)",
        "now()",
        "event.items.any(i, i.quantity > 1)",
        "event.items.all(i.quantity > 1)",
        "event.items.all(i, i.quantty > 1)",
        "event.store.matches('(')",
        "event.store.matches(r'\\w{300}')",
        "event.time > timestamp('yesterday')",
        "event.wait > duration('10 minutes')",
        "visits > 1 / 0",
        "visits > 3u && event.store == b'a'",
        "dyn(visits) == 1 && type(visits) == int",
        "Order{amount: 1}",
        "event.store == \"open",
        "event.store == '\\q'",
        "(visits > 3",
        "visits > 3)",
        "visits >",
        "has(3)",
        "has(event.stor)",
        "if",
        "visits > 99999999999999999999",
        "visits.x == 1",
        "visits[0] == 1",
        "event.store in 'abc'",
        "event.store.?x",
        "{'a': 1, 'a': 2}['a'] == 1",
        "visits > 3 &&\n  evnt.open",
    ];
    let shown: String = texts.iter().map(|text| format!("{text}\n{}", findings(text))).collect();
    insta::assert_snapshot!(shown);
}
