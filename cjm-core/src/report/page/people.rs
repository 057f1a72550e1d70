//! Customers beyond one journey: lifecycle and its moves, losses, scores.
//!
//! Answers: which rows stand where. Does not know: single journeys.

use std::collections::BTreeSet;

use minijinja::context;
use minijinja::value::Value;

use super::super::names::clip;
use super::super::say::{Unit, w};
use super::super::svg::moves::{self, Move, Node};
use super::table::{self, Table, shown_of};
use super::{View, drawing, everyone};
use crate::insight::rows::{LifecycleRow, LossRow, MoveRow, ScoreRow};

/// Most moves drawn, the most frequent first.
const MOVES: usize = 40;
const LOSSES: usize = 20;
const SCORES: usize = 100;
const REASONS: usize = 3;

impl View<'_> {
    pub(super) fn lifecycle(&self) -> Option<Value> {
        let say = &self.say;
        let rows: Vec<&LifecycleRow> = self.tables.lifecycle.iter().filter(|r| everyone(&r.group)).collect();
        if rows.is_empty() {
            return None;
        }
        let table = Table::new(w!(say, "lifecycle_table"))
            .words(w!(say, "state"))
            .numbers(w!(say, "customers"))
            .numbers(w!(say, "of_all"))
            .numbers(w!(say, "moved_in"))
            .numbers(w!(say, "moved_out"))
            .rows(say, SCORES, rows.iter(), |r| {
                vec![
                    table::name(self.names.value("state", &r.state)),
                    table::plain(say.count(r.customers)),
                    table::estimate(say, &r.of_all, Unit::Share),
                    table::plain(say.count(r.moved_in)),
                    table::plain(say.count(r.moved_out)),
                ]
            });
        let moves: Vec<&MoveRow> = self.tables.moves.iter().filter(|r| everyone(&r.group)).collect();
        let flow = (!moves.is_empty()).then(|| drawing(self.flow(moves.get(..MOVES).unwrap_or(&moves))));
        context! { table => table.done(), flow, note => shown_of(say, MOVES, moves.len()) }.into()
    }

    fn flow(&self, rows: &[&MoveRow]) -> String {
        let say = &self.say;
        let sources = self.in_order(rows.iter().map(|r| r.source.as_deref()));
        let targets = self.in_order(rows.iter().map(|r| r.target.as_deref()));
        let place = |list: &[Option<&str>], state: Option<&str>| list.iter().position(|s| *s == state);
        let mut drawn: Vec<Move> = rows
            .iter()
            .filter_map(|r| {
                let tip = format!(
                    "{} → {}: {}",
                    self.state(r.source.as_deref(), w!(say, "first_seen")),
                    self.state(r.target.as_deref(), w!(say, "united")),
                    say.count(r.count)
                );
                let source = place(&sources, r.source.as_deref())?;
                let target = place(&targets, r.target.as_deref())?;
                Some(Move { source, target, count: r.count, tip })
            })
            .collect();
        drawn.sort_by_key(|m| (m.source, m.target));
        let total = |state: Option<&str>, of: fn(&MoveRow) -> Option<&str>| {
            rows.iter().filter(|r| of(r) == state).fold(0_u64, |sum, r| sum.saturating_add(r.count))
        };
        let left = self.nodes((&sources, w!(say, "first_seen")), |s| total(s, |r| r.source.as_deref()));
        let right = self.nodes((&targets, w!(say, "united")), |s| total(s, |r| r.target.as_deref()));
        let label = w!(say, "flow_label");
        moves::draw((&left, &right), &drawn, (w!(say, "moved_from"), w!(say, "moved_to")), label)
    }

    /// The states there are: none first, then as the blueprint declares them, then the others.
    fn in_order<'s>(&'s self, states: impl Iterator<Item = Option<&'s str>>) -> Vec<Option<&'s str>> {
        let present: BTreeSet<Option<&str>> = states.collect();
        let declared = self.document.customer.iter().flat_map(|c| &c.lifecycle).map(|l| Some(l.id.as_str()));
        let mut order: Vec<Option<&str>> = Vec::new();
        for state in std::iter::once(None).chain(declared).chain(present.iter().copied()) {
            if present.contains(&state) && !order.contains(&state) {
                order.push(state);
            }
        }
        order
    }

    fn nodes(
        &self,
        (states, none): (&[Option<&str>], &str),
        total: impl Fn(Option<&str>) -> u64,
    ) -> Vec<Node> {
        states
            .iter()
            .map(|state| {
                let total = total(*state);
                let figure = self.say.count(total);
                Node {
                    name: self.state(*state, none),
                    total,
                    figure,
                    lost: state.is_some_and(|s| self.is_lapse(s)),
                }
            })
            .collect()
    }

    fn state(&self, state: Option<&str>, none: &str) -> String {
        state.map_or_else(|| none.to_owned(), |s| self.names.value("state", s))
    }

    /// A state that silence leads to.
    fn is_lapse(&self, state: &str) -> bool {
        let rows = self.document.customer.iter().flat_map(|c| &c.lifecycle);
        rows.filter(|l| l.id == state).any(|l| l.idle.is_some())
    }

    // losses ------------------------------------------------------------------------------------------------------

    pub(super) fn losses(&self) -> Option<Value> {
        let say = &self.say;
        let rows: Vec<&LossRow> = self.tables.losses.iter().filter(|r| everyone(&r.group)).collect();
        let table = Table::new(w!(say, "loss_table"))
            .words(w!(say, "last_touchpoint"))
            .words(w!(say, "loss"))
            .numbers(w!(say, "customers_lost"))
            .numbers(w!(say, "of_losses"))
            .numbers(w!(say, "emotion_lost_stayed"))
            .numbers(w!(say, "wait_lost_stayed"))
            .numbers(w!(say, "complaint_lost_stayed"))
            .words(w!(say, "stated_reasons"))
            .rows(say, LOSSES, rows.iter(), |r| self.loss(r));
        (!rows.is_empty()).then(|| table.done())
    }

    fn loss(&self, r: &LossRow) -> Vec<Value> {
        let say = &self.say;
        let journey = r.journey.as_deref().unwrap_or("");
        let place = match &r.touchpoint {
            Some(t) => table::name_under(self.names.touchpoint(journey, t), self.names.journey(journey)),
            None => table::plain_under(w!(say, "nowhere"), self.names.journey(journey)),
        };
        let kind = match &r.state {
            Some(state) => table::plain_under(say.known("loss_", &r.kind), self.names.value("state", state)),
            None => table::plain(say.known("loss_", &r.kind)),
        };
        let both = |a, b, unit| table::pair(say.estimate(a, unit), say.estimate(b, unit));
        vec![
            place,
            kind,
            table::plain(say.count(r.customers)),
            table::estimate(say, &r.of_losses, Unit::Share),
            both(&r.emotion, &r.emotion_stayed, Unit::Emotion),
            both(&r.median_wait_s, &r.median_wait_stayed_s, Unit::Time),
            both(&r.complained, &r.complained_stayed, Unit::Share),
            table::counted_names(self.reasons(&r.reasons), w!(say, "no_reason")),
        ]
    }

    fn reasons<'r>(&'r self, reasons: &'r [(String, u64)]) -> impl Iterator<Item = (String, String)> {
        reasons.iter().take(REASONS).map(|(reason, n)| (clip(reason), self.say.count(*n)))
    }

    // scores ------------------------------------------------------------------------------------------------------

    pub(super) fn scores(&self) -> Option<Value> {
        let say = &self.say;
        let rows = &self.tables.scores;
        let table = Table::new(w!(say, "score_table"))
            .words(w!(say, "question"))
            .words(w!(say, "kind"))
            .words(w!(say, "touchpoint"))
            .numbers(w!(say, "score"))
            .numbers(w!(say, "mean_answer"))
            .rows(say, SCORES, rows.iter(), |r| self.score(r));
        (!rows.is_empty()).then(|| table.done())
    }

    fn score(&self, r: &ScoreRow) -> Vec<Value> {
        let say = &self.say;
        let unit = if r.kind == "nps" { Unit::Nps } else { Unit::Share };
        let question = match r.survey.as_str() {
            "event" => table::plain(w!(say, "carried_by_events")),
            survey => {
                let (question, title) =
                    (self.names.question(survey, &r.question), self.names.value("survey", survey));
                let under = if title == question { String::new() } else { title };
                table::name_under(question, under)
            }
        };
        let touchpoint = r.touchpoint.as_deref().map(|t| self.touchpoint_anywhere(t));
        vec![
            question,
            table::plain(say.known("score_", &r.kind)),
            touchpoint.map_or_else(|| table::plain("–"), table::name),
            table::estimate(say, &r.score, unit),
            table::estimate(say, &r.mean, Unit::Mean),
        ]
    }
}
