//! How much memory a live engine takes for each customer.
//!
//! Answers: bytes asked of the allocator and bytes resident, by number of customers, three events each, identity index,
//! deadlines, links and refusals included. Does not know: how long a step takes (see `bench-steps`): counting costs time.

use std::alloc::System;

use cjm_benches::{Outcome, Section, machine, visits};
use cjm_core::{AckOutcome, Decision, Engine, Event, Timestamp};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is promised.
const PROMISED_BYTES: f64 = 400.0;
const DAY_US: i64 = 86_400_000_000;

fn main() -> Outcome {
    let most: u32 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let mut section = Section::new(
        "memory",
        "Memory of a live engine, restaurant.yaml, three events each",
        &["customers", "when", "bytes each, asked for", "bytes each, resident", "of it hot"],
    );
    for n in [10_000_u32, 100_000, 1_000_000, 10_000_000].into_iter().filter(|n| *n <= most) {
        one(n, &mut section)?;
    }
    section.note(&format!(
        "Everything an engine holds: packed states, the {} customers it keeps unpacked unless said, identity index, deadlines, counted links, refusals, outbox. Promised: {PROMISED_BYTES} bytes each for a million customers. Every customer has a member id and a phone number; decisions are acknowledged as `sent`.",
        1024
    ));
    section.publish()?;
    Ok(())
}

fn live() -> f64 {
    let stats = COUNTING.stats();
    stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
}

fn one(n: u32, section: &mut Section) -> Outcome {
    let plan = visits::plan()?;
    let before = (live(), machine::resident_mb().unwrap_or_default());
    let mut engine = Engine::new(plan);
    for round in 0..visits::ROUNDS {
        for customer in 0..n {
            let event: Event = visits::event(customer, n, round);
            let decisions = engine.push(&event)?;
            sent(&mut engine, &decisions)?;
        }
    }
    let mut tell = |when: &str, engine: &Engine| {
        let each = (live() - before.0) / f64::from(n);
        let resident = (machine::resident_mb().unwrap_or_default() - before.1) * 1e6 / f64::from(n);
        let hot = "";
        assert_eq!(engine.n_customers(), n as usize);
        section.row(&[&n.to_string(), when, &format!("{each:.0}"), &format!("{resident:.0}"), hot]);
        println!("{n} {when}: {each:.0} bytes, {resident:.0} resident");
    };
    tell("after the third event", &engine);
    pass(&mut engine, visits::time(n, n, visits::ROUNDS - 1))?;
    tell("a day later, what was due decided and acknowledged", &engine);
    Ok(())
}

/// Lets a day pass in small steps: never more than 100,000 decisions may wait.
fn pass(engine: &mut Engine, from: Timestamp) -> Outcome {
    let n = 2_000;
    for step in 1..=n {
        let decisions = engine.advance(Timestamp::saturating(from.as_micros() + step * DAY_US / n));
        sent(engine, &decisions)?;
    }
    Ok(())
}

fn sent(engine: &mut Engine, decisions: &[Decision]) -> Outcome {
    for decision in decisions.iter().filter(|decision| !decision.applied) {
        engine.ack(decision.id, AckOutcome::Sent, None)?;
    }
    Ok(())
}
