//! Rules of one group: of the matches of one input a higher one holds the lower ones off, nothing else does.

use super::complaints::Story;

const HEAD: &str = "
cjm: 1
id: t
zone: UTC
channels: [{ id: app, kind: digital }, { id: sms, kind: digital }]
identities: [{ id: member }]
events: { a: {}, b: {}, c: {}, agreed: { channel: text, purpose: text, granted: bool } }
consent: { event: agreed, purposes: [{ id: ads, default: allow }] }
messages: [{ id: m1 }, { id: m2 }, { id: m3 }]
";

fn story(rest: &str) -> Story {
    Story::under(&format!("{HEAD}{rest}"))
}

#[test]
fn a_step_that_decides_nothing_takes_no_group() {
    let rules = "
rules:
  - id: high
    when: { event: a }
    priority: 9
    group: g
    do: [{ send: m1, purpose: ads, channels: [app] }]
    then: [{ delay: 1h, do: [{ send: m2, purpose: ads, channels: [sms] }] }]
  - { id: low, when: { after: a, without: b, for: 1h }, group: g, do: [{ send: m3, purpose: ads, channels: [app] }] }
";
    let denied = "agreed 2026-03-02T10:10 id=2 channel=sms purpose=ads granted=false";
    let end = "tick 2026-03-02T12:00";
    story(rules).feed(&format!("a 2026-03-02T10:00 id=1\n{denied}\n{end}")).gives(&[
        "03-02T10:00 high send m1",
        "03-02T11:00 low send m3",
        "03-02T11:00 high -no_consent",
    ]);
    story(rules).feed(&format!("a 2026-03-02T10:00 id=1\n{end}")).gives(&[
        "03-02T10:00 high send m1",
        "03-02T11:00 high send m2",
        "03-02T11:00 low -group",
    ]);
}

#[test]
fn what_quiet_hours_held_back_and_is_refused_takes_no_group() {
    let rules = "
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [ads] } }
rules:
  - id: high
    when: { event: a }
    priority: 9
    group: g
    do: [{ call: x }, { send: m1, purpose: ads, channels: [app] }]
  - { id: low, when: { after: a, without: b, for: 9h }, group: g, do: [{ call: y }] }
";
    story(rules)
        .feed("a 2026-03-02T23:00 id=1\nagreed 2026-03-02T23:10 id=2 channel=app purpose=ads granted=false")
        .feed("tick 2026-03-03T09:00")
        .gives(&["03-02T23:00 high call x", "03-03T08:00 low call y", "03-03T08:00 high -no_consent"]);
}

#[test]
fn a_lower_rule_that_decided_first_does_not_hold_off_a_higher_one() {
    let of = |priorities: [i64; 2]| {
        let [one, two] = priorities;
        format!(
            "
customer: {{ segments: [{{ id: s, if: \"'t' in customer.tags\" }}] }}
rules:
  - {{ id: one, priority: {one}, when: {{ event: a }}, group: g, do: [{{ tag: t }}] }}
  - {{ id: two, priority: {two}, when: {{ joins: s }}, group: g, do: [{{ call: x }}] }}
"
        )
    };
    let cart = "a 2026-03-02T10:00 id=1";
    story(&of([0, 9])).feed(cart).gives(&["03-02T10:00 two call x", "03-02T10:00 one tag t"]);
    // the first in the document is the higher one of equals
    story(&of([0, 0])).feed(cart).gives(&["03-02T10:00 one tag t", "03-02T10:00 two -group"]);
    story(&of([9, 0])).feed(cart).gives(&["03-02T10:00 one tag t", "03-02T10:00 two -group"]);
}

#[test]
fn events_of_one_instant_are_inputs_of_their_own_also_where_they_wait_for_late_ones() {
    let rules = "
rules:
  - { id: high, priority: 9, when: { event: a }, group: g, do: [{ call: x }] }
  - { id: low, when: { event: b }, group: g, do: [{ call: y }] }
  - { id: wait, when: { after: c, without: c, for: 1h }, group: g, do: [{ call: z }] }
";
    let lines =
        "c 2026-03-02T09:00 id=0\na 2026-03-02T10:00 id=1\nb 2026-03-02T10:00 id=2\ntick 2026-03-02T12:00";
    let wanted = ["03-02T10:00 high call x", "03-02T10:00 low call y", "03-02T10:00 wait call z"];
    story(rules).feed(lines).gives(&wanted);
    let waiting = format!("sources: [{{ id: s, lateness: 1h }}]{rules}");
    story(&waiting).feed(lines).gives(&wanted);
}
