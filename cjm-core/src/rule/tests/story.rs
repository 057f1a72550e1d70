//! A stage for patterns: rules in YAML, one customer, events as words, matches as words.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::*;
use crate::base::time::{SECOND_US, Timestamp};
use crate::base::value::{Value, ValueRef};
use crate::base::zone::{Date, Zone};
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Expr, Rule};
use crate::event::{AttributeId, EnvelopeField, EventId, EventView};
use crate::expr::{self, Name, Program, Scope, Type, Types};
use crate::signal::{Dated, Moment};

const ATTRIBUTES: [&str; 4] = ["n", "k", "price", "survey"];

/// One customer under some rules. An event is `name[seconds] attribute=value ..`, its id its name and number.
pub(in super::super) struct Story {
    pub(in super::super) patterns: Patterns,
    pub(in super::super) matcher: Matcher,
    pub(in super::super) person: Person,
    pub(in super::super) told: Vec<String>,
    pub(in super::super) others: usize,
    pub(in super::super) found: Vec<Match>,
    rules: Vec<String>,
    seen: BTreeMap<String, u32>,
    last: Option<Word>,
    passed: Passed,
}

/// Who the customer is to schedules.
pub(in super::super) struct Person {
    pub(in super::super) zone: Zone,
    pub(in super::super) born: Option<Date>,
    pub(in super::super) member: bool,
}

impl Calendar for Person {
    fn zone(&self) -> &Zone {
        &self.zone
    }
    fn member(&self, _: u32) -> bool {
        self.member
    }
    fn date(&self, _: u32) -> Option<Date> {
        self.born
    }
}

/// An instant so many seconds after the epoch.
pub(in super::super) fn at(seconds: i64) -> Timestamp {
    Timestamp::saturating(seconds * SECOND_US)
}

/// Every event is one letter: its number is its place in the alphabet. `first.` and `last.` know steps by name.
struct TestNames {
    steps: Vec<String>,
}

fn letter(name: &str) -> Option<EventId> {
    match name.as_bytes() {
        [b @ b'a'..=b'z'] => Some(EventId(u32::from(b - b'a'))),
        _ => None,
    }
}

impl Types for TestNames {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let attribute = |name: &str| ATTRIBUTES.iter().position(|a| *a == name).map(|a| a as u32);
        let slot = match path {
            ["event", a] => attribute(a)?,
            [side @ ("first" | "last"), step, a] => {
                let step = self.steps.iter().position(|s| s == step)? as u32;
                1_000 * (1 + u32::from(*side == "last")) + 10 * step + attribute(a)?
            }
            _ => return None,
        };
        Some(Name { slot, ty: Type::Any })
    }
    fn children(&self, _: &[&str]) -> Vec<String> {
        Vec::new()
    }
}

impl Resolve for TestNames {
    fn event(&self, name: &str) -> Option<EventId> {
        letter(name)
    }
    fn attribute(&self, name: &str) -> Option<AttributeId> {
        ATTRIBUTES.iter().position(|a| *a == name).map(|a| AttributeId(a as u32))
    }
    fn stage(&self, name: &str) -> Option<(u32, u32)> {
        Some((0, letter(name)?.0))
    }
    fn touchpoint(&self, name: &str) -> Option<(u32, u32)> {
        Some((0, letter(name)?.0))
    }
    fn journey(&self, name: &str) -> Option<u32> {
        Some(letter(name)?.0)
    }
    fn state(&self, name: &str) -> Option<u32> {
        Some(letter(name)?.0)
    }
    fn segment(&self, name: &str) -> Option<u32> {
        Some(letter(name)?.0)
    }
    fn field(&self, _: &str) -> Option<u32> {
        Some(0)
    }
    fn answered(&self) -> Option<(EventId, AttributeId)> {
        Some((letter("q")?, AttributeId(3)))
    }
    fn program(&mut self, _: Place, text: &Expr) -> Option<Program> {
        Some(expr::compile(&text.0, self).unwrap_or_else(|f| panic!("{}: {f:?}", text.0)))
    }
    fn looks_back(&self, program: &Program) -> bool {
        program.slots().iter().any(|slot| *slot >= 1_000)
    }
}

/// A test event.
#[derive(Debug, Clone)]
pub(in super::super) struct Word {
    pub(in super::super) name: String,
    pub(in super::super) id: String,
    pub(in super::super) time: Timestamp,
    pub(in super::super) values: Vec<Value>,
    pub(in super::super) by: u8,
}

impl Word {
    /// `a7 n=3`: event `a` at second 7.
    fn parse(text: &str, seen: &mut BTreeMap<String, u32>) -> Self {
        let mut words = text.split_whitespace();
        let (name, seconds) = words.next().unwrap().split_at(1);
        let number = seen.entry(name.to_owned()).or_default();
        *number += 1;
        let mut word = Self {
            name: name.to_owned(),
            id: format!("{name}{number}"),
            time: at(seconds.parse().unwrap()),
            values: vec![Value::Null; ATTRIBUTES.len()],
            by: 0,
        };
        for (attribute, value) in words.map(|w| w.split_once('=').unwrap()) {
            if attribute == "by" {
                word.by = value.parse().unwrap();
                continue;
            }
            let place = ATTRIBUTES.iter().position(|a| *a == attribute).unwrap();
            word.values[place] = match (value.parse::<i64>(), value.parse::<f64>()) {
                (Ok(i), _) => Value::Int(i),
                (_, Ok(x)) => Value::Number(x),
                _ => Value::from(value),
            };
        }
        word
    }

    pub(in super::super) fn key(&self) -> u64 {
        key(&self.id)
    }
}

/// The key of a test event by its id.
pub(in super::super) fn key(id: &str) -> u64 {
    crate::base::hash::event_key("event", id)
}

impl EventView for Word {
    fn event(&self) -> Option<EventId> {
        letter(&self.name)
    }
    fn time(&self) -> Timestamp {
        self.time
    }
    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_> {
        self.values[attribute.index()].as_ref()
    }
    fn envelope(&self, _: EnvelopeField) -> ValueRef<'_> {
        ValueRef::Null
    }
}

/// Evaluates over one test event, or none.
pub(in super::super) struct Asker<'a>(pub(in super::super) Option<&'a Word>);

struct Here<'a>(Option<&'a Word>, SoFar<'a>, Zone);

impl Scope for Here<'_> {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        let attribute = AttributeId(slot % 10);
        match slot / 1_000 {
            0 => self.0.map_or(ValueRef::Null, |e| e.attribute(attribute)),
            1 => self.1.first(slot % 1_000 / 10).map_or(ValueRef::Null, |e| e.attribute(attribute)),
            _ => self.1.last(slot % 1_000 / 10).map_or(ValueRef::Null, |e| e.attribute(attribute)),
        }
    }
    fn member(&self, _: u32, _: &str) -> bool {
        false
    }
    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }
    fn zone(&self) -> &Zone {
        &self.2
    }
}

impl Ask for Asker<'_> {
    fn holds(&self, condition: &Program, so_far: SoFar<'_>) -> bool {
        condition.holds(&Here(self.0, so_far, Zone::utc())).unwrap_or(false)
    }
    fn value(&self, expression: &Program) -> Value {
        expression.eval(&Here(self.0, SoFar::default(), Zone::utc())).unwrap_or(Value::Null)
    }
    fn event(&self) -> Option<&dyn EventView> {
        self.0.map(|e| e as &dyn EventView)
    }
    fn identified(&self) -> Identified {
        let word = self.0.unwrap();
        Identified { source: "s".into(), id: word.id.as_str().into() }
    }
    fn brought_by(&self) -> u8 {
        self.0.unwrap().by
    }
    fn event_key(&self) -> u64 {
        self.0.unwrap().key()
    }
}

impl Story {
    /// Rules as a list in YAML; `do` is added.
    pub(in super::super) fn new(rules: &str) -> Self {
        let blueprint = Blueprint::from_yaml(&format!("cjm: 1\nid: t\nrules:\n{rules}"));
        let blueprint = blueprint.unwrap_or_else(|e| panic!("{:#?}", e.findings()));
        let rules = &blueprint.document().rules;
        let specs = rules.iter().map(spec).collect();
        Self {
            patterns: Patterns::new(specs, 26),
            matcher: Matcher::new(),
            person: Person { zone: Zone::utc(), born: None, member: true },
            told: Vec::new(),
            others: 0,
            found: Vec::new(),
            rules: rules.iter().map(|r| r.id.clone()).collect(),
            seen: BTreeMap::new(),
            last: None,
            passed: Passed { until: Timestamp::MIN, closed: false },
        }
    }

    /// One rule `r`: its `when` and, after `;`, more of it.
    pub(in super::super) fn of(rule: &str) -> Self {
        let (when, rest) = rule.split_once(';').map_or((rule, String::new()), |(w, r)| (w, format!(", {r}")));
        Self::new(&format!("- {{id: r, when: {{{when}}}{rest}, do: [{{tag: x}}]}}\n"))
    }

    /// Feeds words separated by commas. `tick 9` closes second 9; `pass 9` fires what is due before it;
    /// `retract a1`; `late a3 ..`; `enter s`, `leave s`, `skip s`, `back s`, `reached j`, `abandoned j`, `becomes l`,
    /// `joins g`, `quits g` are moments of the last event, with `@9` of time alone.
    pub(in super::super) fn feed(&mut self, text: &str) -> &mut Self {
        for line in text.split(',').map(str::trim).filter(|l| !l.is_empty()) {
            let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
            match head {
                "tick" => self.pass(Passed { until: at(rest.parse().unwrap()), closed: true }),
                "pass" => self.pass(Passed { until: at(rest.parse().unwrap()), closed: false }),
                "retract" => {
                    self.matcher.retract(&self.patterns, key(rest), self.passed);
                }
                "late" => {
                    let word = Word::parse(rest, &mut self.seen);
                    self.hear(&word, Some(self.passed));
                }
                _ if head.len() > 1 && head.as_bytes()[1].is_ascii_digit() => {
                    let word = Word::parse(line, &mut self.seen);
                    self.event(&word);
                }
                _ => self.moment(head, rest),
            }
        }
        self
    }

    /// Feeds one event as the engine would: first what is due before it.
    pub(in super::super) fn event(&mut self, word: &Word) {
        if self.matcher.next_due().is_some_and(|due| due < word.time) {
            self.pass(Passed { until: word.time, closed: false });
        }
        self.passed = Passed { until: word.time, closed: false };
        self.last = Some(word.clone());
        self.hear(word, None);
    }

    fn hear(&mut self, word: &Word, late: Option<Passed>) {
        let feed = Feed { event: word.event().unwrap(), at: word.time, late, timers: self.others };
        let mut outcomes = Vec::new();
        self.matcher.feed(&self.patterns, feed, &Asker(Some(word)), &mut |o| outcomes.push(o));
        self.keep(outcomes);
    }

    /// Fires what is due.
    pub(in super::super) fn pass(&mut self, passed: Passed) {
        let mut outcomes = Vec::new();
        let out = &mut |m: Match| outcomes.push(Outcome::Match(m));
        self.matcher.fire(&self.patterns, passed, &self.person, out);
        self.passed = passed;
        self.keep(outcomes);
    }

    fn keep(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            self.told.push(say(&self.rules, &outcome));
            if let Outcome::Match(found) = outcome {
                self.found.push(found);
            }
        }
    }

    /// Sets the clocks anew.
    pub(in super::super) fn schedule(&mut self) -> &mut Self {
        self.matcher.schedule(&self.patterns, self.passed, &self.person);
        self
    }

    fn moment(&mut self, what: &str, rest: &str) {
        let (name, time) = rest.split_once('@').unwrap_or((rest, ""));
        let place = letter(name.trim()).unwrap().0;
        let (journey, trip) = (0, crate::signal::TripId::default());
        let moment = match what {
            "enter" => Moment::Enter { journey, trip, stage: place },
            "leave" => Moment::Leave { journey, trip, stage: place, stay: crate::Duration::ZERO },
            "skip" => Moment::Skip { journey, trip, touchpoint: place },
            "back" => Moment::Back { journey, trip, stage: place },
            "reached" => Moment::Reached { journey: place, trip },
            "abandoned" => Moment::Ended { journey: place, trip, end: crate::signal::TripEnd::Abandoned },
            "completed" => Moment::Ended { journey: place, trip, end: crate::signal::TripEnd::Completed },
            "becomes" => Moment::Becomes { from: None, state: place },
            "joins" => Moment::Joins { segment: place },
            "quits" => Moment::Quits { segment: place },
            _ => panic!("{what}"),
        };
        let by_time = time.parse::<i64>().ok().map(at);
        let when = by_time.unwrap_or(self.passed.until);
        let ask = Asker(self.last.as_ref().filter(|_| by_time.is_none()));
        let dated = Dated { at: when, moment };
        let mut outcomes = Vec::new();
        self.matcher.hear(&self.patterns, &dated, self.others, &ask, &mut |o| outcomes.push(o));
        self.keep(outcomes);
    }

    /// What was told since the last time, in one line.
    pub(in super::super) fn say(&mut self) -> String {
        std::mem::take(&mut self.told).join(", ")
    }
}

/// Compiles a rule; what it reads is every attribute.
fn spec(rule: &Rule) -> PatternSpec {
    let named = rule.when.sequence.iter().flatten().map(|s| s.as_.clone().unwrap_or_default());
    let mut names = TestNames { steps: named.collect() };
    let mut spec = PatternSpec::compile(rule, &mut names).unwrap_or_else(|| panic!("{}", rule.id));
    spec.reads = (0..ATTRIBUTES.len() as u32).map(|a| Read::Attribute(AttributeId(a))).collect();
    spec
}

/// `r@9 key: a1 b2 (+a0)`: rule, instant in seconds, key, events, number of further events it rests on.
fn say(rules: &[String], outcome: &Outcome) -> String {
    let seconds = |t: Timestamp| t.as_micros() as f64 / SECOND_US as f64;
    let key = |k: &Value| match k {
        Value::Null => String::new(),
        Value::Text(t) => format!(" {t}"),
        k => format!(" {k:?}"),
    };
    match outcome {
        Outcome::Match(m) => {
            let events: Vec<&str> = m.events.iter().map(|e: &Arc<Matched>| &*e.id).collect();
            let more = if m.rests_on.is_empty() { String::new() } else { format!(" +{}", m.rests_on.len()) };
            let head = format!("{}@{}{}", rules[m.rule as usize], seconds(m.due), key(&m.key));
            format!("{head}: {}{more}", events.join(" ")).trim_end_matches(": ").to_owned()
        }
        Outcome::TooManyWaits { rule, key: k, .. } => {
            format!("too_many_waits {}{}", rules[*rule as usize], key(k))
        }
        Outcome::GaveWay { rule, n } => format!("gave_way {} {n}", rules[*rule as usize]),
    }
}

/// Feeds a rule and compares what it tells.
#[track_caller]
pub(in super::super) fn check(rule: &str, events: &str, expected: &str) {
    let mut story = Story::of(rule);
    assert_eq!(story.feed(events).say(), expected, "{rule} on {events}");
}
