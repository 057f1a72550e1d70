//! How long one event takes a live engine, and how that grows.
//!
//! Answers: the median, the 99th and 99.9th of a hundred and the longest of single steps, for customers who were
//! touched just now and for those who were not, by number of customers and by number of rules; hostile identities
//! beside random ones. Does not know: memory (see `bench-memory`).

use std::sync::Arc;
use std::time::Instant;

use cjm_benches::{Outcome, Section, visits};
use cjm_core::{AckOutcome, Blueprint, Decision, Engine, Event, Plan, Timestamp};

/// Steps that are measured one by one.
const STEPS: u32 = 200_000;
/// Customers who take turns when all are to be hot.
const HOT: u32 = 1_000;

fn main() -> Outcome {
    let most: u32 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let title = "One event at a time into a live engine";
    let head = ["what", "median", "p99", "p99.9", "longest", "events/s"];
    let mut section = Section::new("steps", title, &head);
    for n in [10_000_u32, 100_000, 1_000_000, 10_000_000].into_iter().filter(|n| *n <= most) {
        customers(n, &mut section)?;
    }
    for n in [10_u32, 100, 1_000, 10_000] {
        rules(n, &mut section)?;
    }
    identities(&mut section)?;
    section.note("`Engine::push`, one thread, the clock around each call; of two calls of the clock the median is taken off. Customers: restaurant.yaml, the third event of each. Cold: everybody else came in between; hot: 1,000 customers take turns. Rules: each waits for an event of its own.");
    section.publish()?;
    Ok(())
}

/// How long each of some steps took, in nanoseconds.
#[derive(Default)]
struct Steps {
    each_ns: Vec<u64>,
}

impl Steps {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.each_ns.push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
        result
    }

    fn report(mut self, what: &str, section: &mut Section) {
        let clock = clock_ns();
        let all: u64 = self.each_ns.iter().map(|ns| ns.saturating_sub(clock)).sum();
        self.each_ns.sort_unstable();
        let n = self.each_ns.len();
        let at = |of_1000: usize| {
            let place = (n * of_1000 / 1_000).min(n.saturating_sub(1));
            self.each_ns.get(place).map_or(0, |ns| ns.saturating_sub(clock))
        };
        let us = |ns: u64| format!("{:.2} us", ns as f64 / 1e3);
        let rate = format!("{:.0} k", n as f64 / (all.max(1) as f64 / 1e9) / 1e3);
        let row = [what, &us(at(500)), &us(at(990)), &us(at(999)), &us(at(1_000)), &rate];
        println!("{}", row.join(" | "));
        section.row(&row);
    }
}

/// What two calls of the clock take.
fn clock_ns() -> u64 {
    let mut all: Vec<u64> =
        (0..10_001).map(|_| u64::try_from(Instant::now().elapsed().as_nanos()).unwrap_or(u64::MAX)).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn customers(n: u32, section: &mut Section) -> Outcome {
    let mut engine = Engine::new(visits::plan()?);
    for round in 0..visits::ROUNDS - 1 {
        for customer in 0..n {
            let decisions = engine.push(&visits::event(customer, n, round))?;
            sent(&mut engine, &decisions)?;
        }
    }
    let mut cold = Steps::default();
    for customer in 0..n {
        let event = visits::event(customer, n, visits::ROUNDS - 1);
        let decisions = if customer % (n / STEPS).max(1) == 0 {
            cold.time(|| engine.push(&event))?
        } else {
            engine.push(&event)?
        };
        sent(&mut engine, &decisions)?;
    }
    cold.report(&format!("{n} customers, cold"), section);
    let mut hot = Steps::default();
    let after = visits::time(n, n, visits::ROUNDS - 1).as_micros();
    for turn in 0..STEPS.min(n * 10) {
        let customer = turn % HOT;
        let time = Timestamp::saturating(after + i64::from(turn) * 1_000_000);
        let event = Event { time, ..visits::event(customer, n, turn / HOT % 2) };
        let event = event.id("till-1", format!("h{turn}"));
        let decisions = hot.time(|| engine.push(&event))?;
        sent(&mut engine, &decisions)?;
    }
    hot.report(&format!("{n} customers, hot"), section);
    let start = Instant::now();
    let due = engine.advance(visits::time(n, n, visits::ROUNDS - 1));
    let took = start.elapsed().as_secs_f64();
    let what = format!("{n} customers, time told up to now");
    section.row(&[&what, &format!("{:.2} us", took * 1e6), "", "", "", &format!("{} decisions", due.len())]);
    Ok(())
}

fn sent(engine: &mut Engine, decisions: &[Decision]) -> Outcome {
    for decision in decisions.iter().filter(|decision| !decision.applied) {
        engine.ack(decision.id, AckOutcome::Sent, None)?;
    }
    Ok(())
}

/// A plan of so many rules, each about an event of its own.
fn plan_of(n: u32) -> Result<Arc<Plan>, Box<dyn std::error::Error>> {
    use std::fmt::Write;
    let mut text = "cjm: 1\nid: many\nidentities: [{ id: member }]\nevents:\n".to_owned();
    (0..n).try_for_each(|rule| writeln!(text, "  e{rule}: {{ amount: int }}"))?;
    text.push_str("rules:\n");
    for rule in 0..n {
        writeln!(
            text,
            "  - {{ id: r{rule}, when: {{ event: e{rule}, where: \"event.amount > 90\" }}, do: [{{ call: c }}] }}"
        )?;
    }
    Ok(Arc::new(Blueprint::from_yaml(&text)?.compile()?))
}

fn rules(n: u32, section: &mut Section) -> Outcome {
    let mut engine = Engine::new(plan_of(n)?);
    let mut steps = Steps::default();
    for turn in 0..STEPS {
        let time = visits::time(turn, STEPS, 0);
        let event = Event::new(format!("e{}", turn.wrapping_mul(2_654_435_761) % n), time)
            .id("web", turn.to_string())
            .identity("member", format!("m{}", turn % HOT))
            .with("amount", i64::from(turn % 100));
        let decisions = steps.time(|| engine.push(&event))?;
        sent(&mut engine, &decisions)?;
    }
    steps.report(&format!("{n} rules on as many events"), section);
    Ok(())
}

/// A million identities that share the hash of old string hashes (31 * h + c), and a million others.
fn identities(section: &mut Section) -> Outcome {
    let hostile =
        |n: u32| -> String { (0..20).map(|bit| if n >> bit & 1 == 1 { "BB" } else { "Aa" }).collect() };
    let random = |n: u32| format!("{:020}{:020}", n.wrapping_mul(2_654_435_761), n);
    let plan = plan_of(1)?;
    for (what, name) in
        [("other identities", &random as &dyn Fn(u32) -> String), ("colliding identities", &hostile)]
    {
        let mut engine = Engine::new(plan.clone());
        let mut steps = Steps::default();
        for n in 0..1_000_000_u32 {
            let event = Event::new("e0", visits::time(n, 1_000_000, 0))
                .id("web", n.to_string())
                .identity("member", name(n))
                .with("amount", 1);
            steps.time(|| engine.push(&event))?;
        }
        steps.report(&format!("a million {what}, new customers"), section);
    }
    Ok(())
}
