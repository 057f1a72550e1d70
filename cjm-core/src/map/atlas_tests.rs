//! Tests of the atlas: two small chains whose maps have things in common.

use super::atlas::*;
use super::sample::{both, journey};
use crate::base::text::{Language, Text};
use crate::blueprint::model::{Document, Extra, Improvement, Journey, Opportunity, Pain};

fn pain(id: &str, text: Text) -> Pain {
    Pain { id: id.into(), text, extra: Extra::default() }
}

fn named(id: &str, text: &str) -> Journey {
    Journey { id: id.into(), ..journey(text) }
}

/// A chain with two maps, and another chain with one.
fn documents() -> [Document; 2] {
    let mut eat = named("eat", "view? seat:seated | pay:paid");
    let mut fetch = named("fetch", "view? | pick:picked pay:paid");
    let mut ship = named("ship", "look:view | settle:settled");
    eat.stages[0].touchpoints[1].pains = vec![pain("slow", both("Slow kitchen!", "上菜慢"))];
    fetch.stages[1].touchpoints[0].pains = vec![pain("slow", Text::from("We wait"))];
    ship.stages[1].touchpoints[0].pains = vec![pain("late", Text::from("  slow  KITCHEN"))];
    ship.stages[1].touchpoints[0].title = Some(Text::from("Ｐａｙ"));
    eat.stages[1].touchpoints[0].title = Some(both("Pay", "结账"));
    fetch.stages[1].touchpoints[1].title = Some(both("At the till", "结账"));
    let chance = |id: &str, solves: &str| Opportunity {
        id: id.into(),
        text: Text::from("Cook ahead"),
        solves: vec![solves.into()],
        extra: Extra::default(),
    };
    eat.stages[0].touchpoints[0].opportunities = vec![chance("ahead", "slow")];
    ship.stages[0].touchpoints[0].opportunities = vec![chance("prepare", "other")];
    for (t, e) in fetch.stages[1].touchpoints.iter_mut().zip([0.5, -0.25]) {
        (t.expected, t.owner, t.tier) = (Some(e), Some("floor".into()), Some(2));
    }
    let wok = Improvement { id: "wok".into(), solves: vec!["fetch/slow".into()], ..Improvement::default() };
    let a = Document {
        id: "a".into(),
        journeys: vec![eat, fetch],
        improvements: vec![wok],
        ..Document::default()
    };
    [a, Document { id: "b".into(), journeys: vec![ship], ..Document::default() }]
}

fn short(rows: &[CommonRow]) -> Vec<String> {
    let place = |p: &Place| format!("{}/{}/{}", p.blueprint, p.journey, p.touchpoint);
    let row = |r: &CommonRow| {
        let places: Vec<String> = r.places.iter().map(place).collect();
        let solved =
            if r.solved_by.is_empty() { String::new() } else { format!(" < {}", r.solved_by.join(" ")) };
        format!("{:?} {} {}: {}{solved}", r.by, r.key, r.maps, places.join(" "))
    };
    rows.iter().map(row).collect()
}

#[test]
fn what_maps_share() {
    let documents = documents();
    let atlas = Atlas::of(&documents, Language::En);
    let wanted = [
        "Event view 3: a/eat/view a/fetch/view b/ship/look",
        "Event paid 2: a/eat/pay a/fetch/pay",
        "Id pay 2: a/eat/pay a/fetch/pay",
        "Id view 2: a/eat/view a/fetch/view",
        "Text Pay 2: a/eat/pay b/ship/settle",
    ];
    assert_eq!(short(&atlas.shared()), wanted, "the shared 结账 says no more than the id");
    let pains = [
        "Id slow 2: a/eat/seat a/fetch/pick < ahead wok",
        "Text Slow kitchen! 2: a/eat/seat b/ship/settle < ahead",
    ];
    assert_eq!(short(&atlas.pains()), pains);
    assert_eq!(short(&atlas.opportunities()), ["Text Cook ahead 2: a/eat/view b/ship/look"]);
    assert!(Atlas::of(&documents[1..], Language::En).shared().is_empty(), "one map shares nothing");
}

#[test]
fn stages_beside_each_other() {
    let documents = documents();
    let rows = Atlas::of(&documents, Language::En).stages();
    let order: Vec<(&str, &str, u64)> =
        rows.iter().map(|r| (r.stage.as_str(), r.journey.as_str(), r.maps)).collect();
    let wanted = [
        ("s0", "eat", 3),
        ("s0", "fetch", 3),
        ("s0", "ship", 3),
        ("s1", "eat", 3),
        ("s1", "fetch", 3),
        ("s1", "ship", 3),
    ];
    assert_eq!(order, wanted);
    let fetch = &rows[4];
    assert_eq!((fetch.touchpoints, fetch.required, fetch.tier_2, fetch.pains), (2, 2, 2, 1));
    assert_eq!((fetch.expected, fetch.lowest_expected, fetch.n_expected), (Some(0.125), Some(-0.25), 2));
    assert_eq!(fetch.owners, ["floor"]);
    assert_eq!((rows[0].expected, rows[0].n_expected), (None, 0));
}

/// Two versions of one blueprint are two maps.
#[test]
fn blueprints_of_one_id_stay_apart() {
    let [a, b] = documents();
    let after = a.clone();
    let atlas = Atlas::of([&a, &b, &after], Language::En);
    let shared = short(&atlas.shared());
    assert!(
        shared.contains(&"Event paid 4: a#1/eat/pay a#1/fetch/pay a#3/eat/pay a#3/fetch/pay".to_owned()),
        "{shared:#?}"
    );
    let pains = short(&atlas.pains());
    assert_eq!(pains[0], "Id slow 4: a#1/eat/seat a#1/fetch/pick a#3/eat/seat a#3/fetch/pick < ahead wok");
    assert_eq!(atlas.stages()[0].maps, 5);
    let alone = Atlas::of([&a, &a], Language::En).shared();
    assert!(alone.iter().any(|row| row.key == "view" && row.maps == 4), "{alone:#?}");
}

#[test]
fn tables_serialise() {
    let documents = documents();
    let json = serde_json::to_value(Atlas::of(&documents, Language::Zh).tables()).unwrap();
    assert_eq!(json["shared"][0]["by"], "event");
    assert_eq!(json["pains"][1]["places"][1]["blueprint"], "b");
    assert!(json["stages"][0]["expected"].is_null());
}
