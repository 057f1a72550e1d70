//! Caps and cool-downs by cases: what was made, what is asked, which cap stands in the way.

use super::super::*;
use super::{at, zone};
use crate::base::time::Duration;
use crate::base::zone::Zone;
use crate::blueprint::model::Period;

const SMS: Option<u32> = Some(1);
const MARKETING: Option<u32> = Some(0);

fn cap(at_most: u32, span: Span, channel: Option<u32>, purpose: Option<u32>) -> CapSpec {
    CapSpec { at_most, span, channel, purpose }
}

fn rolling(text: &str) -> Span {
    Span::Rolling(Duration::parse(text).unwrap())
}

/// Rules: 0 plain, 1 once a day, 2 counts not, 3 obeys not but once in 7 days, 4 none on SMS.
fn limits() -> Limits {
    let rule = RuleLimits::default;
    Limits {
        rules: vec![
            rule(),
            RuleLimits { caps: vec![cap(1, Span::Calendar(Period::Day), None, None)], ..rule() },
            RuleLimits { counts: false, caps: vec![cap(2, rolling("1d"), None, None)], ..rule() },
            RuleLimits { obeys: false, caps: vec![cap(1, rolling("7d"), None, None)], ..rule() },
            RuleLimits { caps: vec![cap(0, rolling("1d"), SMS, None)], ..rule() },
        ],
        outreach: vec![
            cap(3, Span::Calendar(Period::Week), None, None),
            cap(2, Span::Calendar(Period::Month), None, MARKETING),
            cap(1, rolling("2d"), SMS, None),
        ],
    }
}

/// A line is `TIME RULE CHANNEL PURPOSE`, `-` for none, perhaps with `held`; times in Shanghai.
fn entry(line: &str, number: u8, limits: &Limits) -> Use {
    let words: Vec<&str> = line.split_whitespace().collect();
    let place = |text: &str| text.parse::<u32>().ok();
    let to = Contact { rule: place(words[1]).unwrap(), channel: 0, purpose: place(words[3]) };
    let due = at(words[0], &zone("Asia/Shanghai"));
    let made = Use::made(due, DecisionId::from_bytes([number; 16]), to, limits);
    Use { channel: place(words[2]), held_out: words.get(4) == Some(&"held"), ..made }
}

/// What of `made` (lines apart by `;`) stands in the way of the last of them.
fn check(lines: &str, expected: Option<CapPlace>) {
    let limits = limits();
    let lines: Vec<&str> = lines.split(';').collect();
    let mut usage = Usage::default();
    for (number, line) in (0..).zip(&lines[..lines.len() - 1]) {
        usage.use_up(&limits, entry(line, number, &limits));
    }
    let asked = entry(lines[lines.len() - 1], 255, &limits);
    let to = Contact { rule: asked.rule, channel: asked.channel.unwrap(), purpose: asked.purpose };
    let found = limits.reached(&usage, to, asked.at, &zone("Asia/Shanghai"));
    assert_eq!(found, expected, "{lines:?}");
    // what is forgotten was looked at by nobody
    usage.prune(&limits, asked.at);
    assert_eq!(limits.reached(&usage, to, asked.at, &zone("Asia/Shanghai")), expected, "pruned {lines:?}");
}

#[test]
fn shared_caps() {
    let (week, month, sms) =
        (Some(CapPlace::Outreach(0)), Some(CapPlace::Outreach(1)), Some(CapPlace::Outreach(2)));
    // 2026-03-02 is a Monday
    check("2026-03-02T00:00 0 0 1", None);
    check(
        "2026-03-02T00:00 0 0 1; 2026-03-04T00:00 0 0 1; 2026-03-08T23:59 0 0 1; 2026-03-08T23:59:59 0 0 1",
        week,
    );
    check(
        "2026-03-02T00:00 0 0 1; 2026-03-04T00:00 0 0 1; 2026-03-08T23:59 0 0 1; 2026-03-09T00:00 0 0 1",
        None,
    );
    check(
        "2026-03-01T23:59 0 0 1; 2026-03-04T00:00 0 0 1; 2026-03-08T23:59 0 0 1; 2026-03-08T23:59:59 0 0 1",
        None,
    );
    check("2026-03-01T00:00 0 0 0; 2026-03-15T00:00 0 2 0; 2026-03-31T23:59 0 0 0", month);
    check("2026-03-01T00:00 0 0 0; 2026-03-15T00:00 0 2 0; 2026-03-31T23:59 0 0 1", None);
    check("2026-03-01T00:00 0 0 0; 2026-03-15T00:00 0 2 0; 2026-03-31T23:59 0 0 -", None);
    check("2026-03-01T00:00 0 0 0; 2026-03-15T00:00 0 2 0; 2026-04-01T00:00 0 0 0", None);
    check("2025-03-01T00:00 0 0 0; 2025-03-15T00:00 0 2 0; 2026-03-31T23:59 0 0 0", None);
    check("2026-03-03T12:00 0 1 1; 2026-03-05T11:59:59.999999 0 1 1", sms);
    check("2026-03-03T12:00 0 1 1; 2026-03-05T12:00 0 1 1", None);
    check("2026-03-03T12:00 0 1 1; 2026-03-03T12:00 0 1 1", sms);
    // later ones stand in a period, but not in a window that is over
    check("2026-03-03T12:00 0 1 1; 2026-03-03T11:59 0 1 1", None);
    check(
        "2026-03-08T12:00 0 0 1; 2026-03-08T13:00 0 0 1; 2026-03-08T14:00 0 0 1; 2026-03-02T11:59 0 0 1",
        week,
    );
}

#[test]
fn the_order_of_caps() {
    let all = "2026-03-03T12:00 0 1 0; 2026-03-03T12:00 0 0 0; 2026-03-03T12:00 0 0 0";
    check(&format!("{all}; 2026-03-03T13:00 0 1 0"), Some(CapPlace::Outreach(2)));
    check(&format!("{all}; 2026-03-03T13:00 0 0 0"), Some(CapPlace::Outreach(1)));
    check(&format!("{all}; 2026-03-03T13:00 0 0 1"), Some(CapPlace::Outreach(0)));
    check(&format!("{all}; 2026-03-03T13:00 4 1 1"), Some(CapPlace::Rule(0)));
}

#[test]
fn a_rule_s_own_caps() {
    let own = Some(CapPlace::Rule(0));
    check("2026-03-03T00:00 1 0 1; 2026-03-03T23:59 1 0 1", own);
    check("2026-03-02T23:59 1 0 1; 2026-03-03T00:00 1 0 1", None);
    check("2026-03-03T00:00 0 0 1; 2026-03-03T23:59 1 0 1", None);
    check("2026-03-03T00:00 4 0 1; 2026-03-03T23:59 4 0 1", None);
    // what does not count uses up its own caps alone
    check("2026-03-03T12:00 2 1 0; 2026-03-03T12:01 2 1 0; 2026-03-03T12:02 0 1 0", None);
    check("2026-03-03T12:00 2 1 0; 2026-03-03T12:01 2 1 0; 2026-03-03T12:02 2 1 0", own);
    check("2026-03-03T12:00 0 1 0; 2026-03-03T12:02 2 1 0", Some(CapPlace::Outreach(2)));
    // what does not obey is checked against its own alone, and counts
    check("2026-03-03T12:00 0 1 0; 2026-03-03T12:02 3 1 0", None);
    check("2026-03-03T12:00 3 1 0; 2026-03-05T12:02 3 0 0", own);
    check("2026-03-03T12:00 3 1 0; 2026-03-03T12:02 0 1 0", Some(CapPlace::Outreach(2)));
}

#[test]
fn the_held_out_use_up_their_rule_s_own_and_nothing_else() {
    check("2026-03-03T00:00 1 0 1 held; 2026-03-03T23:59 1 0 1", Some(CapPlace::Rule(0)));
    check("2026-03-03T00:00 0 1 1 held; 2026-03-03T23:59 0 1 1", None);
    let three = "2026-03-03T00:00 0 0 0 held; 2026-03-03T00:00 0 0 0 held; 2026-03-03T00:00 0 0 0 held";
    check(&format!("{three}; 2026-03-03T23:59 0 0 0"), None);
}

#[test]
fn a_ticket_uses_up_no_cap() {
    check("2026-03-03T00:00 1 - -; 2026-03-03T23:59 1 0 1", None);
    check("2026-03-03T00:00 0 - 0; 2026-03-03T01:00 0 - 0; 2026-03-03T23:59 0 0 0", None);
}

#[test]
fn the_channel_s_caps_alone() {
    let limits = limits();
    let mut usage = Usage::default();
    let noon = at("2026-03-03T12:00", &Zone::utc());
    let sms = Contact { rule: 0, channel: 1, purpose: MARKETING };
    for number in 0..5 {
        usage.use_up(&limits, Use::made(noon, DecisionId::from_bytes([number; 16]), sms, &limits));
    }
    let asked = |rule, channel| {
        limits.channel_reached(&usage, Contact { rule, channel, purpose: MARKETING }, noon, &Zone::utc())
    };
    assert_eq!(asked(0, 1), Some(CapPlace::Outreach(2)));
    assert_eq!(asked(0, 0), None);
    assert_eq!(asked(4, 1), Some(CapPlace::Rule(0)));
    assert_eq!(asked(3, 1), None);
}

#[test]
fn cool_downs() {
    let week = RuleLimits { cool_down: Some(Duration::parse("7d").unwrap()), ..RuleLimits::default() };
    let limits = Limits { rules: vec![week, RuleLimits::default()], outreach: Vec::new() };
    let utc = Zone::utc();
    let mut usage = Usage::default();
    usage.use_up(&limits, entry("2026-03-03T12:00 0 - -", 1, &limits));
    usage.use_up(&limits, entry("2026-03-04T12:00 0 0 0 held", 2, &limits));
    usage.use_up(&limits, entry("2026-03-04T12:00 1 0 0", 3, &limits));
    assert_eq!(usage.iter().count(), 2, "nothing looks at rule 1");
    let asked = |rule, text: &str, own: u8| {
        let until = limits.cools_until(&usage, rule, at(text, &utc), |id| id.as_bytes()[0] == own);
        until.map(|t| t.to_string())
    };
    assert_eq!(asked(0, "2026-03-04T05:00", 0).as_deref(), Some("2026-03-11T04:00:00Z"));
    assert_eq!(asked(0, "2026-03-11T03:59:59", 0).as_deref(), Some("2026-03-11T04:00:00Z"));
    assert_eq!(asked(0, "2026-03-11T04:00", 0), None);
    assert_eq!(asked(0, "2026-03-04T05:00", 2).as_deref(), Some("2026-03-10T04:00:00Z"));
    // nor does one computed late stand nearer to one that was made
    assert_eq!(asked(0, "2026-02-25T00:00", 0).as_deref(), Some("2026-03-10T04:00:00Z"));
    assert_eq!(asked(0, "2026-02-24T00:00", 0), None);
    assert_eq!(asked(1, "2026-03-04T05:00", 0), None);
}

/// The words are a promise: what is not handed over does not count.
#[test]
fn what_is_given_back_is_free_again() {
    let limits = limits();
    let utc = Zone::utc();
    let mut usage = Usage::default();
    let made = entry("2026-03-03T12:00 0 1 0", 7, &limits);
    let to = Contact { rule: 0, channel: 1, purpose: MARKETING };
    usage.use_up(&limits, made);
    usage.use_up(&limits, made);
    assert_eq!(usage.iter().count(), 1);
    assert!(limits.reached(&usage, to, made.at, &utc).is_some());
    assert!(usage.give_back(made.id) && !usage.give_back(made.id));
    assert_eq!(limits.reached(&usage, to, made.at, &utc), None);
    assert!(usage.is_empty());
}

#[test]
fn none_at_all_are_allowed_by_a_cap_of_none() {
    let limits = limits();
    let to = Contact { rule: 4, channel: 1, purpose: None };
    let noon = at("2026-03-03T12:00", &Zone::utc());
    assert_eq!(limits.reached(&Usage::default(), to, noon, &Zone::utc()), Some(CapPlace::Rule(0)));
}
