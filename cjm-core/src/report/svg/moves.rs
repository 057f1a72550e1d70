//! The lifecycle drawn as a flow: states left on one side, states entered on the other, bands as wide as the moves.
//!
//! Answers: where nodes and bands stand. Does not know: rows of a study.

use super::{Anchor, Svg};
use crate::map::measure::fit;

/// A node on one side.
#[derive(Debug, Clone)]
pub(in crate::report) struct Node {
    pub(in crate::report) name: String,
    pub(in crate::report) total: u64,
    /// The total as it reads.
    pub(in crate::report) figure: String,
    /// A state that customers fall into: drawn in the colour of loss.
    pub(in crate::report) lost: bool,
}

/// A move between a node of the left (by place) and one of the right.
#[derive(Debug, Clone)]
pub(in crate::report) struct Move {
    pub(in crate::report) source: usize,
    pub(in crate::report) target: usize,
    pub(in crate::report) count: u64,
    pub(in crate::report) tip: String,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 530.0;
const BAR: f64 = 10.0;
const GAP: f64 = 20.0;
/// Height of a node's two lines of words.
const WORDS: f64 = 34.0;
const HEAD: f64 = 30.0;
/// Height that all moves of one side share.
const FLOW: f64 = 250.0;

/// Draws the flow; moves are drawn in the order given.
pub(in crate::report) fn draw(
    (left, right): (&[Node], &[Node]),
    moves: &[Move],
    (from, to): (&'static str, &'static str),
    label: &str,
) -> String {
    let total: u64 = moves.iter().fold(0_u64, |sum, m| sum.saturating_add(m.count)).max(1);
    let unit = FLOW / total as f64;
    let height = |nodes: &[Node]| nodes.iter().map(|n| slot(n.total, unit)).sum::<f64>();
    let (h_left, h_right) = (height(left), height(right));
    let all = h_left.max(h_right);
    let mut svg = Svg::new(WIDTH, HEAD + all + 6.0, "flow", label);
    svg.text((LEFT, 14.0), Anchor::End, "side", from);
    svg.text((RIGHT, 14.0), Anchor::Start, "side", to);
    let mut tops_left = tops(left, unit, HEAD + (all - h_left) / 2.0);
    let mut tops_right = tops(right, unit, HEAD + (all - h_right) / 2.0);
    let (left_tops, right_tops) = (tops_left.clone(), tops_right.clone());
    for m in moves {
        let wide = m.count as f64 * unit;
        let lost = right.get(m.target).is_some_and(|n| n.lost);
        let (Some(a), Some(b)) = (tops_left.get_mut(m.source), tops_right.get_mut(m.target)) else {
            continue;
        };
        let class = if lost { "ribbon lost" } else { "ribbon" };
        svg.ribbon((LEFT + BAR, *a, *a + wide), (RIGHT - BAR, *b, *b + wide), class, &m.tip);
        *a += wide;
        *b += wide;
    }
    nodes(&mut svg, left, &left_tops, unit, (LEFT, LEFT - 8.0), Anchor::End);
    nodes(&mut svg, right, &right_tops, unit, (RIGHT - BAR, RIGHT + 8.0), Anchor::Start);
    svg.finish()
}

fn thickness(total: u64, unit: f64) -> f64 {
    (total as f64 * unit).max(2.0)
}

/// Room of a node: its thickness and a gap, and never less than its two lines of words.
fn slot(total: u64, unit: f64) -> f64 {
    (thickness(total, unit) + GAP).max(WORDS)
}

fn tops(nodes: &[Node], unit: f64, from: f64) -> Vec<f64> {
    nodes
        .iter()
        .scan(from, |top, node| {
            let at = *top;
            *top += slot(node.total, unit);
            Some(at)
        })
        .collect()
}

fn nodes(svg: &mut Svg, nodes: &[Node], tops: &[f64], unit: f64, (bar, words): (f64, f64), side: Anchor) {
    for (node, top) in nodes.iter().zip(tops) {
        let high = thickness(node.total, unit);
        svg.rect(bar, *top, BAR, high, if node.lost { "node lost" } else { "node" });
        let middle = top + high / 2.0;
        svg.text_with_tip(
            (words, middle - 1.0),
            side,
            "state",
            &fit(&node.name, 13.0, LEFT - 12.0),
            &node.name,
        );
        svg.text((words, middle + 13.0), side, "n", &node.figure);
    }
}
