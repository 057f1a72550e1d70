//! Every form but sequences, by cases: the rule, what happens, what it tells. Instants stand exactly on bounds.

use super::story::{Story, at, check};
use crate::base::zone::Date;

#[test]
fn at_the_event() {
    check("event: a", "a0, b1, a2", "r@0: a1, r@2: a2");
    check("event: [a, b], where: event.n > 2", "a0 n=3, b1 n=2, b2 n=5", "r@0: a1, r@2: b2");
    // a condition that ends in an error does not hold
    check("event: a, where: event.n > 2", "a0, a1 n=x", "");
    check("event: a, key: event.k", "a0 k=x, a1, a2 k=y", "r@0 x: a1, r@2 y: a3");
}

#[test]
fn at_the_answer() {
    let answers = "q0 survey=nps n=3, q1 survey=ces n=3, q2 survey=nps n=9, q3 n=3";
    check("answer: nps, where: event.n <= 6", answers, "r@0: q1");
}

#[test]
fn when_something_does_not_come() {
    let rule = "after: a, without: b, for: 10s";
    for (events, expected) in [
        ("a0, tick 9", ""),
        ("a0, pass 10", ""),
        ("a0, tick 10", "r@10: a1"),
        ("a0, b9, tick 20", ""),
        // at the very deadline it still prevents; after it it is too late
        ("a0, b10, tick 20", ""),
        ("a0, b11, tick 20", "r@10: a1"),
        // at the same instant the order decides
        ("a5, b5, tick 20", ""),
        ("b5, a5, tick 20", "r@15: a1"),
        // a jump of time does not matter
        ("a0, tick 1000000", "r@10: a1"),
        // each wait gives one match
        ("a0, tick 10, tick 11, z12, tick 20", "r@10: a1"),
    ] {
        check(rule, events, expected);
    }
    check("after: a, without: b, for: 0s", "a5, b5, tick 9", "");
    check("after: a, without: b, for: 0s", "b5, a5, tick 5", "r@5: a1");
}

#[test]
fn a_second_start_while_one_waits() {
    let rule = |again: &str| format!("after: a, without: b, for: 10s, again: {again}");
    for (events, keep, restart, each) in [
        ("a0, a3, tick 30", "r@10: a1", "r@13: a2", "r@10: a1, r@13: a2"),
        ("a0, a10, tick 30", "r@10: a1", "r@20: a2", "r@10: a1, r@20: a2"),
        ("a0, a11, tick 30", "r@10: a1, r@21: a2", "r@10: a1, r@21: a2", "r@10: a1, r@21: a2"),
        ("a0, a3, b5, tick 30", "", "", ""),
        ("a0, b1, a3, tick 30", "r@13: a2", "r@13: a2", "r@13: a2"),
        ("a0, a0, tick 30", "r@10: a1", "r@10: a2", "r@10: a1, r@10: a2"),
    ] {
        check(&rule("keep"), events, keep);
        check(&rule("restart"), events, restart);
        check(&rule("each"), events, each);
    }
}

#[test]
fn absences_by_key_and_with_conditions() {
    let rule = "after: a, without: b, for: 10s, key: event.k";
    check(rule, "a0 k=x, a1 k=y, b2 k=x, b3, a4, tick 30", "r@11 y: a2");
    let lists =
        "after: [a, {event: c, where: event.n > 1}], without: [b, {event: d, where: event.n > 1}], for: 10s";
    check(lists, "c0 n=1, c1 n=2, d2 n=1, tick 30", "r@11: c2");
    check(lists, "c1 n=2, d2 n=2, a3, tick 30", "r@13: a1");
    // one event that is both first ends, then arms
    check("after: a, without: a, for: 10s", "a0, a5, a15, tick 30", "r@25: a3");
}

#[test]
fn what_is_taken_back_did_not_happen() {
    let rule = |again: &str| format!("after: a, without: b, for: 10s, again: {again}");
    for (events, keep, restart, each) in [
        ("a0, retract a1, tick 30", "", "", ""),
        ("a0, b5, retract b1, tick 30", "r@10: a1", "r@10: a1", "r@10: a1"),
        ("a0, b10, retract b1, tick 30", "r@10: a1", "r@10: a1", "r@10: a1"),
        ("a0, b5, b6, retract b1, tick 30", "", "", ""),
        ("a0, b5, b6, retract b1, retract b2, tick 30", "r@10: a1", "r@10: a1", "r@10: a1"),
        // what was due meanwhile stays away
        ("a0, b5, tick 10, retract b1, tick 30", "", "", ""),
        ("a0, b5, z11, retract b1, tick 30", "", "", ""),
        // the wait that opens again stands beside a younger one
        ("a0, b1, a2, retract b1, tick 30", "r@10: a1", "r@12: a2", "r@10: a1, r@12: a2"),
        ("a0, b1, a2, retract b1, retract a1, tick 30", "r@12: a2", "r@12: a2", "r@12: a2"),
        // more enders than are remembered: it never opens again
        (
            "a0, b1, b2, b3, b4, b5, retract b1, retract b2, retract b3, retract b4, retract b5, tick 30",
            "",
            "",
            "",
        ),
    ] {
        check(&rule("keep"), events, keep);
        check(&rule("restart"), events, restart);
        check(&rule("each"), events, each);
    }
}

#[test]
fn late_events() {
    let rule = "after: a, without: b, for: 10s";
    let hears = "after: a, without: b, for: 10s; late: fire_if_valid";
    check(rule, "z30, late a25, tick 40", "");
    check(hears, "z30, late a25, tick 40", "r@35: a1");
    check(hears, "z30, late a15, tick 40", "");
    check(rule, "a20, z30, late b22, tick 40", "r@30: a1");
    check(hears, "a20, z30, late b22, tick 40", "");
    check(hears, "a20, z30, late b20, tick 40", "r@30: a1");
    // the earlier start would have been the one that waits
    check(hears, "a20, z21, late a15, tick 40", "r@25: a2");
    check("event: a; late: fire_if_valid", "z30, late a25", "r@25: a1");
    check("event: a", "z30, late a25", "");
    check("count: a, at_least: 2, within: 10s; late: fire_if_valid", "a20, z30, late a21", "r@21: a2 +1");
}

#[test]
fn all_the_timers_a_customer_may_have() {
    let mut story = Story::of("after: a, without: b, for: 10s, again: each");
    story.others = 126;
    assert_eq!(story.feed("a0, a1, a2").say(), "too_many_waits r");
    assert_eq!(story.matcher.n_timers(), 2);
    assert_eq!(story.feed("tick 30").say(), "r@10: a1, r@11: a2");
    // moving a wait needs no room
    let mut story = Story::of("after: a, without: b, for: 10s, again: restart");
    story.others = 127;
    assert_eq!(story.feed("a0").say(), "");
    story.others = 500;
    assert_eq!(story.feed("a5, tick 30").say(), "r@15: a2");
    let mut story = Story::of("stay: s, for: 10s");
    story.others = 128;
    assert_eq!(story.feed("z0, enter s, tick 30").say(), "too_many_waits r");
    let many: String = (0..200).map(|n| format!("a{n}, ")).collect();
    let mut story = Story::of("after: a, without: b, for: 1h, again: each");
    assert_eq!(story.feed(&many).told.len(), 72);
    assert_eq!(story.matcher.n_timers(), 128);
}

#[test]
fn counts_over_a_window() {
    let rule = "count: a, at_least: 3, within: 10s";
    for (events, crossing, each) in [
        ("a0, a1", "", ""),
        ("a0, a1, a2, a3", "r@2: a3 +2", "r@2: a3 +2, r@3: a4 +3"),
        // the window is open at its old end
        ("a0, a1, a10", "", ""),
        ("a0, a1, a9", "r@9: a3 +2", "r@9: a3 +2"),
        ("a0, a1, a2, a20, a21, a22", "r@2: a3 +2, r@22: a6 +2", "r@2: a3 +2, r@22: a6 +2"),
        // what leaves at the very instant has left: below the bound, and up again
        ("a0, a1, a2, a10", "r@2: a3 +2, r@10: a4 +2", "r@2: a3 +2, r@10: a4 +2"),
        ("a0, a1, a2, a9, a10", "r@2: a3 +2", "r@2: a3 +2, r@9: a4 +3, r@10: a5 +3"),
        ("a0, a1, retract a1, a2", "", ""),
        ("a0, a0, a0", "r@0: a3 +2", "r@0: a3 +2"),
        ("a0, a1, tick 5, pass 7, a8", "r@8: a3 +2", "r@8: a3 +2"),
    ] {
        check(rule, events, crossing);
        check(&format!("{rule}, fire: each"), events, each);
    }
    check("count: a, at_least: 1, within: 10s", "a0, a5, a15", "r@0: a1, r@15: a3");
    check("count: a, at_least: 2, within: 10s, where: event.n > 1", "a0 n=1, a1 n=2, a2 n=3", "r@2: a3 +1");
    check("count: a, at_least: 2, within: 10s, key: event.k", "a0 k=x, a1 k=y, a2, a3 k=y", "r@3 y: a4 +1");
}

#[test]
fn sums_over_a_window() {
    let rule = "sum: a.n, at_least: 10, within: 10s";
    check(rule, "a0 n=4, a1, a2 n=6, a3 n=1", "r@2: a3 +1");
    check(&format!("{rule}, fire: each"), "a0 n=4, a1 n=x, a2 n=6, a3 n=1", "r@2: a3 +1, r@3: a4 +2");
    check(rule, "a0 n=10, a1 n=-5, a2 n=5", "r@0: a1, r@2: a3 +2");
    check(rule, "a0 n=10, a10 n=10", "r@0: a1, r@10: a2");
    check("sum: a.price, at_least: 1.5, within: 10s", "a0 price=0.75, a1 price=0.75", "r@1: a2 +1");
    check("sum: a.n, at_least: 2.5, within: 10s", "a0 n=2, a1 price=3, a2 n=1", "r@2: a3 +1");
}

#[test]
fn windows_beyond_their_bounds() {
    let keys: String = (0..66).map(|n| format!("a{n} k=k{n}, ")).collect();
    let mut story = Story::of("count: a, at_least: 2, within: 1h, key: event.k");
    assert_eq!(story.feed(&keys).say(), "gave_way r 1, gave_way r 1");
    assert_eq!(story.feed("a100 k=k2, a101 k=k0").say(), "r@100 k2: a67 +1, gave_way r 1");
    // 400 events: the count stays exact, the oldest are folded
    let many: String = (0..400).map(|n| format!("a{n}, ")).collect();
    let mut story = Story::of("count: a, at_least: 300, within: 1h");
    story.feed(&many);
    assert_eq!(story.found.len(), 1);
    assert_eq!(story.found[0].due, at(299));
    let mut story = Story::of("sum: a.n, at_least: 350, within: 1h");
    story.feed(&many.replace(',', " n=1,"));
    assert_eq!(story.found.len(), 1);
    assert_eq!(story.found[0].due, at(349));
    // what is older than the bound of a count needs is forgotten, and does not matter
    let mut story = Story::of("count: a, at_least: 2, within: 1h, fire: each");
    story.feed(&many);
    assert_eq!(story.found.len(), 399);
    let bytes = postcard::to_stdvec(&story.matcher).unwrap().len();
    assert!(bytes < 600, "{bytes} bytes");
}

#[test]
fn at_the_moment() {
    for what in ["enter", "leave", "back"] {
        check(&format!("{what}: s"), &format!("z0, {what} s, {what} t"), "r@0: z1");
    }
    check("skip: s", "z0, skip s, enter s", "r@0: z1");
    check("reached: j", "z0, reached j, abandoned j", "r@0: z1");
    check("abandoned: j", "z0, completed j, reached j, abandoned j", "r@0: z1");
    // by event, and by time alone
    check("becomes: s", "z0, becomes s, becomes t, becomes s@9", "r@0: z1, r@9");
    check("joins: s", "z0, joins s, quits s", "r@0: z1");
    check("quits: s", "z0, joins s, quits s@5", "r@5");
    // under a key what has none takes no part
    check("becomes: s; key: event.k", "z0 k=x, becomes s, becomes s@9", "r@0 x: z1");
}

#[test]
fn a_stay() {
    let rule = "stay: s, for: 10s";
    for (events, expected) in [
        ("z0, enter s, tick 10", "r@10: z1"),
        ("z0, enter t, tick 30", ""),
        ("z0, enter s, z9, leave s, tick 30", ""),
        ("z0, enter s, z10, leave s, tick 30", ""),
        ("z0, enter s, z11, leave s, tick 30", "r@10: z1"),
        ("z0, enter s, z5, leave s, z6, enter s, tick 30", "r@16: z3"),
        ("z0, enter s, z5, completed a, tick 30", ""),
        ("z0, enter s, z5, completed b, tick 30", "r@10: z1"),
        ("z0, enter s, retract z1, tick 30", ""),
    ] {
        check(rule, events, expected);
    }
}

#[test]
fn at_a_civil_time() {
    // 08:00 in Shanghai is midnight of 1 January 1970 in UTC
    let mut story = Story::of("every: 'day 08:01', segment: s");
    story.person.zone = crate::Zone::named("Asia/Shanghai").unwrap();
    assert_eq!(story.feed("z0").schedule().feed("tick 60").say(), "r@60");
    assert_eq!(story.feed("tick 60, tick 86459").say(), "");
    assert_eq!(story.feed("tick 86460").say(), "r@86460");
    // quitting and joining again on the day it came gives no second one
    story.person.member = false;
    assert_eq!(story.schedule().feed("tick 172860").say(), "");
    story.person.member = true;
    assert_eq!(story.schedule().feed("tick 172861").say(), "");
    assert_eq!(story.feed("tick 432060").say(), "r@259260, r@345660, r@432060");
    // another zone reaches the same day later: it came already
    story.person.zone = crate::Zone::named("America/New_York").unwrap();
    assert_eq!(story.schedule().matcher.next_due(), Some(at(432_060 + 24 * 3_600 + 13 * 3_600)));
    let mut story = Story::of("date: customer.born, before: 3d, at: '00:00'");
    assert_eq!(story.feed("z0").schedule().feed("tick 1000000").say(), "");
    story.person.born = Date::new(1960, 1, 15);
    assert_eq!(story.schedule().feed("tick 100000000").say(), "r@32486400, r@64022400, r@95644800");
}

#[test]
fn a_customer_of_whom_nothing_is_remembered_costs_a_pointer() {
    assert_eq!(size_of::<super::super::Matcher>(), size_of::<usize>());
    for (rule, events) in [
        ("event: a", "a0, b1"),
        ("after: a, without: b, for: 10s", "b0"),
        ("after: a, without: b, for: 10s", "a0, b1, tick 10"),
        ("sequence: [a, b], within: 10s", "a0, b1"),
        ("sequence: [a, b], within: 10s", "b0, a1, tick 11"),
        ("sequence: [a, b], within: 10s, order: strict", "a0, c1"),
        ("count: a, at_least: 3, within: 10s", "a0, tick 10"),
        ("stay: s, for: 10s", "z0, enter s, z1, leave s"),
    ] {
        assert!(Story::of(rule).feed(events).matcher.is_empty(), "{rule} on {events}");
    }
}
