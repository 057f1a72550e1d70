//! Laws of what is used up: against a naive count, uniting, dealing out, forgetting, reading back.

use jiff::civil;
use proptest::prelude::*;

use super::super::*;
use super::{cases, zone};
use crate::base::time::{DAY_US, Duration, HOUR_US, Timestamp};
use crate::base::zone::Zone;
use crate::blueprint::model::Period;

const ZONES: [&str; 5] =
    ["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Havana"];
/// 2026-10-25T00:00:00Z: a fold lies behind or ahead of it in most of the zones.
const START_US: i64 = 1_792_886_400_000_000;

fn some(n: u32) -> impl Strategy<Value = Option<u32>> {
    prop::option::weighted(0.7, 0..n)
}

fn cap() -> impl Strategy<Value = CapSpec> {
    let span = prop_oneof![
        (1..40_i64).prop_map(|hours| Span::Rolling(Duration::from_micros(hours * 7 * HOUR_US))),
        prop::sample::select(vec![Period::Day, Period::Week, Period::Month]).prop_map(Span::Calendar),
    ];
    (1..5_u32, span, prop::option::weighted(0.3, 0..3_u32), prop::option::weighted(0.3, 0..2_u32))
        .prop_map(|(at_most, span, channel, purpose)| CapSpec { at_most, span, channel, purpose })
}

fn limits() -> impl Strategy<Value = Limits> {
    let rule = (prop::collection::vec(cap(), 0..3), prop::option::of(1..20_i64), any::<(bool, bool)>());
    let rule = rule.prop_map(|(caps, days, (counts, obeys))| {
        let cool_down = days.map(|days| Duration::from_micros(days * DAY_US));
        RuleLimits { caps, cool_down, counts, obeys }
    });
    (prop::collection::vec(rule, 3), prop::collection::vec(cap(), 0..4))
        .prop_map(|(rules, outreach)| Limits { rules, outreach })
}

/// An instant within forty days, often on the hour.
fn instant() -> impl Strategy<Value = Timestamp> {
    let hour = (0..40 * 24_i64).prop_map(|hours| START_US + hours * HOUR_US);
    let any = (0..40 * DAY_US).prop_map(|us| START_US + us);
    prop_oneof![hour, any].prop_map(Timestamp::saturating)
}

/// Entries with ids of their own.
fn uses(most: usize) -> impl Strategy<Value = Vec<Use>> {
    let entry = (instant(), 0..3_u32, some(3), some(2), 0..3_u8, any::<(bool, bool)>());
    prop::collection::vec(entry, 0..most).prop_map(|list| {
        let made = |(number, (at, rule, channel, purpose, by, (counts, held_out)))| {
            let id = DecisionId::from_bytes(u128::to_be_bytes(number));
            Use { at, id, rule, channel, purpose, by, counts, held_out }
        };
        (0_u128..).zip(list).map(made).collect()
    })
}

fn local(t: Timestamp, zone: &Zone) -> civil::Date {
    let tz = jiff::tz::TimeZone::get(&zone.name()).unwrap();
    jiff::Timestamp::from_microsecond(t.as_micros()).unwrap().to_zoned(tz).date()
}

/// The definition, word by word.
fn naive(all: &[Use], cap: &CapSpec, of: CapOf, t: Timestamp, zone: &Zone) -> u32 {
    let week = |date: civil::Date| (date.iso_week_date().year(), date.iso_week_date().week());
    let inside = |then: Timestamp| match cap.span {
        Span::Rolling(d) => t.as_micros() - d.as_micros() < then.as_micros() && then <= t,
        Span::Calendar(period) => {
            let (a, b) = (local(then, zone), local(t, zone));
            match period {
                Period::Day => a == b,
                Period::Week => week(a) == week(b),
                Period::Month => (a.year(), a.month()) == (b.year(), b.month()),
            }
        }
    };
    let mine = |u: &Use| match of {
        CapOf::Rule(rule) => u.rule == rule,
        CapOf::Outreach => u.counts && !u.held_out,
    };
    let named = |u: &Use| {
        let channel = u.channel.is_some() && (cap.channel.is_none() || cap.channel == u.channel);
        channel && (cap.purpose.is_none() || cap.purpose == u.purpose)
    };
    all.iter().filter(|u| mine(u) && named(u) && inside(u.at)).count() as u32
}

fn naive_reached(limits: &Limits, all: &[Use], to: Contact, t: Timestamp, zone: &Zone) -> Option<CapPlace> {
    let full = |cap: &CapSpec, of| {
        let concerns =
            cap.channel.is_none_or(|c| c == to.channel) && cap.purpose.is_none_or(|p| Some(p) == to.purpose);
        concerns && naive(all, cap, of, t, zone) >= cap.at_most
    };
    let own = &limits.rules[to.rule as usize];
    for (place, cap) in own.caps.iter().enumerate() {
        if full(cap, CapOf::Rule(to.rule)) {
            return Some(CapPlace::Rule(place as u32));
        }
    }
    if !own.obeys {
        return None;
    }
    let channel = |c: &CapSpec| c.channel.is_some();
    let purpose = |c: &CapSpec| c.channel.is_none() && c.purpose.is_some();
    let customer = |c: &CapSpec| c.channel.is_none() && c.purpose.is_none();
    for kind in [&channel as &dyn Fn(&CapSpec) -> bool, &purpose, &customer] {
        for (place, cap) in limits.outreach.iter().enumerate() {
            if kind(cap) && full(cap, CapOf::Outreach) {
                return Some(CapPlace::Outreach(place as u32));
            }
        }
    }
    None
}

fn fed(limits: &Limits, all: &[Use]) -> Usage {
    let mut usage = Usage::default();
    for used in all {
        usage.use_up(limits, *used);
    }
    usage
}

/// Every contact there can be.
fn contacts() -> impl Iterator<Item = Contact> {
    let pairs = (0..3).flat_map(|rule| (0..3).map(move |channel| (rule, channel)));
    pairs.flat_map(|(rule, channel)| {
        [None, Some(0), Some(1)].map(|purpose| Contact { rule, channel, purpose })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(128)))]

    /// Caps and cool-downs are what a count over all decisions ever made says, whatever was forgotten before.
    #[test]
    fn caps_are_a_count_over_everything(
        limits in limits(), mut all in uses(24), t in instant(), name in prop::sample::select(ZONES.to_vec()),
        passed in prop::collection::vec(instant(), 0..4), gone in any::<prop::sample::Index>(),
    ) {
        let zone = zone(name);
        let mut usage = fed(&limits, &all);
        if !all.is_empty() {
            let gone = all.remove(gone.index(all.len()));
            let looked_at = usage.iter().any(|u| u.id == gone.id);
            prop_assert_eq!(usage.give_back(gone.id), looked_at);
        }
        passed.iter().filter(|now| **now <= t).for_each(|now| usage.prune(&limits, *now));
        for to in contacts() {
            let expected = naive_reached(&limits, &all, to, t, &zone);
            prop_assert_eq!(limits.reached(&usage, to, t, &zone), expected, "{:?}", to);
        }
        for rule in 0..3 {
            let until = limits.rules[rule as usize].cool_down.and_then(|d| {
                let near = all.iter().filter(|u| u.rule == rule && (u.at.since(t).as_micros()).abs() < d.as_micros());
                near.map(|u| u.at.plus(d)).max()
            });
            prop_assert_eq!(limits.cools_until(&usage, rule, t, |_| false), until);
        }
    }

    /// The order in which decisions are entered does not matter.
    #[test]
    fn entering_has_no_order(limits in limits(), all in uses(24), seed in any::<prop::sample::Index>()) {
        let mut turned = all.clone();
        turned.rotate_left(seed.index(all.len().max(1)));
        turned.reverse();
        prop_assert_eq!(fed(&limits, &all), fed(&limits, &turned));
    }

    /// Uniting is commutative and associative, also beyond the bound.
    #[test]
    fn uniting_has_no_order(limits in limits(), all in uses(24), many in any::<bool>()) {
        let far = |n: u128, u: &Use| Use {
            id: DecisionId::from_bytes((u128::from_be_bytes(*u.id.as_bytes()) + n * 1_000).to_be_bytes()),
            at: Timestamp::saturating(u.at.as_micros() + n as i64),
            ..*u
        };
        let times = if many { 24 } else { 1 };
        let side = |by: u8| {
            let mine = all.iter().filter(|u| u.by == by);
            fed(&limits, &mine.flat_map(|u| (0..times).map(move |n| far(n, u))).collect::<Vec<_>>())
        };
        let [a, b, c] = [side(0), side(1), side(2)];
        let unite = |x: &Usage, y: &Usage| {
            let mut one = x.clone();
            one.merge(y, &|by| by);
            one
        };
        prop_assert_eq!(unite(&a, &b), unite(&b, &a));
        prop_assert_eq!(unite(&unite(&a, &b), &c), unite(&a, &unite(&b, &c)));
    }

    /// What was united and not folded is dealt out again.
    #[test]
    fn united_and_split_again(limits in limits(), all in uses(40)) {
        let side = |by: u8| all.iter().filter(move |u| (u.by == 0) == (by == 0)).map(|u| Use { by: 0, ..*u });
        let mine = fed(&limits, &side(0).collect::<Vec<_>>());
        let theirs = fed(&limits, &side(1).collect::<Vec<_>>());
        let mut one = mine.clone();
        one.merge(&theirs, &|by| by + 5);
        let left = one.split(&|by| by == 5, &|_| 0);
        prop_assert_eq!(&left, &theirs);
        prop_assert_eq!(&one, &mine);
        let mut renumbered = mine.clone();
        renumbered.renumber(&|by| by + 1);
        prop_assert!(renumbered.iter().all(|u| u.by == 1));
        prop_assert_eq!(renumbered.split(&|by| by == 1, &|_| 0), mine);
    }

    /// Read back from its parts and from its bytes it is the same.
    #[test]
    fn reads_back(limits in limits(), all in uses(24)) {
        let usage = fed(&limits, &all);
        let turned = usage.iter().copied().collect::<Vec<_>>().into_iter().rev();
        let again = Usage::of(turned, usage.folded().copied(), usage.dropped());
        prop_assert_eq!(&again, &usage);
        let bytes = postcard::to_stdvec(&usage).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Usage>(&bytes).unwrap(), &usage);
        let text = serde_json::to_string(&usage).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Usage>(&text).unwrap(), &usage);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(8)))]

    /// However many decisions, what is remembered is bounded, and no cap lets more through than without the bound.
    #[test]
    fn beyond_the_bound_caps_only_refuse_more(limits in limits(), mut all in uses(900), t in instant()) {
        // two rules make fewer kinds than are folded
        all.iter_mut().for_each(|u| u.rule %= 2);
        all.sort();
        let usage = fed(&limits, &all);
        prop_assert!(usage.iter().count() <= MAX_USES && usage.folded().count() <= MAX_FOLDED);
        prop_assert_eq!(usage.dropped(), 0);
        let kept = usage.iter().count() as u32 + usage.folded().map(|f| f.n).sum::<u32>();
        prop_assert!(kept <= all.len() as u32);
        // windows that are over may have been forgotten: the questions are about the last instant
        let last = all.iter().map(|u| u.at).max().unwrap_or(t).max(t);
        for to in contacts() {
            let naive = naive_reached(&limits, &all, to, last, &zone("Asia/Shanghai"));
            let found = limits.reached(&usage, to, last, &zone("Asia/Shanghai"));
            prop_assert!(naive.is_none() || found.is_some(), "{:?}", to);
        }
    }
}

#[test]
fn an_empty_usage_owns_no_memory() {
    let limits = Limits { rules: vec![RuleLimits::default()], outreach: Vec::new() };
    let mut usage = Usage::default();
    let to = Contact { rule: 0, channel: 0, purpose: None };
    for n in 0..1_000_u128 {
        let id = DecisionId::from_bytes(n.to_be_bytes());
        usage.use_up(&limits, Use::made(Timestamp::saturating(n as i64), id, to, &limits));
    }
    assert!(usage.is_empty(), "nothing looks at decisions without caps");
    assert_eq!(postcard::to_stdvec(&usage).unwrap().len(), 3);
}

/// Two text messages that fold under three hundred others are counted on, until the later of them is over.
#[test]
fn what_was_folded_still_counts() {
    let month = Span::Rolling(Duration::from_micros(30 * DAY_US));
    let cap = |at_most, channel| CapSpec { at_most, span: month, channel, purpose: None };
    let limits =
        Limits { rules: vec![RuleLimits::default()], outreach: vec![cap(2, Some(1)), cap(1_000, None)] };
    let day = |n: i64| Timestamp::saturating(START_US + n * DAY_US);
    let to = |channel| Contact { rule: 0, channel, purpose: None };
    let mut usage = Usage::default();
    let mut make = |n: u128, channel, at| {
        usage.use_up(&limits, Use::made(at, DecisionId::from_bytes(n.to_be_bytes()), to(channel), &limits));
    };
    make(1, 1, day(1));
    make(2, 1, day(3));
    (10..310).for_each(|n| make(n, 0, day(4).minus(Duration::from_micros(n as i64))));
    assert_eq!((usage.iter().count(), usage.folded().count(), usage.dropped()), (MAX_USES, 2, 0));
    let mut both = usage.clone();
    both.merge(&Usage::default(), &|by| by);
    assert_eq!(both, usage);
    assert!(
        !usage.give_back(DecisionId::from_bytes(1_u128.to_be_bytes())),
        "it has no entry of its own any more"
    );
    for (n, reached) in [(4, true), (30, true), (32, true), (33, false)] {
        let found = limits.reached(&usage, to(1), day(n), &Zone::utc());
        assert_eq!(found, reached.then_some(CapPlace::Outreach(0)), "day {n}");
        let all = usage.used(&cap(1_000, None), CapOf::Outreach, day(n), &Zone::utc());
        assert_eq!(all, if reached { 302 } else { 300 }, "day {n}");
    }
    usage.prune(&limits, day(33));
    assert_eq!(usage.folded().count(), 1, "only what is still looked at");
}
