//! Sequences by cases.

use super::story::{Story, check};

/// `a b` on a c b1 b2 and `b+ c` on b1 b2 b3 c, as the documentation of Flink CEP has them.
#[test]
fn as_flink_has_it() {
    check("sequence: [a, b], within: 1h, order: strict", "a0, c1, b2, b3", "");
    check("sequence: [a, b], within: 1h, order: relaxed", "a0, c1, b2, b3", "r@2: a1 b1");
    let rule = "sequence: [{event: b, as: b, times: [1, null]}, c], within: 1h; skip: ";
    let events = "b0, b1, b2, c3";
    for order in ["relaxed", "strict"] {
        let rule = rule.replace("within", &format!("order: {order}, within"));
        let all = "r@3: b1 b2 b3 c1, r@3: b2 b3 c1, r@3: b3 c1";
        check(&format!("{rule}no_skip"), events, all);
        check(&format!("{rule}to_next"), events, all);
        check(&format!("{rule}past_last_event"), events, "r@3: b1 b2 b3 c1");
        check(&format!("{rule}{{to_last: b}}"), events, "r@3: b1 b2 b3 c1, r@3: b3 c1");
    }
}

#[test]
fn other_events_may_stand_between() {
    let rule = "sequence: [a, b, c], within: 10s";
    check(rule, "a0, x1, b2, x3, c4", "r@4: a1 b1 c1");
    check(rule, "b0, a1, c2, b3", "");
    check(rule, "a0, b0, c0", "r@0: a1 b1 c1");
    check(rule, "c0, b0, a0", "");
    // the bound counts from the first event and is part of it
    check(rule, "a0, b5, c10", "r@10: a1 b1 c1");
    check(rule, "a0, b5, c11", "");
    check(rule, "a0, b5, b10, c10", "r@10: a1 b1 c1");
    check("sequence: [a, b], within: 10s; skip: no_skip", "a0, a5, b12", "r@12: a2 b1");
    check("sequence: [a], within: 10s", "a0, a1", "r@0: a1, r@1: a2");
}

#[test]
fn where_matching_goes_on() {
    let rule = |skip: &str| {
        format!("sequence: [{{event: a, as: a}}, {{event: b, as: b}}], within: 1h; skip: {skip}")
    };
    for (events, past, next, all, to_a) in [
        (
            "a0, a1, b2",
            "r@2: a1 b1",
            "r@2: a1 b1, r@2: a2 b1",
            "r@2: a1 b1, r@2: a2 b1",
            "r@2: a1 b1, r@2: a2 b1",
        ),
        ("a0, b1, b2", "r@1: a1 b1", "r@1: a1 b1", "r@1: a1 b1", "r@1: a1 b1"),
        (
            "a0, b1, a2, b3",
            "r@1: a1 b1, r@3: a2 b2",
            "r@1: a1 b1, r@3: a2 b2",
            "r@1: a1 b1, r@3: a2 b2",
            "r@1: a1 b1, r@3: a2 b2",
        ),
    ] {
        check(&rule("past_last_event"), events, past);
        check(&rule("to_next"), events, next);
        check(&rule("no_skip"), events, all);
        check(&rule("{to_last: a}"), events, to_a);
    }
    // a match that completes first is a match, also when an earlier beginning still waits
    let look = "sequence: [{event: a, as: a}, {event: b, where: event.n > last.a.n}], within: 1h";
    check(look, "a0 n=10, a1 n=5, b2 n=7, b3 n=12", "r@2: a2 b1");
    check(&format!("{look}; skip: no_skip"), "a0 n=10, a1 n=5, b2 n=7, b3 n=12", "r@2: a2 b1, r@3: a1 b2");
    // a step that took nothing skips nothing
    let missing = "sequence: [a, {event: b, as: b, optional: true}, c], within: 1h; skip: {to_last: b}";
    check(missing, "a0, a1, c2", "r@2: a1 c1, r@2: a2 c1");
}

#[test]
fn strict_is_the_next_event_that_has_the_key() {
    let rule = "sequence: [a, b], within: 1h, order: strict";
    check(rule, "a0, b1, a2, z3, b4, a5, a6, b7", "r@1: a1 b1, r@7: a4 b3");
    let keyed = "sequence: [a, b], within: 1h, order: strict, key: event.k";
    check(keyed, "a0 k=x, c1 k=y, b2 k=x", "r@2 x: a1 b1");
    check(keyed, "a0 k=x, c1 k=x, b2 k=x", "");
    check(keyed, "a0 k=x, c1, b2 k=x", "r@2 x: a1 b1");
    check("sequence: [a, b], within: 1h, key: event.k", "a0 k=x, b1 k=y, b2, b3 k=x", "r@3 x: a1 b3");
}

#[test]
fn conditions_look_back() {
    let rule = "sequence: [{event: a, as: s}, {event: b, where: event.n > last.s.n}], within: 1h";
    check(rule, "a0 n=5, b1 n=3, b2 n=7", "r@2: a1 b2");
    check(rule, "a0, b1 n=3", "");
    let rising = "sequence: [{event: a, as: a, times: [3, null], where: 'last.a.n == null || event.n > last.a.n'}], within: 1h";
    check(rising, "a0 n=1, a1 n=5, a2 n=2, a3 n=7", "r@3: a1 a2 a4");
    check(&format!("{rising}, order: strict"), "a0 n=1, a1 n=5, a2 n=2, a3 n=7, a4 n=8", "r@4: a3 a4 a5");
    let first =
        "sequence: [{event: a, as: a, times: [2, 3]}, {event: b, where: event.n == first.a.n}], within: 1h";
    check(first, "a0 n=1, a1 n=2, b2 n=2, b3 n=1", "r@3: a1 a2 b2");
}

#[test]
fn repeats_and_optional_steps() {
    let optional = "sequence: [a, {event: b, optional: true}, c], within: 1h";
    check(optional, "a0, c1", "r@1: a1 c1");
    check(optional, "a0, b1, b2, c3", "r@3: a1 b1 c1");
    check(&format!("{optional}, order: strict"), "a0, b1, b2, c3", "");
    let first = "sequence: [{event: a, optional: true}, b], within: 1h";
    check(first, "a0, b1, b2", "r@1: a1 b1, r@2: b2");
    check(&format!("{first}; skip: no_skip"), "a0, b1", "r@1: a1 b1, r@1: b1");
    let times = "sequence: [{event: a, times: [2, 3]}, b], within: 1h; skip: no_skip";
    check(times, "a0, a1, a2, a3, b4", "r@4: a1 a2 a3 b1, r@4: a2 a3 a4 b1, r@4: a3 a4 b1");
    check(
        "sequence: [a, {event: b, times: [2, 3], optional: true}, c], within: 1h",
        "a0, b1, c2, b3, c4",
        "r@4: a1 b1 b2 c2",
    );
    // what may come, but need not, does not keep a match back
    check("sequence: [a, {event: b, times: [2, 5]}], within: 1h", "a0, b1, b2, b3", "r@2: a1 b1 b2");
    check("sequence: [a, {event: b, optional: true}], within: 1h", "a0, b1", "r@0: a1");
    // the same event name twice
    check("sequence: [a, a], within: 1h", "a0, a1, a2, a3", "r@1: a1 a2, r@3: a3 a4");
}

#[test]
fn greedy_and_reluctant() {
    let rule = "sequence: [a, {event: [b, c], times: [0, null]}, c], within: 1h";
    let reluctant = rule.replace("null]", "null], reluctant: true");
    check(rule, "a0, b1, c2, c3", "");
    check(&reluctant, "a0, b1, c2, c3", "r@2: a1 b1 c1");
    let once = "sequence: [a, {event: [b, c], optional: true}, c], within: 1h";
    check(once, "a0, c1, c2", "r@2: a1 c1 c2");
    check(&once.replace("true", "true, reluctant: true"), "a0, c1, c2", "r@1: a1 c1");
    let at_most = "sequence: [a, {event: [b, c], times: [1, 2]}, c], within: 1h";
    check(at_most, "a0, b1, c2, c3", "r@3: a1 b1 c1 c2");
}

#[test]
fn what_must_not_come() {
    let rule = "sequence: [a, {not: c}, b], within: 1h";
    check(rule, "a0, b1", "r@1: a1 b1");
    check(rule, "c0, a1, b2", "r@2: a1 b1");
    check(rule, "a0, c1, b2", "");
    check(rule, "a0, c1, a2, b3", "r@3: a2 b1");
    let look = "sequence: [{event: a, as: s}, {not: c, where: event.n > last.s.n}, b], within: 1h";
    check(look, "a0 n=3, c1 n=2, b2", "r@2: a1 b1");
    check(look, "a0 n=3, c1 n=4, b2", "");
    // a repeat that takes another event opens the way again
    let repeat = "sequence: [{event: a, times: [1, null]}, {not: c}, b], within: 1h";
    check(repeat, "a0, c1, b2", "");
    check(repeat, "a0, c1, a2, b3", "r@3: a1 a2 b1");
    check(
        "sequence: [{event: a, times: [2, 2]}, {not: c}, b], within: 1h",
        "a0, c1, a2, b3",
        "r@3: a1 a2 b1",
    );
    // past an optional step both must hold
    let before = "sequence: [a, {not: c}, {event: b, optional: true}, d], within: 1h";
    check(before, "a0, c1, b2, d3", "");
    check(before, "a0, b1, c2, d3", "r@3: a1 b1 d1");
    let behind = "sequence: [a, {event: b, optional: true}, {not: c}, d], within: 1h";
    check(behind, "a0, c1, d2", "");
    check(behind, "a0, c1, b2, d3", "r@3: a1 b1 d1");
    // an event that must not come does not serve as the next step either
    check("sequence: [a, {not: b, where: event.n > 1}, b], within: 1h", "a0, b1 n=2, b2 n=1", "");
    check("sequence: [a, {not: b, where: event.n > 1}, b], within: 1h", "a0, b1 n=1", "r@1: a1 b1");
}

#[test]
fn gaps() {
    let rule = "sequence: [a, {event: b, gap: 5s}, c], within: 1h";
    check(rule, "a0, b5, c99", "r@99: a1 b1 c1");
    check(rule, "a0, b6, c99", "");
    let repeat = "sequence: [{event: a, times: [1, null], gap: 5s}, b], within: 1h; skip: no_skip";
    check(repeat, "a0, a5, b7", "r@7: a1 a2 b1, r@7: a2 b1");
    check(repeat, "a0, a6, b7", "r@7: a1 b1, r@7: a2 b1");
}

#[test]
fn partial_matches_beyond_their_bounds() {
    let rule = "sequence: [a, b], within: 1h; skip: no_skip";
    let many: String = (0..18).map(|n| format!("a{n}, ")).collect();
    let mut story = Story::of(rule);
    assert_eq!(story.feed(&many).say(), "gave_way r 1, gave_way r 1");
    assert_eq!(story.feed("b20").found.len(), 16);
    assert_eq!(&*story.found[0].events[0].id, "a3");
    // those that can not complete any more do not take up room
    let mut story = Story::of("sequence: [a, {event: b, gap: 3s}], within: 1h; skip: no_skip");
    assert_eq!(story.feed(&many).say(), "");
    let long: String = (1..300).map(|n| format!("b{n}, ")).collect();
    let mut story = Story::of("sequence: [a, {event: b, times: [1, null]}, c], within: 1h");
    assert_eq!(story.feed(&format!("a0, {long} c300")).say(), "gave_way r 1");
    let keys: String = (0..66).map(|n| format!("a{n} k=k{n}, ")).collect();
    let mut story = Story::of("sequence: [a, b], within: 1h, key: event.k");
    assert_eq!(story.feed(&keys).say(), "gave_way r 1, gave_way r 1");
    assert_eq!(story.feed("b99 k=k1, b99 k=k2").say(), "r@99 k2: a3 b2");
    // keys whose partial matches are over do not take up room
    let mut story = Story::of("sequence: [a, b], within: 10s, key: event.k");
    assert_eq!(story.feed(&keys).say(), "");
}

#[test]
fn what_is_taken_back_is_forgotten() {
    let rule = "sequence: [a, b, c], within: 1h";
    check(rule, "a0, b1, retract b1, c2, b3, c4", "r@4: a1 b2 c2");
    check(rule, "a0, b1, retract a1, c2", "");
    check(rule, "a0, retract z9, b1, c2", "r@2: a1 b1 c1");
    let repeat = "sequence: [{event: b, times: [1, null]}, c], within: 1h";
    check(repeat, "b0, b1, b2, retract b2, c3", "r@3: b1 b3 c1");
    check(repeat, "b0, b1, b2, retract b1, c3", "r@3: b2 b3 c1");
    let two = "sequence: [a, {event: b, times: [2, 2]}, c, d], within: 1h";
    check(two, "a0, b1, b2, c3, retract b1, d4, b5, c6, d7", "");
    check(two, "a0, b1, b2, c3, retract b2, d4, b5, c6, d7", "r@7: a1 b1 b3 c2 d2");
}

#[test]
fn the_oldest_partial_match_goes_first_when_room_is_needed() {
    let mut story = Story::of("sequence: [a, b], within: 1h; skip: no_skip");
    story.feed("a0, a1, a2");
    assert_eq!(story.matcher.shed(), Some(0));
    assert_eq!(story.feed("b3").say(), "r@3: a2 b1, r@3: a3 b1");
    assert_eq!(story.matcher.shed(), None);
    let mut story = Story::of("after: a, without: b, for: 10s");
    assert_eq!(story.feed("a0").matcher.shed(), None);
}
