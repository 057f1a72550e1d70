//! A log asked block by block, on all cores.
//!
//! Answers: how often each condition held, and for which rows. Does not know: how parts are read from columns.

use std::ops::Range;

use super::lay::{Laid, Laying, Node, Seen};
use super::plane::{self, BLOCK, NONE, Plane, WIDTH};
use super::reading::{Lifted, Verdict, Verdicts, read_atom};
use super::{EventConditions, Held};
use crate::base::par;
use crate::engine::bind::Binding;
use crate::event::{Bits, EventLog};

/// Rows that one thread takes at a time.
const STRETCH: usize = 16 * BLOCK;
const ALL: Plane = [u8::MAX; WIDTH];
const NO_VERDICT: Verdicts = Verdicts { holds: NONE, may: NONE };

/// How often each condition held.
pub(super) fn count(conditions: &EventConditions, log: &EventLog) -> Vec<Held> {
    let none = vec![Held::default(); conditions.list.len()];
    let all = walk(conditions, log, |work| {
        let mut counts = none.clone();
        work(&mut |condition, block| {
            if let Some(count) = counts.get_mut(condition) {
                count.asked += block.n_asked;
                count.held += plane::count(block.holds);
                count.failed += block.failed.map_or(0, plane::count);
            }
        });
        counts
    });
    all.into_iter().fold(none, |mut sum, counts| {
        for (sum, count) in sum.iter_mut().zip(counts) {
            sum.asked += count.asked;
            sum.held += count.held;
            sum.failed += count.failed;
        }
        sum
    })
}

/// The rows for which each condition held.
pub(super) fn rows(conditions: &EventConditions, log: &EventLog) -> Vec<Bits> {
    let n = conditions.list.len();
    let all = walk(conditions, log, |work| {
        let mut words: Vec<Vec<u64>> = vec![Vec::with_capacity(STRETCH / 64); n];
        work(&mut |condition, block| {
            if let Some(words) = words.get_mut(condition) {
                words.extend(plane::words(block.holds));
            }
        });
        words
    });
    let mut joined: Vec<Vec<u64>> = vec![Vec::with_capacity(log.n_events().div_ceil(64)); n];
    for stretch in all {
        joined.iter_mut().zip(stretch).for_each(|(all, words)| all.extend(words));
    }
    joined.into_iter().map(|words| Bits::from_words(words, log.n_events())).collect()
}

/// What one condition says of a block.
struct Block<'b> {
    n_asked: u64,
    holds: &'b Plane,
    failed: Option<&'b Plane>,
}

/// Told of each condition by number, block by block in row order.
type Tell<'t> = &'t mut dyn FnMut(usize, Block<'_>);

/// Walks the stretches of a log on all threads; results keep their order.
fn walk<R: Send>(
    conditions: &EventConditions,
    log: &EventLog,
    take: impl Fn(&mut dyn FnMut(Tell<'_>)) -> R + Send + Sync,
) -> Vec<R> {
    let binding = Binding::new(&conditions.plan, log);
    let laid = Laid::of(conditions, log, &binding);
    let n = log.n_events();
    let stretches = (0..n).step_by(STRETCH).map(|at| at..n.min(at + STRETCH)).collect();
    par::map_with(
        stretches,
        || Space::of(&laid),
        |space, rows: Range<usize>| {
            take(&mut |tell: Tell<'_>| {
                for at in rows.clone().step_by(BLOCK) {
                    space.block(at..rows.end.min(at + BLOCK), tell);
                }
            })
        },
    )
}

/// What one thread works with.
struct Space<'l, 'a> {
    laid: &'l Laid<'a>,
    rows: Range<usize>,
    atoms: Vec<Plane>,
    /// Rows of each set of event names, and how many they are.
    masks: Vec<(Plane, u64)>,
    lifted: Vec<Lifted>,
    parts: Vec<Verdicts>,
    /// Of parts that are asked row by row: rows that were asked.
    known: Vec<Plane>,
}

impl<'l, 'a> Space<'l, 'a> {
    fn of(laid: &'l Laid<'a>) -> Self {
        Self {
            laid,
            rows: 0..0,
            atoms: vec![NONE; laid.shared.atoms.len()],
            masks: vec![(NONE, 0); laid.masks.len()],
            lifted: vec![Lifted::default(); laid.shared.amounts.len()],
            parts: vec![NO_VERDICT; laid.parts.len()],
            known: vec![NONE; laid.parts.len()],
        }
    }

    fn block(&mut self, rows: Range<usize>, tell: Tell<'_>) {
        let laid = self.laid;
        self.rows = rows.clone();
        for (atom, plane) in laid.shared.atoms.iter().zip(&mut self.atoms) {
            read_atom(*atom, &rows, plane);
        }
        for (values, lifted) in laid.shared.amounts.iter().zip(&mut self.lifted) {
            lifted.take(values, &rows);
        }
        let present = plane::first(rows.len());
        for (mask, (plane, n)) in laid.masks.iter().zip(&mut self.masks) {
            *plane = if mask.is_none() { present } else { NONE };
            let atoms = mask.iter().flatten().filter_map(|atom| self.atoms.get(*atom));
            atoms.for_each(|atom| plane::or(plane, atom));
            *n = plane::count(plane);
        }
        for ((part, verdicts), known) in laid.parts.iter().zip(&mut self.parts).zip(&mut self.known) {
            match &part.reading {
                Some(reading) => reading.read(&rows, &self.atoms, &self.lifted, verdicts),
                None => {
                    *verdicts = NO_VERDICT;
                    *known = NONE;
                }
            }
        }
        for (number, condition) in laid.conditions.iter().enumerate() {
            self.condition(number, condition, tell);
        }
    }

    fn condition(&mut self, number: usize, condition: &Laying, tell: Tell<'_>) {
        let (asked, n_asked) = self.masks.get(condition.mask).copied().unwrap_or((NONE, 0));
        let Some(node) = condition.node.as_ref().filter(|_| n_asked > 0) else {
            return tell(number, Block { n_asked, holds: &asked, failed: None });
        };
        if !condition.fails && !condition.by_row {
            let mut holds = asked;
            self.narrow(node, &mut holds);
            return tell(number, Block { n_asked, holds: &holds, failed: None });
        }
        let mut said = NO_VERDICT;
        self.ask(node, &asked, &mut said);
        plane::and(&mut said.holds, &asked);
        plane::and(&mut said.may, &asked);
        plane::without(&mut said.may, &said.holds);
        tell(number, Block { n_asked, holds: &said.holds, failed: Some(&said.may) });
    }

    /// Keeps the rows for which a formula holds that can not end in an error.
    fn narrow(&self, node: &Node, rows: &mut Plane) {
        match node {
            Node::Part(part) => {
                if let Some(said) = self.parts.get(*part) {
                    plane::and(rows, &said.holds);
                }
            }
            Node::All(nodes) => nodes.iter().for_each(|node| self.narrow(node, rows)),
            Node::Any(nodes) => {
                let mut any = NONE;
                for node in nodes {
                    let mut one = *rows;
                    self.narrow(node, &mut one);
                    plane::or(&mut any, &one);
                }
                *rows = any;
            }
            Node::Not(node) => {
                let mut one = *rows;
                self.narrow(node, &mut one);
                plane::without(rows, &one);
            }
        }
    }

    /// What a formula says of the rows that are needed; of others it may say anything.
    fn ask(&mut self, node: &Node, needed: &Plane, out: &mut Verdicts) {
        match node {
            Node::Part(part) => {
                self.ask_rows(*part, needed);
                *out = self.parts.get(*part).copied().unwrap_or(NO_VERDICT);
            }
            Node::All(nodes) => {
                let (mut needed, mut one) = (*needed, NO_VERDICT);
                *out = Verdicts { holds: ALL, may: ALL };
                for node in nodes {
                    self.ask(node, &needed, &mut one);
                    plane::and(&mut out.holds, &one.holds);
                    plane::and(&mut out.may, &one.may);
                    plane::and(&mut needed, &out.may);
                }
            }
            Node::Any(nodes) => {
                let (mut needed, mut one) = (*needed, NO_VERDICT);
                *out = NO_VERDICT;
                for node in nodes {
                    self.ask(node, &needed, &mut one);
                    plane::or(&mut out.holds, &one.holds);
                    plane::or(&mut out.may, &one.may);
                    plane::without(&mut needed, &out.holds);
                }
            }
            Node::Not(node) => {
                let mut one = NO_VERDICT;
                self.ask(node, needed, &mut one);
                plane::not(&mut one.holds);
                plane::not(&mut one.may);
                *out = Verdicts { holds: one.may, may: one.holds };
            }
        }
    }

    /// Asks a part that can not be read by blocks, of the needed rows that it was not asked of yet.
    fn ask_rows(&mut self, part: usize, needed: &Plane) {
        let laid = self.laid;
        let (Some(laid_part), Some(said), Some(known)) =
            (laid.parts.get(part), self.parts.get_mut(part), self.known.get_mut(part))
        else {
            return;
        };
        if laid_part.reading.is_some() {
            return;
        }
        for row in 0..self.rows.len() {
            let (byte, bit) = plane::place(row);
            let (Some(needed), Some(known)) = (needed.get(byte), known.get_mut(byte)) else { continue };
            if needed & !*known & bit == 0 {
                continue;
            }
            *known |= bit;
            let view = laid.binding.row(self.rows.start + row);
            let seen = Seen { view: &view, slots: laid.slots, zone: laid.zone };
            let verdict = Verdict::of(laid_part.part.holds(&seen));
            if let (true, Some(holds)) = (verdict.holds, said.holds.get_mut(byte)) {
                *holds |= bit;
            }
            if let (true, Some(may)) = (verdict.may, said.may.get_mut(byte)) {
                *may |= bit;
            }
        }
    }
}
