//! The kernel by cases: each a blueprint, a few events, the moments they give.

mod abandoned;
mod acks;
mod answers;
mod bounds;
mod brief;
mod complaints;
mod derived;
mod explain;
mod groups;
mod held;
mod host;
mod hostile;
mod inputs;
mod install;
mod late;
mod laws;
mod memory;
mod order;
mod policy;
mod replay;
mod retract;
mod rules;
mod shelf;
mod stories;
mod tickets;
mod view;

use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::engine::{CustomerState, Input};
use crate::error::Result;
use crate::plan::Plan;
use crate::signal::{Dated, Moment};
use crate::{Blueprint, Event, Zone};

/// The instant of a text in UTC: `2026-01-01T10:00` or with an offset.
fn at(text: &str) -> Timestamp {
    crate::base::zone::parse_instant(text, Some(&Zone::utc())).unwrap()
}

fn plan(text: &str) -> Arc<Plan> {
    let blueprint = Blueprint::from_yaml(text).unwrap_or_else(|e| panic!("{:#?}", e.findings()));
    Arc::new(blueprint.compile().unwrap_or_else(|e| panic!("{:#?}", e.findings())))
}

/// An event of a line `name time key=value ...`; the member is `m` unless `member=` says otherwise.
fn event(line: &str) -> Event {
    let mut words = line.split_whitespace();
    let (name, time) = (words.next().unwrap(), words.next().unwrap());
    let mut event = Event::new(name, at(time));
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        event = match key {
            "id" => event.id("s", value),
            "sequence" => event.sequence(value.parse().unwrap()),
            "member" | "phone" => event.identity(key, value),
            _ => match (value.parse::<i64>(), value.parse::<bool>()) {
                (Ok(number), _) => event.with(key, number),
                (_, Ok(truth)) => event.with(key, truth),
                _ => event.with(key, value),
            },
        };
    }
    if event.identities.is_empty() { event.identity("member", "m") } else { event }
}

/// Feeds lines; `tick TIME` lets time pass.
fn feed(plan: &Plan, state: &mut CustomerState, lines: &str) -> Result<Vec<Dated>> {
    let mut moments = Vec::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let fed = match line.strip_prefix("tick ") {
            Some(time) => plan.observe(state, Input::Tick(at(time)))?,
            None => plan.observe(state, Input::Event(&event(line)))?,
        };
        moments.extend(fed);
    }
    Ok(moments)
}

/// The moments as short lines: `time what where`.
fn told(plan: &Plan, moments: &[Dated]) -> Vec<String> {
    let journey = |j: u32| &plan.document.journeys[j as usize];
    let stage = |j: u32, s: u32| journey(j).stages[s as usize].id.clone();
    let touchpoint = |j: u32, t: u32| {
        journey(j).stages.iter().flat_map(|s| &s.touchpoints).nth(t as usize).unwrap().id.clone()
    };
    let state = |s: u32| plan.names.lifecycle()[s as usize].to_string();
    let line = |dated: &Dated| {
        let what = match dated.moment {
            Moment::Opened { journey: j, trip, persona } => {
                let persona = persona.map_or("-".into(), |p| journey(j).personas[p as usize].id.clone());
                format!("opened {}#{} {persona}", journey(j).id, trip.number)
            }
            Moment::Landed(l) => {
                let wait = l.wait.map_or("-".into(), |w| w.to_string());
                format!("landed {}#{} wait {wait}", touchpoint(l.journey, l.touchpoint), l.trip.number)
            }
            Moment::Outside { journey, touchpoint: t } => format!("outside {}", touchpoint(journey, t)),
            Moment::Crowded { journey: j } => format!("crowded {}", journey(j).id),
            Moment::Enter { journey, stage: s, .. } => format!("enter {}", stage(journey, s)),
            Moment::Leave { journey, stage: s, stay, .. } => {
                format!("leave {} after {stay}", stage(journey, s))
            }
            Moment::Skip { journey, touchpoint: t, .. } => format!("skip {}", touchpoint(journey, t)),
            Moment::Back { journey, stage: s, .. } => format!("back {}", stage(journey, s)),
            Moment::Reached { journey: j, trip } => format!("reached {}#{}", journey(j).id, trip.number),
            Moment::Ended { journey: j, trip, end } => {
                format!("ended {}#{} {end:?}", journey(j).id, trip.number)
            }
            Moment::Becomes { from, state: s } => {
                format!("{} -> {}", from.map_or("-".into(), state), state(s))
            }
            Moment::Joins { segment } => format!("joins {}", plan.names.segments()[segment as usize]),
            Moment::Quits { segment } => format!("quits {}", plan.names.segments()[segment as usize]),
        };
        format!("{} {what}", dated.at)
    };
    moments.iter().map(line).collect()
}

/// Checks a story: a blueprint, lines to feed, the moments expected (those of the kinds named in `only`).
fn check(text: &str, lines: &str, only: &[&str], expected: &str) {
    let plan = plan(text);
    let mut state = CustomerState::new(&plan);
    let moments = feed(&plan, &mut state, lines).unwrap_or_else(|e| panic!("{e}"));
    let wanted = |line: &String| only.is_empty() || only.iter().any(|w| line.contains(w));
    let told: Vec<String> = told(&plan, &moments).into_iter().filter(wanted).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    assert_eq!(told, expected);
}
