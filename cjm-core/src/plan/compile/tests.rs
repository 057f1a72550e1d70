//! What conditions may say: fields of listed records, and texts that a name can have.

use crate::Blueprint;

const BLUEPRINT: &str = "\
cjm: 1
id: shop
channels: [{id: app}, {id: store}]
events:
  cancelled: {reason: {enum: [changed_mind, too_slow]}, channel: {enum: [web]}}
  refunded: {reason: {enum: [broken, too_slow]}, note: text}
  returned: {reason: text}
  ordered: {items: {list: {dish: text, quantity: int}}}
customer:
  profile: {gender: {enum: [f, m], optional: true}}
  lifecycle: [{id: new}, {id: active, event: ordered}]
  segments: [{id: regular, if: customer.zone == 'UTC'}]
scenarios: [{id: peak, if: local(event.time).hour == 12}]
journeys:
- id: buy
  enter: ordered
  goal: cancelled
  idle: 1d
  stages: [{id: choose, touchpoints: [{id: shelf, event: [ordered, cancelled], channel: store}]}]
surveys:
- id: nps
  at: shelf
  questions: [{id: score, kind: nps}, {id: area, kind: choice, options: [food, bill], if: CONDITION}]
rules:
- {id: r, when: {event: [EVENTS], where: CONDITION}, do: [{tag: x}]}
";

/// What is said of a condition on these events.
fn said(events: &str, condition: &str) -> Vec<String> {
    let of_rule = BLUEPRINT.replacen("CONDITION", "score > 6", 1);
    let text = of_rule.replace("EVENTS", events).replace("CONDITION", &format!("\"{condition}\""));
    lines(&text)
}

fn lines(text: &str) -> Vec<String> {
    let findings = Blueprint::from_yaml(text).unwrap().check();
    findings.iter().map(|f| format!("{} {}", f.code(), f.message(crate::Language::En))).collect()
}

#[test]
fn texts_that_a_name_never_has_are_found() {
    for (events, condition, expected) in [
        ("cancelled", "event.reason == 'to_slow'", "`event.reason` is never `to_slow`"),
        ("cancelled", "event.reason == 'broken'", "`event.reason` is never `broken`"),
        ("cancelled, refunded", "event.reason in ['broken', 'late']", "`event.reason` is never `late`"),
        ("ordered", "customer.lifecycle != 'activ'", "`customer.lifecycle` is never `activ`"),
        ("ordered", "'regulr' in customer.segments", "`customer.segments` is never `regulr`"),
        ("ordered", "'peek' in scenarios", "`scenarios` is never `peek`"),
        ("ordered", "customer.gender == 'x'", "`customer.gender` is never `x`"),
        ("ordered", "trip.stage == 'chose'", "`trip.stage` is never `chose`"),
        ("ordered", "touchpoint.id == 'self'", "`touchpoint.id` is never `self`"),
        ("ordered", "touchpoint.channel == 'app'", "`touchpoint.channel` is never `app`"),
    ] {
        assert_eq!(said(events, condition), [format!("expr_unknown_choice {expected}")], "{condition}");
    }
    let asked = BLUEPRINT.replacen("CONDITION", "\"area == 'fod' || score > 6\"", 1);
    let asked = lines(&asked.replace("EVENTS", "ordered").replace("CONDITION", "'true == false'"));
    assert!(asked.iter().any(|line| line == "expr_unknown_choice `area` is never `fod`"), "{asked:#?}");
}

#[test]
fn texts_that_a_name_may_have_are_not() {
    for (events, condition) in [
        ("cancelled, refunded", "event.reason == 'changed_mind' || event.reason == 'broken'"),
        ("cancelled, returned", "event.reason == 'anything'"),
        // the envelope's channel stands in for the attribute
        ("cancelled", "event.channel == 'app'"),
        ("ordered", "'vip' in customer.tags && customer.lifecycle == 'new'"),
        ("refunded", "event.note == 'late'"),
    ] {
        assert_eq!(said(events, condition), Vec::<String>::new(), "{condition}");
    }
}

#[test]
fn fields_of_listed_records_are_known() {
    assert_eq!(
        said("ordered", "event.items.exists(i, i.dish == 'tea' && i.quantity > 1)"),
        Vec::<String>::new()
    );
    let wrong = said("ordered", "event.items.exists(i, i.dsh == 'tea')");
    assert_eq!(wrong, ["expr_unknown_field unknown field `dsh`"]);
    let mixed = said("ordered", "event.items.exists(i, i.quantity > '1')");
    assert_eq!(mixed.len(), 1, "{mixed:?}");
}
