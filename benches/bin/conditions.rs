//! A hundred conditions about events: over a whole log at once, and event by event.
//!
//! Answers: the time of a batch beside polars, and of a stream on one core beside the crates `cel` and
//! `zen-expression`, every one with the same conditions and the same matches. Does not know: what peers do; the
//! events are those of the peers' generator in the folder that `CJM_PEERS_DATA` names (`CJM_PEERS_SIZE`, else 10m).

use std::path::PathBuf;
use std::sync::Arc;

use cjm_benches::{Outcome, Section, clock, timed};
use cjm_core::blueprint::model::{Document, Expr};
use cjm_core::event::{Bits, EventLog, Options, TimeUnit};
use cjm_core::insight::conditions::{EventCondition, EventConditions};
use cjm_core::{Blueprint, CustomerState, Event, Input, Plan, Timestamp, TypedEvent};

const BLUEPRINT: &str = include_str!("../blueprints/conditions.yaml");
/// Events of the streams of cjm, and of the peers.
const N_STREAM: usize = 1_000_000;
const N_PEERS: usize = 20_000;
const HEAD: [&str; 4] = ["work", "first call", "median of five", "remark"];

fn main() -> Outcome {
    let Some(path) = data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let blueprint = Blueprint::from_yaml(BLUEPRINT)?;
    let plan = Arc::new(blueprint.compile()?);
    let list = conditions(&blueprint);
    let conditions = plan.event_conditions(&list)?;
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let log = cjm_io::parquet::read(&path, &options, Some(blueprint.document()))?;
    let title = format!("{} conditions over {} events", list.len(), log.n_events());
    let mut section = Section::new("conditions", &title, &HEAD);
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("batch") {
        batch(&conditions, &list, &log, &mut section);
    }
    if wanted("stream") {
        stream(&blueprint, &plan, (&conditions, &list), &log, &mut section)?;
    }
    section.note(
        "Streams: one event at a time on one core, the time of one event by the thread's own clock; events are typed and \
         the facts of peers built before. The same matches: their number and the sum of (place of the condition x its \
         matches), held against the rows that the batch gives. `times` are those of the conditions alone. A decision \
         carries an id made of SHA-256, and is remembered: the rules of which none matches show what asking costs.",
    );
    section.publish()?;
    Ok(())
}

/// The conditions of the rules.
fn conditions(blueprint: &Blueprint) -> Vec<EventCondition> {
    let rules = blueprint.document().rules.iter();
    let of = |rule: &cjm_core::blueprint::model::Rule| EventCondition {
        events: rule.when.event.iter().flat_map(|events| events.iter()).map(str::to_owned).collect(),
        holds: rule.when.where_.as_ref().map(|holds| holds.0.clone()),
    };
    rules.map(of).collect()
}

/// All conditions over the whole log, beside polars.
fn batch(conditions: &EventConditions, list: &[EventCondition], log: &EventLog, section: &mut Section) {
    let (held, time) = timed(|| conditions.count(log));
    let ours = summary(held.iter().map(|held| held.held));
    section.timed("batch, all threads", time, &ours);
    let words: Vec<(&str, &str)> = list.iter().map(of_one).collect();
    let words = serde_json::to_string(&words).unwrap_or_default();
    for peer in cjm_benches::peers::run("conditions", &[&size(), &words]) {
        let times = peer.time.median_s / time.median_s;
        let agrees = if peer.remark == ours { "the same" } else { "DIFFERENT" };
        let remark = format!("{agrees}: {}; {times:.1} times cjm", peer.remark);
        section.timed(&peer.name, peer.time, &remark);
    }
}

fn of_one(condition: &EventCondition) -> (&str, &str) {
    let event = condition.events.first().map_or("", String::as_str);
    (event, condition.holds.as_deref().unwrap_or_default())
}

/// How many matches there are, and a number that depends on which condition has how many.
fn summary(counts: impl Iterator<Item = u64>) -> String {
    let (mut total, mut check) = (0, 0);
    for (place, count) in (1..).zip(counts) {
        total += count;
        check += place * count;
    }
    format!("{total} matches, check {check}")
}

/// The first events of the log one by one: conditions alone, rules with decisions, and the peers.
fn stream(
    blueprint: &Blueprint,
    plan: &Plan,
    (conditions, list): (&EventConditions, &[EventCondition]),
    log: &EventLog,
    section: &mut Section,
) -> Outcome {
    let n = N_STREAM.min(log.n_events());
    let rows = conditions.rows(log);
    let expected = |n: usize| summary(rows.iter().map(|bits| among_first(bits, n)));
    let events: Vec<(usize, Event)> =
        customers(log).take(n).map(|(row, c)| event(log, row, c)).collect::<Result<_, _>>()?;

    let alone = alone(plan, conditions, &events)?;
    let mut report = Report { section, ours: alone.ns };
    report.line("conditions alone", &alone, &expected(n));
    report.line("rules, decisions returned", &rules(plan, &events)?, &expected(n));
    let none = with_rules(blueprint, |document| {
        for rule in &mut document.rules {
            let held = rule.when.where_.as_ref().map_or("true", |held| &held.0);
            rule.when.where_ = Some(Expr(format!("{held} && event.amount < 0.0")));
        }
    })?;
    report.line("rules of which none matches", &rules(&none, &events)?, &summary(std::iter::empty()));
    let bare = with_rules(blueprint, |document| document.rules.clear())?;
    report.line("no rules", &rules(&bare, &events)?, &summary(std::iter::empty()));
    let few = events.get(..N_PEERS).unwrap_or(&events);
    report.line("cel 0.15, each condition", &peers::cel(list, few)?, &expected(few.len()));
    report.line("zen-expression 2.1, each condition", &peers::zen(list, few)?, &expected(few.len()));
    Ok(())
}

/// What a stream took and what it found.
struct Streamed {
    /// Nanoseconds of one event.
    ns: f64,
    /// Events.
    n: u64,
    /// Matches of each condition.
    counts: Vec<u64>,
}

struct Report<'s> {
    section: &'s mut Section,
    /// Nanoseconds of one event by cjm.
    ours: f64,
}

impl Report<'_> {
    fn line(&mut self, work: &str, streamed: &Streamed, expected: &str) {
        let found = summary(streamed.counts.iter().copied());
        let agrees = if found == expected { "the same" } else { "DIFFERENT" };
        let rate = match 1e3 / streamed.ns {
            rate if rate >= 0.1 => format!("{rate:.2} M events/s"),
            rate => format!("{:.1} k events/s", rate * 1e3),
        };
        let each = streamed.counts.iter().sum::<u64>() as f64 / streamed.n.max(1) as f64;
        let times = streamed.ns / self.ours;
        let remark = format!("{rate}, {times:.1} times; {each:.2} matches an event; {agrees}: {found}");
        let time = cjm_benches::results::seconds(streamed.ns / 1e9);
        self.section.row(&[&format!("stream, {work}"), &time, "", &remark]);
    }
}

/// Runs over the events with the clock on; `step` gives the numbers of the conditions that held.
fn clocked<T>(
    events: impl Iterator<Item = T>,
    n_conditions: usize,
    mut step: impl FnMut(T, &mut dyn FnMut(usize)) -> Outcome,
) -> Result<Streamed, Box<dyn std::error::Error>> {
    let mut counts = vec![0_u64; n_conditions];
    let mut n = 0_u64;
    let start = std::time::Instant::now();
    let before = clock::ran_ns(start);
    for event in events {
        n += 1;
        step(event, &mut |number| {
            if let Some(count) = counts.get_mut(number) {
                *count += 1;
            }
        })?;
    }
    let ns = clock::ran_ns(start) - before;
    Ok(Streamed { ns: ns / n.max(1) as f64, n, counts })
}

/// Which conditions hold of each event.
fn alone(
    plan: &Plan,
    conditions: &EventConditions,
    events: &[(usize, Event)],
) -> Result<Streamed, Box<dyn std::error::Error>> {
    let typed: Vec<TypedEvent<'_>> =
        events.iter().map(|(_, event)| plan.typed(event)).collect::<Result<_, _>>()?;
    clocked(typed.iter(), 100, |event, found| {
        conditions.each_that_holds(event, found)?;
        Ok(())
    })
}

/// The decisions of the rules; rule `cNN` has condition NN.
fn rules(plan: &Plan, events: &[(usize, Event)]) -> Result<Streamed, Box<dyn std::error::Error>> {
    let typed: Vec<TypedEvent<'_>> =
        events.iter().map(|(_, event)| plan.typed(event)).collect::<Result<_, _>>()?;
    let n_customers = events.iter().map(|(customer, _)| customer + 1).max().unwrap_or(0);
    let mut states: Vec<CustomerState> = (0..n_customers).map(|_| CustomerState::new(plan)).collect();
    clocked(events.iter().zip(&typed), 100, |((customer, _), event), found| {
        let Some(state) = states.get_mut(*customer) else { return Ok(()) };
        for decision in plan.step(state, Input::Typed(event))?.decisions {
            if let [b'c', tens, ones] = decision.rule.as_bytes() {
                found(usize::from(tens - b'0') * 10 + usize::from(ones - b'0'));
            }
        }
        Ok(())
    })
}

/// The blueprint with other rules.
fn with_rules(
    blueprint: &Blueprint,
    change: impl FnOnce(&mut Document),
) -> Result<Plan, Box<dyn std::error::Error>> {
    let mut document = blueprint.document().clone();
    change(&mut document);
    Ok(Blueprint::from_document(document).compile()?)
}

fn customers(log: &EventLog) -> impl Iterator<Item = (usize, usize)> + '_ {
    (0..log.n_customers()).flat_map(|customer| log.rows(customer).map(move |row| (row, customer)))
}

/// A row as an event, with its customer.
fn event(log: &EventLog, row: usize, customer: usize) -> Result<(usize, Event), Box<dyn std::error::Error>> {
    let name = log.event_names().get(log.names().get(row) as usize).ok_or("no name")?.clone();
    let at = log.times_us().get(row).copied().and_then(Timestamp::from_micros).ok_or("no time")?;
    let event =
        Event::new(name, at).id("log", row.to_string()).identity("customer", &*log.customer_key(customer));
    let columns = log.columns().iter().map(|column| (column.name.clone(), column.value(row).to_value()));
    Ok((customer, columns.fold(event, |event, (name, value)| event.with(name, value))))
}

fn among_first(bits: &Bits, n: usize) -> u64 {
    bits.iter().take(n).map(u64::from).sum()
}

/// The conditions evaluated one by one by other crates, over facts in each one's own form.
mod peers {
    use cjm_core::Value;

    use super::*;

    type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

    /// `event_type == "pay" and amount >= 20.0`.
    fn text(condition: &EventCondition, and: &str) -> String {
        let (event, holds) = of_one(condition);
        let all = std::iter::once(format!("event_type == \"{event}\""));
        let holds = holds.split(" && ").filter(|one| !one.is_empty()).map(|one| one.replace("event.", ""));
        all.chain(holds).collect::<Vec<_>>().join(and).replace('\'', "\"")
    }

    pub(super) fn cel(list: &[EventCondition], events: &[(usize, Event)]) -> Result<Streamed> {
        let programs = list
            .iter()
            .map(|one| cel::Program::compile(&text(one, " && ")))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let context = |(_, event): &(usize, Event)| {
            let mut context = cel::Context::default();
            context.add_variable_from_value("event_type", event.name.to_string());
            for (name, value) in &event.attributes {
                match value {
                    Value::Text(text) => context.add_variable_from_value(name.to_string(), text.to_string()),
                    Value::Number(x) => context.add_variable_from_value(name.to_string(), *x),
                    _ => {}
                }
            }
            context
        };
        let contexts: Vec<_> = events.iter().map(context).collect();
        clocked(contexts.iter(), list.len(), |context, found| {
            for (number, program) in programs.iter().enumerate() {
                if program.execute(context)? == cel::Value::Bool(true) {
                    found(number);
                }
            }
            Ok(())
        })
    }

    pub(super) fn zen(list: &[EventCondition], events: &[(usize, Event)]) -> Result<Streamed> {
        let compile = |one| zen_expression::compile_expression(&text(one, " and "));
        let programs = list.iter().map(compile).collect::<std::result::Result<Vec<_>, _>>()?;
        let scope = |(_, event): &(usize, Event)| {
            let mut facts = serde_json::Map::new();
            facts.insert("event_type".to_owned(), event.name.to_string().into());
            for (name, value) in &event.attributes {
                let value = match value {
                    Value::Text(text) => text.to_string().into(),
                    Value::Number(x) => (*x).into(),
                    _ => serde_json::Value::Null,
                };
                facts.insert(name.to_string(), value);
            }
            zen_expression::Scope::new(serde_json::Value::Object(facts).into())
        };
        let scopes: Vec<_> = events.iter().map(scope).collect();
        let mut vm = zen_expression::vm::VM::new();
        clocked(scopes.iter(), list.len(), |scope, found| {
            for (number, program) in programs.iter().enumerate() {
                if program.evaluate_with_scope(scope, &mut vm)?.as_bool() == Some(true) {
                    found(number);
                }
            }
            Ok(())
        })
    }
}

fn size() -> String {
    std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "10m".to_owned())
}

fn data() -> Option<PathBuf> {
    let path = cjm_benches::peers::data()?.join(format!("events_{}.parquet", size()));
    path.exists().then_some(path)
}
