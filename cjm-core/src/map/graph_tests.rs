//! Tests of the graph: small maps by hand, random maps against the definition, hostile maps.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::sample::{dine_in, flow, journey, names};
use super::*;
use crate::ErrorCode;
use crate::blueprint::model::{EventMatch, Flow, Journey};

fn at(map: &Map, id: &str) -> Option<TouchpointPos> {
    Some(map.position(id).unwrap_or_else(|| panic!("no `{id}`")))
}

fn ids<'a>(map: &'a Map, positions: impl IntoIterator<Item = &'a TouchpointPos>) -> Vec<&'a str> {
    positions.into_iter().map(|p| map.touchpoint_id(*p)).collect()
}

/// Each row: from (`-` is the start), to, allowed, required ones passed over.
#[track_caller]
fn check(journey: &Journey, rows: &[(&str, &str, bool, &[&str])]) {
    let map = Map::new(journey).unwrap();
    for (from, to, allowed, passed) in rows {
        let source = if *from == "-" { None } else { at(&map, from) };
        let target = at(&map, to).unwrap();
        assert_eq!(map.allows(source, target), *allowed, "{from} > {to}");
        assert_eq!(ids(&map, map.required_between(source, target).iter()), *passed, "{from} > {to}");
    }
}

#[test]
fn document_order() {
    check(
        &journey("a b? | c- d* e | f"),
        &[
            ("-", "a", true, &[]),
            ("-", "b", false, &["a"]),
            ("a", "b", true, &[]),
            ("a", "d", true, &[]),
            ("a", "e", false, &["d"]),
            ("a", "f", false, &["d", "e"]),
            ("d", "d", true, &[]),
            ("e", "d", true, &[]),
            ("f", "d", false, &[]),
            ("e", "e", false, &[]),
            ("b", "a", false, &[]),
        ],
    );
}

#[test]
fn a_trip_starts_where_an_enter_event_lands() {
    let mut j = journey("a b | c");
    j.enter = names("c b");
    check(&j, &[("-", "a", false, &[]), ("-", "b", true, &[]), ("-", "c", true, &[]), ("b", "c", true, &[])]);
}

#[test]
fn a_listed_flow_says_all() {
    let mut j = journey("a b* | c- d? | e f");
    j.flow = flow("a > b c, b > e, c > d, d > e, e > a");
    j.enter = names("a");
    check(
        &j,
        &[
            ("-", "a", true, &[]),
            ("-", "b", false, &["a"]),
            ("a", "b", true, &[]),
            ("a", "d", true, &[]),
            ("b", "b", false, &[]),
            ("a", "e", false, &[]),
            ("d", "e", true, &[]),
            ("e", "a", true, &[]),
            ("b", "a", false, &["e"]),
            ("e", "b", false, &["a"]),
            ("a", "f", false, &[]),
        ],
    );
}

#[test]
fn silent_touchpoints_are_walked_through_even_in_circles() {
    let mut j = journey("a s- t- u- b");
    j.flow = flow("a > s, s > t, t > s u, u > s b");
    check(&j, &[("a", "b", true, &[]), ("-", "a", true, &[]), ("b", "a", false, &[])]);
    let mut j = journey("s- a t-");
    j.flow = flow("s > a, a > t");
    let map = Map::new(&j).unwrap();
    let a = at(&map, "a").unwrap();
    assert!(map.may_start(a) && map.may_end(a));
    assert_eq!(map.shortest_path_len(), Some(1));
}

#[test]
fn where_a_trip_may_end_and_what_it_then_lacks() {
    let check = |j: &Journey, id: &str, lacks: &[&str]| {
        let map = Map::new(j).unwrap();
        let p = at(&map, id).unwrap();
        assert_eq!(ids(&map, map.required_after(p).iter()), lacks, "{id}");
        assert_eq!(map.may_end(p), lacks.is_empty(), "{id}");
    };
    let mut j = journey("a b | c d?");
    check(&j, "a", &["b", "c"]);
    check(&j, "c", &[]);
    j.exit = Some(EventMatch { event: names("a"), ..EventMatch::default() });
    check(&j, "a", &[]);
    let mut j = journey("a b c d");
    j.flow = flow("a > b c, b > d, c > d");
    check(&j, "a", &["d"]);
    check(&j, "d", &[]);
    j.goal = Some(EventMatch { event: names("b"), ..EventMatch::default() });
    check(&j, "b", &[]);
    check(&j, "c", &["d"]);
}

#[test]
fn the_shortest_walk() {
    for (text, length) in [
        ("a b? c- d", Some(2)),
        ("a? b?", Some(1)),
        ("s- a?", Some(1)),
        ("s-", Some(0)),
        ("", Some(0)),
        ("a | b | c*", Some(3)),
    ] {
        assert_eq!(Map::new(&journey(text)).unwrap().shortest_path_len(), length, "{text}");
    }
    assert_eq!(Map::new(&dine_in()).unwrap().shortest_path_len(), Some(5));
    let mut j = journey("a b c");
    j.flow = flow("a > b, b > a, c > c");
    j.enter = names("a");
    assert_eq!(Map::new(&j).unwrap().shortest_path_len(), None, "no way out of a and b");
}

#[test]
fn takers_come_with_where_first() {
    let mut j = journey("a:x b:x c:y");
    j.stages[0].touchpoints[1].where_ = Some(Default::default());
    let map = Map::new(&j).unwrap();
    assert_eq!(ids(&map, map.takers("x")), ["b", "a"]);
    assert!(map.takers("z").is_empty());
}

#[test]
fn hostile_maps_are_handled_or_refused() {
    let chain = |n: usize| journey(&(0..n).map(|i| format!("t{i}")).collect::<Vec<_>>().join(" | "));
    assert_eq!(Map::new(&chain(100_001)).unwrap_err().code(), ErrorCode::Limit);
    let map = Map::new(&chain(10_000)).unwrap();
    assert_eq!(map.shortest_path_len(), Some(10_000));
    assert_eq!(map.required_between(None, at(&map, "t9999").unwrap()).len(), 9_999);

    let all_optional = journey(&(0..10_000).map(|i| format!("t{i}?*")).collect::<Vec<_>>().join(" "));
    let map = Map::new(&all_optional).unwrap();
    assert!(map.allows(at(&map, "t9999"), at(&map, "t0").unwrap()));
    assert_eq!(map.shortest_path_len(), Some(1));

    for mark in ["", "-"] {
        let id = |i: usize| format!("t{i}{mark}");
        let mut complete = journey(&(0..200).map(id).collect::<Vec<_>>().join(" "));
        let to = names(&(0..200).map(|i| format!("t{i}")).collect::<Vec<_>>().join(" "));
        let step = |i| Flow { from: format!("t{i}"), to: to.clone(), ..Flow::default() };
        complete.flow = Some((0..200).map(step).collect());
        let map = Map::new(&complete).unwrap();
        assert!(map.allows(at(&map, "t0"), at(&map, "t199").unwrap()));
        assert_eq!(map.successors(at(&map, "t7")).count(), 200);
    }
    let mut twins = journey("a a b");
    twins.flow = flow("a > b, ghost > a, a > ghost");
    let map = Map::new(&twins).unwrap();
    assert_eq!(map.position("a").map(TouchpointPos::index), Some(0));
    assert_eq!(Map::new(&Journey::default()).unwrap().n_touchpoints(), 0);
}

/// What the design says, word by word, without tables.
fn naive(journey: &Journey, from: Option<usize>, to: usize) -> bool {
    let all: Vec<_> = journey
        .stages
        .iter()
        .enumerate()
        .flat_map(|(n, s)| s.touchpoints.iter().map(move |t| (n, t)))
        .collect();
    let skippable =
        |range: std::ops::Range<usize>| all[range].iter().all(|(_, t)| t.optional || t.event.is_empty());
    let enters = |i: usize| all[i].1.event.iter().any(|e| journey.enter.contains(e));
    match from {
        None if (0..all.len()).any(enters) => enters(to),
        None => skippable(0..to),
        Some(from) => {
            (from < to && skippable(from + 1..to)) || (all[to].1.repeat && all[from].0 == all[to].0)
        }
    }
}

/// Walks of a flow by hand: through touchpoints without event only.
fn naive_flow(journey: &Journey, from: usize, to: usize) -> bool {
    let all: Vec<_> = journey.stages.iter().flat_map(|s| &s.touchpoints).collect();
    let next = |i: usize| -> Vec<usize> {
        let steps = journey.flow.iter().flatten().filter(|f| f.from == all[i].id);
        steps.flat_map(|f| f.to.iter()).filter_map(|id| all.iter().position(|t| t.id == id)).collect()
    };
    let (mut met, mut open) = (BTreeSet::new(), next(from));
    while let Some(i) = open.pop() {
        if met.insert(i) && all[i].event.is_empty() {
            open.extend(next(i));
        }
    }
    met.contains(&to)
}

fn random_journey() -> impl Strategy<Value = Journey> {
    let marks = prop::sample::select(vec!["", "?", "*", "-", "?*", "-*"]);
    let stages = prop::collection::vec(prop::collection::vec(marks, 0..4), 1..5);
    (stages, prop::collection::vec(0_usize..12, 0..3)).prop_map(|(stages, enter)| {
        let mut n = 0;
        let mut id = |mark: &&str| {
            n += 1;
            format!("t{}{mark}", n - 1)
        };
        let text: Vec<String> =
            stages.iter().map(|s| s.iter().map(&mut id).collect::<Vec<_>>().join(" ")).collect();
        let mut j = journey(&text.join("|"));
        j.enter = names(&enter.iter().map(|n| format!("t{n}")).collect::<Vec<_>>().join(" "));
        j
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn successions_agree_with_the_definition(j in random_journey()) {
        let map = Map::new(&j).unwrap();
        for to in map.positions() {
            prop_assert_eq!(map.allows(None, to), naive(&j, None, to.index()), "start > {}", to.index());
            for from in map.positions() {
                let allowed = naive(&j, Some(from.index()), to.index());
                prop_assert_eq!(map.allows(Some(from), to), allowed, "{} > {}", from.index(), to.index());
                prop_assert!(!allowed || map.required_between(Some(from), to).is_empty());
            }
        }
    }

    #[test]
    fn flows_agree_with_the_definition(
        j in random_journey(),
        steps in prop::collection::vec((0_usize..14, 0_usize..14), 0..40),
    ) {
        let mut j = j;
        let step = |(a, b): &(usize, usize)| Flow { from: format!("t{a}"), to: names(&format!("t{b}")), ..Flow::default() };
        j.flow = Some(steps.iter().map(step).collect());
        let map = Map::new(&j).unwrap();
        for (from, to) in map.positions().flat_map(|a| map.positions().map(move |b| (a, b))) {
            prop_assert_eq!(map.allows(Some(from), to), naive_flow(&j, from.index(), to.index()));
        }
    }

    #[test]
    fn the_graph_and_the_tables_agree(j in random_journey()) {
        // A walk of allowed steps from a start to an end, of the length that the graph says is the shortest.
        let map = Map::new(&j).unwrap();
        let mut layer: BTreeSet<_> = map.positions().filter(|p| map.has_event(*p) && map.may_start(*p)).collect();
        let mut met = layer.clone();
        let mut found = None;
        for length in 1..=map.n_touchpoints() {
            if layer.iter().any(|p| map.may_end(*p)) {
                found = u32::try_from(length).ok();
                break;
            }
            layer = layer.iter().flat_map(|p| map.successors(Some(*p))).filter(|p| map.has_event(*p)).collect();
            layer.retain(|p| met.insert(*p));
        }
        let silent = map.positions().all(|p| !map.has_event(p));
        prop_assert_eq!(map.shortest_path_len(), if silent { Some(0) } else { found });
    }
}
