//! How fast the rules are: a stream event by event, and a log replayed.
//!
//! Answers: events per second on one core with decisions returned, in order of time and in order of arrival with
//! lateness; how long one step takes at the 99th percentile; a replay on all threads; for the three temporal rules of
//! the peers, beside them. Does not know: how the peers do it; the events are those of the peers' generator in the
//! folder that `CJM_PEERS_DATA` names.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cjm_benches::{Outcome, Section, timed};
use cjm_core::event::{Options, TimeUnit};
use cjm_core::{
    Blueprint, CustomerState, Decision, Event, Input, Plan, Replay, ReplayOptions, Timestamp, Until,
};

const BLUEPRINT: &str = include_str!("../blueprints/triggers.yaml");
/// Events of the stream that are typed and held at a time.
const HELD: usize = 1_000_000;

fn main() -> Outcome {
    let Some(folder) = cjm_benches::peers::data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let path = |ext: &str| folder.join(format!("events_{}.{ext}", size()));
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let arrivals = Arrivals::read(&path("csv"))?;
    let title = format!(
        "Three temporal rules over {} events of {} customers",
        arrivals.list.len(),
        arrivals.customers.len()
    );
    let mut section = Section::new(
        &format!("engine-{}", size()),
        &title,
        &["work", "first call", "median of five", "remark"],
    );
    if wanted("stream") {
        let late = BLUEPRINT.replace("identities:", "sources: [{ id: log, lateness: 10m }]\nidentities:");
        stream("stream in order of arrival, lateness 10 min", &plan(&late)?, &arrivals, &mut section)?;
        stream("stream in order of time, nothing late", &plan(BLUEPRINT)?, &arrivals.sorted(), &mut section)?;
    }
    drop(arrivals);
    if wanted("replay") {
        replay(&path("parquet"), &mut section)?;
    }
    for peer in cjm_benches::peers::run("triggers", &[&size()]) {
        section.timed(&peer.name, peer.time, &peer.remark);
    }
    section.publish()?;
    Ok(())
}

fn plan(text: &str) -> Result<Plan, Box<dyn std::error::Error>> {
    Ok(Blueprint::from_yaml(text)?.compile()?)
}

fn replay(path: &Path, section: &mut Section) -> Outcome {
    let blueprint = Blueprint::from_yaml(BLUEPRINT)?;
    let plan = blueprint.compile()?;
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let log = cjm_io::parquet::read(path, &options, Some(blueprint.document()))?;
    let ended = ReplayOptions { until: Until::EndOfWaits, ..ReplayOptions::default() };
    let (replay, time) = timed(|| plan.replay(&log, ended));
    section.timed("replay until end_of_waits, all threads", time, &remark(&replay));
    Ok(())
}

/// Events in the order in which they came: time in microseconds, customer, name, id.
struct Arrivals {
    list: Vec<(i64, u32, u32, u32)>,
    customers: Vec<Arc<str>>,
    names: Vec<Arc<str>>,
}

impl Arrivals {
    fn read(path: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut all = Self { list: Vec::new(), customers: Vec::new(), names: Vec::new() };
        let (mut customers, mut names) = (HashMap::new(), HashMap::new());
        let lines = BufReader::new(std::fs::File::open(path)?).lines();
        for (line, id) in lines.skip(1).zip(0..) {
            let line = line?;
            let mut fields = line.split(',').map(|field| field.trim_matches('"'));
            let mut next = || fields.next().ok_or("a line without its fields");
            let (customer, time, name) = (next()?, next()?, next()?);
            let customer = number(&mut customers, &mut all.customers, customer);
            let name = number(&mut names, &mut all.names, name);
            all.list.push((time.parse::<i64>()? * 1_000, customer, name, id));
        }
        Ok(all)
    }

    fn sorted(&self) -> Self {
        let mut list = self.list.clone();
        list.sort_unstable();
        Self { list, customers: self.customers.clone(), names: self.names.clone() }
    }

    fn events(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = Event> {
        let (source, kind): (Arc<str>, Arc<str>) = ("log".into(), "customer".into());
        self.list.get(range).unwrap_or_default().iter().filter_map(move |(at, customer, name, id)| {
            let event = Event::new(self.names.get(*name as usize)?.clone(), Timestamp::from_micros(*at)?);
            let event = event.id(source.clone(), id.to_string());
            Some(event.identity(kind.clone(), self.customers.get(*customer as usize)?.clone()))
        })
    }
}

fn number(known: &mut HashMap<String, u32>, list: &mut Vec<Arc<str>>, text: &str) -> u32 {
    if let Some(number) = known.get(text) {
        return *number;
    }
    let number = list.len() as u32;
    list.push(text.into());
    known.insert(text.to_owned(), number);
    number
}

/// How often each rule decided.
#[derive(Default)]
struct Counts(BTreeMap<Arc<str>, u64>);

impl Counts {
    fn add(&mut self, decisions: Vec<Decision>) {
        for decision in decisions {
            *self.0.entry(decision.rule).or_default() += 1;
        }
    }

    fn told(&self) -> String {
        self.0.iter().map(|(rule, n)| format!("{rule} {n}")).collect::<Vec<_>>().join(", ")
    }
}

/// Feeds the events one by one to states in a list; typing them and looking the states up is not timed.
fn stream(name: &str, plan: &Plan, arrivals: &Arrivals, section: &mut Section) -> Outcome {
    let mut states: Vec<CustomerState> =
        arrivals.customers.iter().map(|_| CustomerState::new(plan)).collect();
    let mut counts = Counts::default();
    let (mut seconds, mut steps) = (0.0, Vec::new());
    let n = arrivals.list.len();
    for from in (0..n).step_by(HELD) {
        let range = from..(from + HELD).min(n);
        let last = range.end == n;
        let events: Vec<_> = arrivals
            .events(range.clone())
            .map(|event| plan.typed(&event).map(cjm_core::TypedEvent::into_owned))
            .collect::<Result<_, _>>()?;
        // the last tenth of a million is timed step by step, for the percentile alone
        let whole = if last { events.len().saturating_sub(HELD / 10) } else { events.len() };
        let start = Instant::now();
        for (place, (event, (_, customer, ..))) in
            events.iter().zip(arrivals.list.get(range).unwrap_or_default()).enumerate()
        {
            let Some(state) = states.get_mut(*customer as usize) else { continue };
            if place == whole {
                seconds += start.elapsed().as_secs_f64();
            }
            let step = (place >= whole).then(Instant::now);
            counts.add(plan.step(state, Input::Typed(event))?.decisions);
            steps.extend(step.map(|step| step.elapsed().as_nanos()));
        }
        if !last {
            seconds += start.elapsed().as_secs_f64();
        }
    }
    for state in &mut states {
        while let Some(due) = state.next_due() {
            counts.add(plan.step(state, Input::Tick(due))?.decisions);
        }
    }
    let rate = (n - steps.len()) as f64 / seconds / 1e6;
    steps.sort_unstable();
    let percentile =
        |share: f64| steps.get((steps.len() as f64 * share) as usize).copied().unwrap_or(0) as f64 / 1e3;
    let remark = format!(
        "{rate:.2} M events/s on one core; a step takes {:.1} us at most in 99 of 100 cases, {:.1} us in 999 of 1,000; {}",
        percentile(0.99),
        percentile(0.999),
        counts.told()
    );
    section.row(&[name, &format!("{seconds:.2} s"), "", &remark]);
    Ok(())
}

fn remark(replay: &Replay) -> String {
    let mut counts = Counts::default();
    counts.add(replay.decisions.clone());
    counts.told()
}

fn size() -> String {
    std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "1m".to_owned())
}
