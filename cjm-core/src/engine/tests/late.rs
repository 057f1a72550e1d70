//! `late: fire_if_valid`: what a late event does to each form of a rule, as if on time while every bound of its match
//! still lies after the frontier.

use super::complaints::Story;

const HEAD: &str = "
cjm: 1
id: t
zone: UTC
identities: [{ id: member }]
events: { cart: { order: optional text, n: optional int }, paid: { order: optional text, n: optional int }, view: {} }
";

/// What a rule makes of lines of one hour: `minute event ...`; lines out of order are late.
#[track_caller]
fn check(when: &str, lines: &str, wanted: &[&str]) {
    for (late, wanted) in [(", late: fire_if_valid", wanted), ("", &[])] {
        let rule = format!("rules: [{{ id: r, when: {{ {when} }}{late}, do: [{{ call: x }}] }}]");
        let mut story = Story::under(&format!("{HEAD}{rule}"));
        let mut told = Vec::new();
        let mut was_late = false;
        let mut last = "";
        for (n, line) in lines.split(", ").enumerate() {
            let (time, what) = line.split_once(' ').unwrap();
            was_late |= time < last;
            last = last.max(time);
            let day = "2026-03-01T";
            story = match what {
                "tick" => story.feed(&format!("tick {day}{time}")),
                _ => {
                    let (name, rest) = what.split_once(' ').unwrap_or((what, ""));
                    story.feed(&format!("{name} {day}{time} id={n} {rest}"))
                }
            };
            if was_late {
                told.extend(story.take());
            } else {
                story.take();
            }
        }
        if late.is_empty() && lines.contains("tick") {
            continue;
        }
        let short: Vec<&str> = told.iter().filter_map(|line| line.get(6..11)).collect();
        assert_eq!(short, wanted, "{when}; {lines}{late}");
    }
}

#[test]
fn a_late_start_of_a_wait_is_ended_by_what_came_after_it() {
    let when = "after: cart, without: { event: paid, where: event.n > 1 }, for: 30m, key: event.order";
    check(when, "10:10 paid order=a n=2, 10:20 view, 10:00 cart order=a, 11:00 tick", &[]);
    check(when, "10:10 paid order=b n=2, 10:20 view, 10:00 cart order=a, 11:00 tick", &["10:30"]);
    check(when, "10:10 paid order=a n=1, 10:20 view, 10:00 cart order=a, 11:00 tick", &["10:30"]);
    check(when, "09:50 paid order=a n=2, 10:20 view, 10:00 cart order=a, 11:00 tick", &["10:30"]);
    check(when, "10:31 view, 10:00 cart order=a, 11:00 tick", &[]);
    // it ends no wait but that one
    check(when, "10:05 cart order=a n=7, 10:20 view, 10:00 cart order=a, 11:00 tick", &["10:30"]);
}

#[test]
fn a_late_event_goes_on_with_a_sequence_that_has_not_gone_on() {
    let when = "sequence: [cart, paid], within: 1h, key: event.order";
    check(when, "10:00 cart order=a, 10:20 view, 10:10 paid order=a", &["10:10"]);
    check(when, "10:20 view, 10:10 cart order=a, 10:30 paid order=a", &["10:30"]);
    check(when, "10:00 cart order=a, 10:20 paid order=b, 10:10 paid order=a", &["10:10"]);
    // what came after it has moved the rule on
    check(when, "10:00 cart order=a, 10:20 paid order=a, 10:10 paid order=a", &[]);
    check(when, "10:20 paid order=a, 10:10 cart order=a, 10:15 view", &[]);
    // a bound has passed
    check(when, "10:00 cart order=a, 11:01 view, 10:59 paid order=a", &[]);
    check(when, "11:01 view, 10:00 cart order=a, 11:00 paid order=a", &[]);
    check(
        "sequence: [cart, { event: paid, gap: 5m }], within: 1h",
        "10:00 cart, 10:06 view, 10:05 paid",
        &[],
    );
    let barred = "sequence: [cart, { not: view }, paid], within: 1h";
    check(barred, "10:00 cart, 10:20 view, 10:10 paid", &[]);
}

#[test]
fn a_late_event_counts_while_the_window_is_open() {
    let when = "count: cart, at_least: 2, within: 1h";
    check(when, "10:00 cart, 10:20 view, 10:10 cart", &["10:10"]);
    // the total was reached without it
    check(when, "10:00 cart, 10:20 cart, 10:10 cart", &[]);
    check(&format!("{when}, fire: each"), "10:00 cart, 10:20 cart, 10:10 cart", &["10:10"]);
    // what it would count with has left the window
    check(when, "10:00 cart, 11:05 view, 10:30 cart", &[]);
    check(when, "10:00 cart, 10:20 cart, 12:00 view, 10:30 cart", &[]);
    let sum = "sum: cart.n, at_least: 5, within: 1h";
    check(sum, "10:00 cart n=2, 10:20 view, 10:10 cart n=3", &["10:10"]);
}

#[test]
fn a_plain_late_event_fires_at_its_own_time() {
    check("event: cart", "10:20 view, 10:10 cart", &["10:10"]);
}
