//! What simulated customers do: alike for a seed, true to the blueprint, believable, bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::base::value::Value;
use crate::blueprint::Blueprint;
use crate::blueprint::model::AttributeKind;
use crate::score::{Estimate, ScoreCounts, ScoreKind, share};

fn blueprint(text: &str) -> Blueprint {
    Blueprint::from_yaml(text).unwrap()
}

fn restaurant() -> Blueprint {
    blueprint(include_str!("../../../examples/blueprints/restaurant.yaml"))
}

fn few(customers: u64) -> Options {
    Options { customers, days: 60, ..Options::default() }
}

/// A journey of one stage with the touchpoints given, `visit` opening and `buy` as the goal.
fn shop(events: &str, touchpoints: &str, rest: &str) -> Blueprint {
    blueprint(&format!(
        "cjm: 1\nid: shop\nevents: {{ {events} }}\njourneys:\n  - id: j\n    enter: visit\n    goal: {{ event: buy }}\n    \
         idle: 2h\n{rest}    stages: [{{ id: s, touchpoints: [{touchpoints}] }}]\n"
    ))
}

fn lines(events: &[Event]) -> String {
    events.iter().fold(String::new(), |mut text, e| {
        let who: Vec<String> = e.identities.iter().map(|(kind, value)| format!("{kind}={value}")).collect();
        let said: Vec<String> =
            e.attributes.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        let channel = e.channel.as_deref().unwrap_or("-");
        let (who, said) = (who.join(" "), said.join(" "));
        writeln!(text, "{} {} | {who} | {channel} {} {} | {said}", e.time, e.name, e.source, e.id).unwrap();
        text
    })
}

#[test]
fn the_first_events_of_a_seed_stay_what_they_are() {
    let events = simulate(restaurant().document(), few(40)).unwrap();
    insta::assert_snapshot!(lines(&events[..60]));
}

#[test]
fn customers_do_not_depend_on_each_other() {
    let restaurant = restaurant();
    let many = Simulation::new(restaurant.document(), few(30)).unwrap();
    let three = Simulation::new(restaurant.document(), few(3)).unwrap();
    for index in 0..3 {
        assert_eq!(many.customer(index), three.customer(index));
    }
    let mut all = three.events().unwrap();
    all.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let mut one_by_one: Vec<Event> = (0..3).flat_map(|index| three.customer(index)).collect();
    one_by_one.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    assert_eq!(all, one_by_one);
    let other = simulate(restaurant.document(), Options { seed: 2, ..few(3) }).unwrap();
    assert_ne!(other, three.events().unwrap());
}

#[test]
fn every_event_is_as_declared() {
    let restaurant = restaurant();
    let document = restaurant.document();
    let events = simulate(document, few(200)).unwrap();
    let mut ids = BTreeSet::new();
    for event in &events {
        event.check().unwrap();
        assert!(ids.insert((event.source.clone(), event.id.clone())), "{} comes twice", event.id);
        assert_eq!(&*event.identities[0].0, "member");
        let Some(model) = document.events.get(&*event.name) else {
            assert!(["answered", "profile_set", "app_open"].contains(&&*event.name), "{}", event.name);
            continue;
        };
        for (name, declared) in &model.attributes {
            let value = event.attribute(name);
            let fits = match (&declared.kind, value) {
                (_, Value::Null) => declared.optional,
                (AttributeKind::Text, Value::Text(_)) | (AttributeKind::Money, Value::Money(_)) => true,
                (AttributeKind::Int, Value::Int(_)) | (AttributeKind::Bool, Value::Bool(_)) => true,
                (AttributeKind::IntRange(low, high), Value::Int(x)) => (low..=high).contains(&x),
                (AttributeKind::Enum(options), Value::Text(x)) => options.iter().any(|o| **o == **x),
                (AttributeKind::List(_), Value::List(records)) => (1..=64).contains(&records.len()),
                _ => false,
            };
            assert!(fits, "{}.{name} is {value:?}", event.name);
        }
        assert!(event.attributes.iter().all(|(name, _)| model.attributes.contains_key(&**name)));
    }
}

#[test]
fn the_log_of_a_simulation_has_no_bad_row() {
    let restaurant = restaurant();
    let events = simulate(restaurant.document(), few(200)).unwrap();
    let log = crate::event::log_of(&events, Some(restaurant.document())).unwrap();
    assert_eq!((log.n_events(), log.n_customers()), (events.len(), 200));
    assert_eq!(log.rejected().rejected(), vec![]);
    let noticed: Vec<_> = log.rejected().noticed().into_iter().map(|rows| rows.reason.slug()).collect();
    assert_eq!(noticed, ["event_undeclared"], "the noise alone");
}

#[test]
fn an_order_keeps_its_id_and_its_sum() {
    let events = simulate(restaurant().document(), few(100)).unwrap();
    let mut orders: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in &events {
        if let Value::Text(id) = event.attribute("order_id") {
            orders.entry(id.to_string()).or_default().push(event);
        }
    }
    let mut whole = 0;
    for (id, mut events) in orders {
        events.sort_by_key(|event| event.time);
        let member = &events[0].identities[0];
        assert!(events.iter().all(|event| &event.identities[0] == member), "{id} is one customer's");
        let placed = events.iter().rfind(|event| &*event.name == "order_placed");
        let paid = events.iter().rfind(|event| &*event.name == "paid");
        if let (Some(placed), Some(paid)) = (placed, paid) {
            assert_eq!(placed.attribute("amount"), paid.attribute("amount"), "{id}");
            whole += 1;
        }
    }
    assert!(whole > 50, "{whole}");
}

/// Answers of a survey's question.
fn scores(events: &[Event], survey: &str, kind: ScoreKind) -> Estimate {
    let mut counts = ScoreCounts::new(kind);
    let of_survey = |event: &&Event| event.attribute("survey") == &Value::from(survey);
    for event in events.iter().filter(of_survey) {
        counts.add(kind.answer_of(event.attribute("score").as_ref()).unwrap()).unwrap();
    }
    counts.score()
}

/// Share of dishes that came later than the map expects, at the hours of its scenario `peak` and at the others.
fn late_dishes(events: &[Event], blueprint: &Blueprint) -> [Estimate; 2] {
    let zone = blueprint.document().zone.clone().unwrap();
    let mut ordered: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut counted = [(0, 0); 2];
    for event in events {
        let who = event.identity_of("member").unwrap();
        match &*event.name {
            "order_placed" => {
                ordered.insert(who, event.time);
            }
            "served" => {
                let Some(before) = ordered.remove(who) else { continue };
                let minutes = event.time.since(before).as_secs_f64() / 60.0;
                let peak = [12, 18, 19].contains(&zone.civil(event.time).hour);
                let (late, n) = &mut counted[usize::from(!peak)];
                *late += u64::from(minutes > if peak { 30.0 } else { 20.0 });
                *n += 1;
            }
            _ => {}
        }
    }
    counted.map(|(late, n)| share(late, n))
}

#[test]
fn the_restaurant_is_believable() {
    let restaurant = restaurant();
    let mut events = simulate(restaurant.document(), Options::default()).unwrap();
    let unsorted = events.windows(2).filter(|pair| pair[0].time > pair[1].time).count();
    assert!(unsorted > 20 && unsorted < events.len() / 50, "{unsorted} events arrive late");
    events.sort_by_key(|event| event.time);
    let n = |name: &str| events.iter().filter(|event| &*event.name == name).count() as f64;

    let nps = scores(&events, "nps", ScoreKind::Nps);
    assert!(nps.n > 300 && (20.0..45.0).contains(&nps.value.unwrap()), "{nps:?}");
    let [peak, calm] = late_dishes(&events, &restaurant);
    assert!(peak.low > calm.high && peak.value > Some(0.45), "{peak:?} {calm:?}");
    assert!((0.65..0.95).contains(&(n("paid") / n("seated"))), "some give up");
    assert!((0.03..0.12).contains(&(n("order_cancelled") / n("order_placed"))), "some cancel");
    assert!((0.005..0.06).contains(&(n("complaint") / n("paid"))), "some complain");
    assert!(n("review") > 500.0 && n("consent_changed") > 1_000.0 && n("app_open") > 10.0);

    let mut visits: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    for event in events.iter().filter(|event| &*event.name == "paid") {
        visits.entry(event.identity_of("member").unwrap()).or_default().push(event.time);
    }
    let often = visits.values().filter(|v| v.len() >= 4).count();
    let once = visits.values().filter(|v| v.len() == 1).count();
    assert!(visits.len() > 1_500 && often > 300 && once > 300, "{} {often} {once}", visits.len());
    let day = Duration::from_micros(DAY_US);
    let long =
        |v: &&Vec<Timestamp>| v.windows(2).any(|w| w[1].since(w[0]).as_micros() > 60 * day.as_micros());
    assert!(visits.values().filter(long).count() > 50, "some come back after two months");
}

#[test]
fn comments_speak_the_language_asked_for() {
    let restaurant = restaurant();
    for (language, chinese) in [(None, true), (Some(Language::En), false)] {
        let events = simulate(restaurant.document(), Options { language, ..few(200) }).unwrap();
        let comments: Vec<&Value> =
            events.iter().map(|e| e.attribute("comment")).filter(|v| !v.is_null()).collect();
        assert!(comments.len() > 20);
        for comment in comments {
            let Value::Text(text) = comment else { panic!("{comment:?}") };
            assert_eq!(text.chars().any(|c| c > '\u{2e80}'), chinese, "{text}");
        }
    }
}

#[test]
fn conditions_over_the_event_are_satisfied() {
    let visit = "visit: { page: { enum: [home, sale, jobs] }, depth: int }, buy: {}";
    let home = "{ id: home, event: visit, where: \"event.page == 'home'\" }";
    let sale = "{ id: sale, event: visit, where: \"event.page == 'sale' && event.depth > 1\" }";
    let all_of = |touchpoints: &str| {
        let blueprint = shop(visit, touchpoints, "");
        let simulation =
            Simulation::new(blueprint.document(), Options { noise: 0.0, days: 1, ..few(200) }).unwrap();
        (0..200).map(|index| simulation.customer(index)).collect::<Vec<_>>()
    };
    let page = |event: &Event, page: &str| event.attribute("page") == &Value::from(page);
    let named = all_of(&format!("{home}, {sale}, {{ id: till, event: buy }}"));
    let visits: Vec<&Event> = named.iter().flatten().filter(|event| &*event.name == "visit").collect();
    let wrong = |event: &&&Event| {
        page(event, "jobs") || (page(event, "sale") && event.attribute("depth") == &Value::Int(1))
    };
    assert!(visits.len() > 200 && visits.iter().filter(wrong).count() <= visits.len() / 100);

    let other = all_of(&format!("{home}, {{ id: other, event: visit }}, {{ id: till, event: buy }}"));
    let twice =
        |events: &&Vec<Event>| events.windows(2).any(|pair| page(&pair[0], "home") && page(&pair[1], "home"));
    assert_eq!(other.iter().filter(twice).count(), 0, "a page at `other` would land on `home`");
}

#[test]
fn a_question_with_a_condition_is_asked_when_it_holds() {
    let events = simulate(restaurant().document(), Options { customers: 600, ..few(1) }).unwrap();
    let nps: Vec<&Event> = events.iter().filter(|e| e.attribute("survey") == &Value::from("nps")).collect();
    assert!(nps.len() > 100);
    for answer in nps {
        let Value::Int(score) = answer.attribute("score") else { panic!("{answer:?}") };
        assert_eq!(answer.attribute("why").is_null(), *score > 6, "{answer:?}");
    }
}

#[test]
fn a_flow_is_followed() {
    let shop = shop(
        "visit: {}, look: {}, buy: {}",
        "{ id: a, event: visit }, { id: b, event: look }, { id: c, event: buy }",
        "    flow: [{ from: a, to: [b, c] }, { from: b, to: b }]\n",
    );
    let simulation = Simulation::new(shop.document(), Options { noise: 0.0, ..few(100) }).unwrap();
    for index in 0..100 {
        let events = simulation.customer(index);
        for pair in events.windows(2) {
            let step = (&*pair[0].name, &*pair[1].name);
            assert!(
                ["visit"].contains(&step.1)
                    || [("visit", "look"), ("visit", "buy"), ("look", "look")].contains(&step),
                "{step:?}"
            );
        }
    }
}

#[test]
fn strange_blueprints_are_walked_too() {
    let undeclared = shop("x: {}", "{ id: a, event: [buy, visit] }", "");
    let bare = shop("visit: {}, buy: {}", "{ id: a, event: other, wait: 1000000d, feels: -1.0 }", "");
    let all: Vec<String> = (0..60).map(|n| format!("{{ id: t{n}, event: visit, repeat: true }}")).collect();
    let ids: Vec<String> = (0..60).map(|n| format!("t{n}")).collect();
    let edges: Vec<String> =
        ids.iter().map(|id| format!("{{ from: {id}, to: [{}] }}", ids.join(", "))).collect();
    let complete = shop("visit: {}", &all.join(", "), &format!("    flow: [{}]\n", edges.join(", ")));
    for blueprint in [undeclared, bare, complete] {
        let events = simulate(blueprint.document(), few(50)).unwrap();
        assert!(events.len() >= 50 && events.len() < 50 * 2_000, "{}", events.len());
        assert!(events.iter().all(|event| &*event.identities[0].0 == "customer"));
    }
}

#[test]
fn every_template_is_walked_to_its_goal() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blueprints");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 4);
    for file in files {
        let template = blueprint(&std::fs::read_to_string(&file).unwrap());
        let document = template.document();
        let events = simulate(document, few(100)).unwrap();
        let log = crate::event::log_of(&events, Some(document)).unwrap();
        assert_eq!(log.rejected().rejected(), vec![], "{}", file.display());
        for journey in &document.journeys {
            let goal = &journey.goal.as_ref().unwrap().event;
            let reached = events.iter().filter(|event| goal.contains(&event.name)).count();
            assert!(reached >= 20, "{}: {reached}", file.display());
        }
        for declared in document.events.keys() {
            assert!(events.iter().any(|event| *event.name == **declared), "{}: {declared}", file.display());
        }
    }
}

#[test]
fn the_edges_of_time_are_kept() {
    let restaurant = restaurant();
    for start in [Timestamp::MIN, Timestamp::MAX, Timestamp::saturating(0)] {
        for days in [0, 1, MAX_DAYS] {
            let events = simulate(restaurant.document(), Options { start, days, ..few(3) }).unwrap();
            assert!(events.iter().all(|event| event.time >= start));
            assert_eq!(events.is_empty(), days == 0 || start == Timestamp::MAX, "{start} {days}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let restaurant = restaurant();
    let refused = |options: Options| simulate(restaurant.document(), options).unwrap_err().code();
    assert_eq!(refused(Options { noise: f64::NAN, ..few(1) }), ErrorCode::Argument);
    assert_eq!(refused(Options { customers: u64::MAX, ..few(1) }), ErrorCode::Limit);
    assert_eq!(refused(Options { days: u32::MAX, ..few(1) }), ErrorCode::Limit);
    assert_eq!(refused(Options { max_events: 10, ..few(50) }), ErrorCode::Limit);
    let empty = simulate(blueprint("cjm: 1\nid: nothing\n").document(), few(1)).unwrap_err();
    assert_eq!(empty.code(), ErrorCode::Argument);
    assert_eq!(simulate(restaurant.document(), few(0)).unwrap(), vec![]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_seed_and_span_give_ordered_customers_inside_it(seed: u64, days in 1_u32..40, hour in 0_usize..24) {
        let mut hours = [0.0; 24];
        hours[hour] = 1.0;
        let restaurant = restaurant();
        let options = Options { seed, days, hours: Some(hours), ..few(4) };
        let simulation = Simulation::new(restaurant.document(), options.clone()).unwrap();
        for index in 0..4 {
            let events = simulation.customer(index);
            prop_assert!(!events.is_empty(), "everyone comes at least once");
            prop_assert!(events.is_sorted_by_key(|event| event.time));
            prop_assert!(events[0].time >= options.start);
        }
    }
}
