//! Conditions over a log by blocks against one row after the other, as the engine asks them.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::base::value::Value;
use crate::customer::Facts;
use crate::engine::bind::Binding;
use crate::engine::scope::Asker;
use crate::event::log_of;
use crate::journey::Situation;
use crate::{Blueprint, Date, Event, Timestamp};

const SHOP: &str = "
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }]
events:
  a: { t: optional text, i: optional int, x: optional number, m: optional money, f: optional bool, w: optional time,
       d: optional date, l: { list: { sku: text, n: int }, optional: true }, channel: optional text, both: optional int }
  b: { t: optional text, i: optional int, m: optional money, both: optional text }
  c: { m: optional number }
";

/// The shop, read and compiled once.
static PLAN: LazyLock<(Blueprint, Arc<Plan>)> = LazyLock::new(|| {
    let blueprint = Blueprint::from_yaml(SHOP).unwrap();
    let plan = blueprint.compile().unwrap().into();
    (blueprint, plan)
});

/// Row by row: what each condition says of each row it is asked of.
fn by_row(conditions: &EventConditions, log: &EventLog) -> Vec<(Held, Vec<bool>)> {
    let plan = Plan { slots: conditions.slots.clone(), ..(*conditions.plan).clone() };
    let binding = Binding::new(&plan, log);
    let (facts, errors) = (Facts::default(), Cell::new(0));
    let mut all = Vec::new();
    for asked in &conditions.list {
        let (mut held, mut rows) = (Held::default(), Vec::new());
        for row in 0..log.n_events() {
            let name = &log.event_names()[log.names().get(row) as usize];
            let concerned = asked.events.is_empty() || asked.events.contains(name);
            let view = binding.row(row);
            let now = binding.time(row);
            let asker = Asker::new(&plan, &facts, None, Some(&view), now, &errors);
            let says = match &asked.condition {
                Some(condition) if concerned => asker.test(condition, Situation::default(), &()),
                _ => Some(concerned),
            };
            held.asked += u64::from(concerned);
            held.failed += u64::from(says.is_none());
            held.held += u64::from(says == Some(true));
            rows.push(says == Some(true));
        }
        all.push((held, rows));
    }
    all
}

fn check(conditions: &EventConditions, log: &EventLog) {
    let expected = by_row(conditions, log);
    let (counts, rows) = (conditions.count(log), conditions.rows(log));
    assert_eq!(counts.len(), conditions.list.len());
    for (((asked, (held, held_rows)), count), bits) in
        conditions.list.iter().zip(expected).zip(counts).zip(rows)
    {
        let text = asked.condition.as_ref().map_or("", Program::text);
        assert_eq!(count, held, "`{text}` of {:?}", asked.events);
        assert_eq!(bits.iter().collect::<Vec<_>>(), held_rows, "`{text}` of {:?}", asked.events);
    }
}

/// A condition compiled without checks, so that what would be a finding is an error of the evaluation.
fn unchecked(plan: &Arc<Plan>, list: &[(Vec<&str>, String)]) -> EventConditions {
    let slots = RefCell::new(plan.slots.iter().copied().collect::<IndexSet<Slot>>());
    let all = AllEvents::of(&plan.document, &plan.names);
    let asked = list.iter().map(|(events, text)| {
        let numbers: Vec<_> = events.iter().filter_map(|name| plan.names.event(name)).collect();
        let events_of = if numbers.is_empty() { all.events.clone() } else { numbers.into() };
        let reach = Reach { events: events_of, ..Reach::default() };
        let types = InReach {
            names: &plan.names,
            document: &plan.document,
            feature_types: &[],
            reach: &reach,
            slots: &slots,
            all: &all,
            suggest: None,
        };
        let condition = Some(expr::compile_unchecked(text, &types).unwrap());
        Asked { events: events.iter().map(|name| (*name).into()).collect(), condition }
    });
    let list = asked.collect();
    EventConditions::new(plan.clone(), list, slots.into_inner().into_iter().collect())
}

fn value() -> impl Strategy<Value = Option<Value>> {
    let amount = |text: &str| Value::Money(text.parse::<Decimal>().unwrap());
    prop_oneof![
        2 => Just(None),
        2 => "[abü]{0,2}".prop_map(|t| Some(Value::from(t))),
        3 => (-3_i64..4).prop_map(|i| Some(Value::Int(i))),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1]).prop_map(|i| Some(Value::Int(i))),
        2 => (-20_i64..30).prop_map(|x| Some(Value::Number(x as f64 / 10.0))),
        2 => (-30_i64..30, 0_u32..4).prop_map(|(m, s)| Some(Value::Money(Decimal::new(m, s)))),
        1 => Just(Some(amount("79228162514264337593543950335"))),
        1 => any::<bool>().prop_map(|b| Some(Value::Bool(b))),
        1 => (0_i64..4).prop_map(|h| Some(Value::Time(noon().plus(crate::Duration::from_micros(h * 3_600_000_000))))),
        1 => (0_i64..4).prop_map(|d| Some(Value::Date(Date::from_days(20_513 + d)))),
    ]
}

fn noon() -> Timestamp {
    "2026-03-01T04:00:00Z".parse().unwrap()
}

/// What fits an attribute more often than not.
fn fits(name: &str, value: &Value) -> bool {
    matches!(
        (name, value),
        ("t" | "channel", Value::Text(_))
            | ("i", Value::Int(_))
            | ("x", Value::Int(_) | Value::Number(_))
            | ("m", Value::Int(_) | Value::Number(_) | Value::Money(_))
            | ("f", Value::Bool(_))
            | ("w", Value::Time(_))
            | ("d", Value::Date(_))
            | ("both", Value::Int(_) | Value::Text(_))
    )
}

fn event() -> impl Strategy<Value = Event> {
    let names = prop::sample::select(vec!["a", "a", "a", "b", "c", "unknown"]);
    let values = prop::collection::vec((value(), value(), value()), 9);
    let envelope = (0_i64..5, 0_i64..3, any::<bool>(), any::<bool>(), 0_usize..3);
    (names, values, envelope).prop_map(|(name, values, (hour, sequence, has_channel, has_id, n_items))| {
        let at = noon().plus(crate::Duration::from_micros(hour * 3_600_000_000 + hour));
        let mut event = Event::new(name, at).identity("member", format!("m{}", hour % 2));
        event = if sequence > 0 { event.sequence(sequence) } else { event };
        event = if has_channel { event.channel(["app", "web"][n_items % 2]) } else { event };
        event = if has_id { event.id("till", format!("{hour}-{sequence}-{n_items}-{name}")) } else { event };
        let attributes: &[&str] = match name {
            "a" => &["t", "i", "x", "m", "f", "w", "d", "channel", "both"],
            "b" => &["t", "i", "m", "both"],
            "c" => &["m"],
            _ => &["t", "i"],
        };
        for (attribute, (first, second, third)) in attributes.iter().zip(values) {
            let value = [first, second, third].into_iter().flatten().find(|value| fits(attribute, value));
            event = match value {
                Some(value) if name == "b" && *attribute == "both" => match value {
                    Value::Text(_) => event.with(*attribute, value),
                    _ => event,
                },
                Some(Value::Text(_)) if *attribute == "both" => event,
                Some(value) => event.with(*attribute, value),
                None => event,
            };
        }
        if name == "a" && n_items > 0 {
            let item = |n: usize| {
                Value::Record([("sku".into(), "s".into()), ("n".into(), Value::Int(n as i64))].into())
            };
            event = event.with("l", Value::List((0..n_items).map(item).collect()));
        }
        event
    })
}

fn part() -> impl Strategy<Value = String> {
    let names = vec![
        "event.t",
        "event.i",
        "event.x",
        "event.m",
        "event.f",
        "event.w",
        "event.d",
        "event.both",
        "event.channel",
        "envelope.channel",
        "event.name",
        "event.time",
        "event.sequence",
        "event.id",
        "event.source",
    ];
    let name = prop::sample::select(names.clone());
    let other = prop::sample::select(names);
    let op = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let known = prop::sample::select(vec![
        "null",
        "0",
        "1",
        "-2",
        "0.5",
        "1.0",
        "-1.15",
        "2.999",
        "'a'",
        "'app'",
        "'b'",
        "true",
        "9007199254740993",
        "9223372036854775807",
        "1e300",
        "double('NaN')",
        "timestamp('2026-03-01T05:00:00.000000500Z')",
        "timestamp('2026-03-01T06:00:00Z')",
        "date('2026-03-02')",
        "money('0.150')",
        "79228162514264337593543950335.0",
        "duration('1h')",
    ]);
    let compared = (name.clone(), op, known).prop_map(|(name, op, known)| format!("{name} {op} {known}"));
    let special = prop::sample::select(vec![
        "event.t in ['a', 'b', 'ab']",
        "event.name in ['a', 'unknown']",
        "event.channel in ['app', 'x']",
        "event.i in [1, 2, 3]",
        "event.m in [0.1, 2]",
        "event.both in [1, 'b']",
        "event.t.startsWith('a')",
        "event.t.matches('^[ab]$')",
        "size(event.t) > 1",
        "int(event.t) > 0",
        "event.f",
        "!event.f",
        "has(event.t)",
        "event.x * 2 > 1",
        "event.i / (event.i - 1) > 0",
        "event.i + 1 > event.x",
        "local(event.time).hour in [12, 13]",
        "event.time.getHours() == 5",
        "size(event.l) > 1",
        "event.l.exists(x, x.n == 1)",
        "event.l == null",
        "(event.f ? event.i > 0 : event.x > 0.5)",
        "true",
        "false",
        "1 / 0 > 0",
        "event.t == event.both",
    ]);
    prop_oneof![
        4 => compared,
        1 => (name, other).prop_map(|(a, b)| format!("{a} == {b}")),
        3 => special.prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    part().prop_recursive(3, 12, 3, |inner| {
        let join = prop::sample::select(vec![" && ", " || "]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 2..4), join)
                .prop_map(|(list, join)| format!("({})", list.join(join))),
            inner.prop_map(|one| format!("!({one})")),
        ]
    })
}

fn conditions() -> impl Strategy<Value = Vec<(Vec<&'static str>, String)>> {
    let events =
        prop::sample::select(vec![vec![], vec!["a"], vec!["b", "a"], vec!["c"], vec!["a", "b", "c"]]);
    prop::collection::vec((events, condition()), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_say_what_rows_say(events in prop::collection::vec(event(), 1..40), list in conditions(), typed: bool) {
        let (blueprint, plan) = &*PLAN;
        let log = log_of(&events, Some(blueprint.document()).filter(|_| typed)).unwrap();
        let conditions = unchecked(plan, &list);
        check(&conditions, &log);
        check_one_by_one(&conditions, events.get(..2).unwrap_or(&events));
    }
}

/// The law of the batch for single events: what holds of an event is what holds of the row that it becomes.
fn check_one_by_one(conditions: &EventConditions, events: &[Event]) {
    for event in events {
        let log = log_of(std::slice::from_ref(event), Some(conditions.plan.document.as_ref())).unwrap();
        let Ok(typed) = conditions.plan.typed(event) else { panic!("{event:?}") };
        if log.n_events() == 0 || log.rejected().n_rejected() > 0 {
            continue;
        }
        let mut found = Vec::new();
        let failed = conditions.each_that_holds(&typed, &mut |number| found.push(number)).unwrap();
        let counts = conditions.count(&log);
        let held: Vec<usize> =
            counts.iter().enumerate().filter(|(_, c)| c.held == 1).map(|(n, _)| n).collect();
        assert_eq!(found, held, "{event:?}");
        assert_eq!(u64::from(failed), counts.iter().map(|count| count.failed).sum::<u64>());
    }
}

#[test]
fn a_number_stays_one_though_another_event_calls_its_name_money() {
    let (blueprint, plan) = &*PLAN;
    let event = Event::new("c", noon()).identity("member", "m1").with("m", Value::Number(7e28));
    let log = log_of(std::slice::from_ref(&event), Some(blueprint.document())).unwrap();
    let conditions = plan.event_conditions(&[EventCondition::of("c", "event.m > 1.0")]).unwrap();
    assert_eq!(conditions.count(&log), [Held { asked: 1, held: 1, failed: 0 }]);
    check_one_by_one(&conditions, &[event]);
}

/// A log of more than one stretch, with columns of many texts.
fn long_log() -> (Arc<Plan>, EventLog) {
    let (blueprint, plan) = &*PLAN;
    let name = |i: usize| ["a", "b", "unknown"][i % 3];
    let events: Vec<Event> = (0..70_000_usize)
        .map(|i| {
            let at = noon().plus(crate::Duration::from_micros((i * 7_919 % 1_000) as i64 * 1_000_000));
            let event =
                Event::new(name(i), at).identity("member", format!("m{}", i % 97)).id("s", i.to_string());
            let event = if i % 5 == 0 { event } else { event.with("t", format!("text {}", i % 300)) };
            let event = if i % 7 == 0 { event } else { event.with("i", (i % 11) as i64) };
            event.with("m", Value::Money(Decimal::new(i as i64 % 5_000, (i % 3) as u32)))
        })
        .collect();
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    (plan.clone(), log)
}

const MANY: [(&str, &str); 9] = [
    ("a", "event.t == 'text 7' || event.t == 'text 9'"),
    ("a", "event.t.startsWith('text 1')"),
    ("b", "event.t < 'text 2' && event.m >= 12.5"),
    ("b", "!(event.m > 300) && event.i in [1, 2]"),
    ("", "event.id == '69999' || event.id == '3'"),
    ("", "event.i > 5"),
    ("", "size(event.id) == 3 && event.m != 7"),
    ("a", "event.m == 7"),
    ("", ""),
];

fn many(plan: &Arc<Plan>) -> EventConditions {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let list: Vec<EventCondition> = MANY
        .iter()
        .map(|(event, holds)| EventCondition {
            events: some(event).into_iter().collect(),
            holds: some(holds),
        })
        .collect();
    plan.event_conditions(&list).unwrap()
}

#[test]
fn a_log_of_many_blocks_is_asked_to_its_end() {
    let (plan, log) = long_log();
    check(&many(&plan), &log);
}

#[cfg(feature = "parallel")]
#[test]
fn threads_change_nothing() {
    let (plan, log) = long_log();
    let conditions = many(&plan);
    let on = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| (conditions.count(&log), conditions.rows(&log)))
    };
    assert_eq!(on(1), on(8));
}

#[test]
fn nothing_holds_of_no_events() {
    let plan = &PLAN.1;
    check(&many(plan), &EventLog::default());
    assert!(plan.event_conditions(&[]).unwrap().count(&long_log().1).is_empty());
}

#[test]
fn what_is_wrong_is_said() {
    let plan = &PLAN.1;
    let said = |event: &str, holds: &str| {
        let error = plan.event_conditions(&[EventCondition::of(event, holds)]).unwrap_err();
        (error.code(), error.to_string())
    };
    for (event, holds, code, words) in [
        ("pay", "true", ErrorCode::NotFound, "no event `pay`"),
        ("a", "event.tt == 'x'", ErrorCode::Condition, "unknown name"),
        ("a", "customer.visits > 1", ErrorCode::Condition, "customer"),
        ("a", "event.i + 1", ErrorCode::Condition, "int"),
        ("a", "event.i >", ErrorCode::Condition, ""),
    ] {
        let (found, message) = said(event, holds);
        assert!(found == code && message.contains(words), "{holds}: {message}");
    }
    let too_many = vec![EventCondition::default(); MAX_CONDITIONS + 1];
    assert_eq!(plan.event_conditions(&too_many).unwrap_err().code(), ErrorCode::Limit);
}
