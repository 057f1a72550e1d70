//! Laws: what must not change the matches, and what must give the state back.

use proptest::prelude::*;

use super::super::{Matcher, Passed, Patterns};
use super::story::{Asker, Story, Word, at, key};
use crate::base::value::Value;
use crate::event::EventView;

const RULES: &str = "
- {id: s, when: {sequence: [{event: a, as: a, times: [1, 3]}, {not: c}, {event: b, where: event.n >= last.a.n}], within: 9s, key: event.k}, skip: to_next, do: [{tag: x}]}
- {id: t, when: {sequence: [a, b], within: 5s, order: strict}, skip: no_skip, do: [{tag: x}]}
- {id: k, when: {after: a, without: b, for: 6s, key: event.k}, do: [{tag: x}]}
- {id: r, when: {after: a, without: b, for: 6s, again: restart}, do: [{tag: x}]}
- {id: e, when: {after: a, without: b, for: 6s, again: each, key: event.k}, do: [{tag: x}]}
- {id: c, when: {count: a, at_least: 2, within: 5s, key: event.k}, do: [{tag: x}]}
- {id: u, when: {sum: a.n, at_least: 3, within: 5s, fire: each}, do: [{tag: x}]}
- {id: d, when: {every: 'day 00:00'}, do: [{tag: x}]}
";

const EACH: &str = "
- {id: e, when: {after: a, without: b, for: 60s, again: each, key: event.k}, do: [{tag: x}]}
- {id: c, when: {count: a, at_least: 2, within: 5s, fire: each, key: event.k}, do: [{tag: x}]}
- {id: u, when: {sum: a.n, at_least: 3, within: 5s, fire: each}, do: [{tag: x}]}
";

fn word() -> impl Strategy<Value = (char, i64, i64, u8, u8)> {
    (prop::sample::select(vec!['a', 'a', 'b', 'c', 'z']), 0..4_i64, 0..3_i64, 0..3_u8, 0..3_u8)
}

/// Events in order, each with its own id and of one of three sides.
fn log() -> impl Strategy<Value = Vec<Word>> {
    prop::collection::vec(word(), 1..20).prop_map(|list| {
        let mut second = 0;
        let word = |(place, (letter, wait, n, k, by)): (usize, (char, i64, i64, u8, u8))| {
            second += wait;
            let key = if k == 2 { Value::Null } else { Value::from(if k == 0 { "x" } else { "y" }) };
            let values = vec![Value::Int(n), key, Value::Null, Value::Null];
            Word { name: letter.to_string(), id: place.to_string(), time: at(second), values, by }
        };
        list.into_iter().enumerate().map(word).collect()
    })
}

/// What one customer's rules remember after a log.
fn fed(rules: &str, log: &[Word]) -> Story {
    let mut story = Story::new(rules);
    log.iter().for_each(|word| story.event(word));
    story
}

fn united(patterns: &Patterns, a: &Matcher, b: &Matcher, log: &[Word]) -> Matcher {
    let mut one = a.clone();
    one.merge(patterns, b.clone());
    for word in log {
        one.recheck(patterns, (word.event().unwrap(), word.time), None, &Asker(Some(word)));
    }
    one
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Ticks between events, however many, change no match; nor the state after a closing tick.
    #[test]
    fn time_may_pass_in_any_steps(log in log(), ticks in prop::collection::vec(any::<bool>(), 20)) {
        let mut plain = fed(RULES, &log);
        let mut ticked = Story::new(RULES);
        for (place, word) in log.iter().enumerate() {
            let before = place.checked_sub(1).map_or(at(-1), |p| log[p].time);
            if ticks[place] && before < word.time {
                let until = crate::Timestamp::saturating(word.time.as_micros() - 1);
                ticked.pass(Passed { until, closed: true });
            }
            ticked.event(word);
        }
        plain.feed("tick 70");
        ticked.feed("tick 70");
        prop_assert_eq!(&plain.told, &ticked.told);
        prop_assert_eq!(&plain.matcher, &ticked.matcher);
        prop_assert_eq!(plain.feed("tick 1000").matcher.n_timers(), 0);
    }

    /// Written and read after every event: the same matches, the same state, the same bytes.
    #[test]
    fn written_and_read_back(log in log()) {
        let mut kept = Story::new(RULES);
        for word in &log {
            kept.event(word);
            kept.schedule();
            let bytes = postcard::to_stdvec(&kept.matcher).unwrap();
            let read: Matcher = postcard::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&read, &kept.matcher);
            prop_assert_eq!(postcard::to_stdvec(&read).unwrap(), bytes);
            let text = serde_json::to_string(&read).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Matcher>(&text).unwrap(), &read);
            kept.matcher = read;
        }
        kept.feed("tick 80000");
        let mut plain = Story::new(RULES);
        for word in &log {
            plain.event(word);
            plain.schedule();
        }
        prop_assert_eq!(&plain.feed("tick 80000").told, &kept.told);
    }

    /// Any bytes are a matcher or an error, and a matcher of any bytes can be fed.
    #[test]
    fn any_bytes_are_a_matcher_or_an_error(log in log(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut story = fed(RULES, &log);
        let mut bytes = postcard::to_stdvec(&story.matcher).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(read) = postcard::from_bytes::<Matcher>(&bytes) {
            story.matcher = read;
            log.iter().for_each(|word| story.event(word));
            story.feed("tick 100000");
        }
    }

    /// An event taken back before anything was due is as if it had never been, where every start waits on its own.
    #[test]
    fn what_is_taken_back_never_was(log in log(), place in any::<prop::sample::Index>()) {
        let place = place.index(log.len());
        let mut story = fed(EACH, &log);
        let until = log[log.len() - 1].time;
        story.matcher.retract(&story.patterns, key(&log[place].id), Passed { until, closed: false });
        story.told.clear();
        story.feed("tick 1000");
        let without: Vec<Word> = [&log[..place], &log[place + 1..]].concat();
        let mut plain = fed(EACH, &without);
        plain.told.clear();
        plain.feed("tick 1000");
        prop_assert_eq!(&story.told, &plain.told);
    }

    /// Two sides united are one customer to waits and windows.
    #[test]
    fn sides_united_wait_as_one(log in log()) {
        let sides: [Vec<Word>; 2] = [0, 1].map(|side| log.iter().filter(|w| w.by % 2 == side).cloned().collect());
        let [a, b] = sides.map(|side| fed(EACH, &side).matcher);
        let mut one = fed(EACH, &log);
        let mut two = Story::new(EACH);
        two.matcher = united(&one.patterns, &a, &b, &log);
        one.told.clear();
        for story in [&mut one, &mut two] {
            story.feed("z100, a100 k=x n=1, tick 1000");
        }
        // at one instant the order of arrival decides, which sides do not know of each other
        let distinct = log.windows(2).all(|w| w[0].time < w[1].time);
        if distinct {
            prop_assert_eq!(&one.told, &two.told);
        }
    }

    /// Uniting is commutative and associative.
    #[test]
    fn uniting_has_no_order(log in log()) {
        let story = Story::new(RULES);
        let sides = [0, 1, 2].map(|side| log.iter().filter(|w| w.by == side).cloned().collect::<Vec<_>>());
        let [a, b, c] = sides.map(|side| fed(RULES, &side).matcher);
        let unite = |x: &Matcher, y: &Matcher| united(&story.patterns, x, y, &log);
        prop_assert_eq!(unite(&a, &b), unite(&b, &a));
        prop_assert_eq!(unite(&unite(&a, &b), &c), unite(&a, &unite(&b, &c)));
    }

    /// What was united and not joined by later events is dealt out again.
    #[test]
    fn united_and_split_again(log in log()) {
        let story = Story::new(RULES);
        let sides = [0, 1].map(|side| log.iter().filter(|w| w.by == side).cloned().collect::<Vec<_>>());
        let [mut a, b] = sides.map(|side| fed(RULES, &side).matcher);
        let mut one = a.clone();
        one.merge(&story.patterns, b.clone());
        let mut left = one.split(&|by| by == 1);
        // the order in which a side took its events is numbered anew by a merge
        a.merge(&story.patterns, Matcher::new());
        prop_assert_eq!(left.rules(), b.rules());
        prop_assert_eq!(left.next_due(), b.next_due());
        prop_assert_eq!(one.next_due(), a.next_due());
        prop_assert_eq!(left.n_timers() + one.n_timers(), a.n_timers() + b.n_timers());
        left.renumber(&|_| 0);
        prop_assert_eq!(left.split(&|by| by == 0).n_timers(), b.n_timers());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    /// However many events, what is remembered is bounded.
    #[test]
    fn bounded(letters in prop::collection::vec(prop::sample::select(vec!['a', 'a', 'a', 'b', 'c']), 2_000)) {
        let mut story = Story::new(&RULES.replace("9s", "1h").replace("6s", "1h").replace("5s", "1h"));
        for (place, letter) in letters.iter().enumerate() {
            let values = vec![Value::Int(0), Value::from("x"), Value::Null, Value::Null];
            let time = at(place as i64 / 2);
            story.event(&Word { name: letter.to_string(), id: place.to_string(), time, values, by: 0 });
            story.told.clear();
            story.found.clear();
        }
        let bytes = postcard::to_stdvec(&story.matcher).unwrap().len();
        prop_assert!(bytes < 64 * 1024, "{} bytes", bytes);
    }
}
