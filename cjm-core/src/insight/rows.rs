//! The rows of a study: every table's columns, units and order.
//!
//! Answers: the shape of each answer, the same in Rust, JSON, Python and reports.
//! Does not know: how they are computed. Times are seconds (`_s`), shares are 0 to 1, emotions -1 to 1.

use serde::Serialize;

use crate::base::time::Timestamp;
use crate::score::Estimate;

/// The part of the customers that a row speaks of: `None` fields are "all".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Group {
    /// What the table is cut by: `persona`, `scenario`, `segment` or a dimension; `None` for everyone.
    pub by: Option<String>,
    /// The value of that cut.
    pub value: Option<String>,
}

/// One stage of one journey. Order: journey, stage in map order, group.
/// `entered = left + completed + dropped + merged + inside`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageRow {
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Trips that were ever in the stage.
    pub trips: u64,
    /// Customers who were ever in the stage.
    pub customers: u64,
    /// Share of the journey's trips that were ever in the stage, Wilson.
    pub of_trips: Estimate,
    /// Times the stage was entered (a trip may come back).
    pub entered: u64,
    /// Times it was left for another stage.
    pub left: u64,
    /// Trips that ended here with the goal reached; of a journey without a goal every trip that ended here.
    pub completed: u64,
    /// Trips that ended here without the goal: dropped off.
    pub dropped: u64,
    /// Trips that stood here when another took them over, as two customers turned out to be one.
    pub merged: u64,
    /// Share of the stage's trips that dropped off here, Wilson; none for a journey without a goal.
    pub drop_share: Estimate,
    /// Open trips that stand here now; over all stages, with those that stand nowhere yet, all open trips.
    pub inside: u64,
    /// Median stay, in seconds, with its interval by order statistics: of visits that another stage, the exit or the
    /// next trip ended. Where time alone ended the trip, or its first event here did, nobody knows how long it stayed.
    pub median_stay_s: Estimate,
    /// 95th percentile of the stay.
    pub q95_stay_s: Option<f64>,
}

/// One touchpoint of one journey. Order: journey, map order, group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TouchpointRow {
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// Touchpoint id.
    pub touchpoint: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Whether events land here at all; else surveys, comments or observation measure it.
    pub has_event: bool,
    /// Customers who were here.
    pub customers: u64,
    /// Trips that were here.
    pub trips: u64,
    /// Landed events.
    pub visits: u64,
    /// Share of stops here after which the trip went on to another touchpoint, Wilson; visits in a row are one stop.
    pub next_rate: Estimate,
    /// Median time from the beginning of a stop until the trip's next event elsewhere, in seconds, with its interval by
    /// order statistics.
    pub median_dwell_s: Estimate,
    /// Expected wait in seconds, when one is declared; where scenarios change it, the mean over the visits.
    pub expected_wait_s: Option<f64>,
    /// Visits with a measured wait.
    pub waits: u64,
    /// Median measured wait in seconds, with its interval by order statistics.
    pub median_wait_s: Estimate,
    /// 95th percentile of the measured wait in seconds.
    pub q95_wait_s: Option<f64>,
    /// Share of measured waits longer than expected (the scenario's own wait counts), Wilson.
    pub wait_over: Estimate,
    /// Share of scores that are bad (emotion below 0), Wilson.
    pub bad_share: Estimate,
    /// Mean emotion with its t interval.
    pub emotion: Estimate,
}

/// One lifecycle state. A customer is in the groups of all own trips and dimensions, and of the segments at the end; in
/// no scenario. Order: as declared, group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LifecycleRow {
    /// State id.
    pub state: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Customers in it at the study's end.
    pub customers: u64,
    /// Share of the group's customers, Wilson.
    pub of_all: Estimate,
    /// Times it was entered.
    pub moved_in: u64,
    /// Times it was left.
    pub moved_out: u64,
}

/// Moves between lifecycle states, in the groups of [`LifecycleRow`]. Order: group, count descending, then states as
/// declared. Moves to a state less those from it are the customers in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveRow {
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// State left; `None` for the first state of a customer.
    pub source: Option<String>,
    /// State entered; `None` where two customers turned out to be one, of the state that gave way to the other's.
    pub target: Option<String>,
    /// How often.
    pub count: u64,
    /// How many customers.
    pub customers: u64,
}

/// One point of an emotion curve. Order: journey, map order, group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurveRow {
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// Touchpoint id.
    pub touchpoint: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Expected emotion as declared; where scenarios change it, the mean over the visits.
    pub expected: Option<f64>,
    /// Mean emotion; `None` when not measured.
    pub actual: Option<f64>,
    /// Lower end of its 95 % t interval.
    pub low: Option<f64>,
    /// Upper end of its 95 % t interval.
    pub high: Option<f64>,
    /// Sum of the weights behind it, rounded down: observations.
    pub n: u64,
    /// actual - expected.
    pub gap: Option<f64>,
    /// Where the observations came from, as in `["csat", "feels"]`, sorted.
    pub sources: Vec<String>,
}

/// The summary of one journey's emotion curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurveSummaryRow {
    /// Journey id.
    pub journey: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Measured touchpoints.
    pub n: u64,
    /// Touchpoint and emotion of the largest absolute value (later on a tie).
    pub peak: Option<CurvePoint>,
    /// Lowest point.
    pub valley: Option<CurvePoint>,
    /// Last measured point.
    pub end: Option<CurvePoint>,
    /// (peak + end) / 2.
    pub peak_end: Option<f64>,
    /// Mean weighted by median dwell; the plain mean when no dwell is known.
    pub duration_weighted: Option<f64>,
    /// Whether `duration_weighted` is the plain mean.
    pub unweighted: bool,
    /// Least-squares slope per touchpoint.
    pub slope: Option<f64>,
    /// The moment of truth: the point after the largest drop, with the drop.
    pub moment_of_truth: Option<CurvePoint>,
}

/// A named point of a curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Touchpoint id.
    pub touchpoint: String,
    /// Emotion there, or the size of the drop (negative).
    pub value: f64,
}

/// One pain: a touchpoint ranked by customers harmed. Order: group, harmed descending, then map order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PainRow {
    /// Rank from 1.
    pub rank: u64,
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// Touchpoint id.
    pub touchpoint: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Customers who were here or said how it was.
    pub customers: u64,
    /// Customers harmed by any factor below, each once.
    pub harmed: u64,
    /// Share of these customers harmed, Wilson.
    pub harmed_share: Estimate,
    /// Customers whose trip was abandoned right here, of those whose trip ended or went on.
    pub drop_off: Factor,
    /// Customers with a bad score (emotion below 0) here, of those with a score.
    pub bad_score: Factor,
    /// Customers who waited longer than expected, of those with a measured wait.
    pub wait_over: Factor,
    /// Declared pains of the touchpoint, by id.
    pub known: Vec<String>,
    /// Improvements planned or under way for those pains, by id; those done or dropped are not.
    pub improvements: Vec<String>,
}

/// One factor of a pain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Factor {
    /// Customers it harmed.
    pub customers: u64,
    /// Share with its interval and n.
    pub share: Estimate,
}

/// Where and after what customers were lost. Order: group, customers descending, then kind, map order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LossRow {
    /// `abandoned` (a trip) or `lapsed` (a move to a lifecycle state that has `idle`).
    pub kind: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Journey id of an abandonment; of a lapse the journey of the last landed event.
    pub journey: Option<String>,
    /// The lifecycle state of a lapse.
    pub state: Option<String>,
    /// Touchpoint of the last landed event; `None` where none had landed, as on a trip that an event opened without
    /// landing.
    pub touchpoint: Option<String>,
    /// Losses.
    pub losses: u64,
    /// Customers lost.
    pub customers: u64,
    /// Share of all losses of this kind (and state), Wilson.
    pub of_losses: Estimate,
    /// Mean emotion at the last touchpoint of the lost.
    pub emotion: Estimate,
    /// The same of those who stayed: of an abandonment the visits after which the trip went on to another touchpoint,
    /// of a lapse the customers at that touchpoint who never lapsed into that state, as of their last visit there.
    pub emotion_stayed: Estimate,
    /// Median wait before the last touchpoint, seconds, of the lost, with its interval by order statistics.
    pub median_wait_s: Estimate,
    /// The same of those who stayed.
    pub median_wait_stayed_s: Estimate,
    /// Share who had complained in that trip by then (`feels` below 0, a bad score of an event or a bad answer): of an
    /// abandonment of visits (of trips where none had landed), of a lapse of customers.
    pub complained: Estimate,
    /// The same of those who stayed.
    pub complained_stayed: Estimate,
    /// Stated reasons (enum attributes named `reason` of events in the trip, of a lapse up to it), with counts; count
    /// descending, then text.
    pub reasons: Vec<(String, u64)>,
}

/// What customers do first that the map does not say. Order: group, trips descending, then journey, after, then.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviationRow {
    /// Journey id.
    pub journey: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Touchpoint before; `None` at the start.
    pub after: Option<String>,
    /// What was done instead: a touchpoint id, or `None` when the trip ended.
    pub then: Option<String>,
    /// `skipped` (a required touchpoint passed over), `back` (an earlier touchpoint again), `repeated`, `not_in_flow`.
    pub kind: String,
    /// Required touchpoints passed over.
    pub skipped: Vec<String>,
    /// Trips whose first deviation this is.
    pub trips: u64,
    /// Share of the journey's trips, Wilson.
    pub of_trips: Estimate,
}

/// An event name that no touchpoint takes. Order: count descending, then name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnmappedRow {
    /// Event name.
    pub event: String,
    /// Whether the blueprint declares it.
    pub declared: bool,
    /// Events.
    pub count: u64,
    /// Customers.
    pub customers: u64,
}

/// Trips of one journey. Order: journey, group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JourneyRow {
    /// Journey id.
    pub journey: String,
    /// The cut.
    #[serde(flatten)]
    pub group: Group,
    /// Customers with a trip.
    pub customers: u64,
    /// Trips.
    pub trips: u64,
    /// Trips that reached the goal.
    pub reached: u64,
    /// Share of trips that reached the goal, Wilson; none for a journey without a goal.
    pub reached_share: Estimate,
    /// Trips that ended with the goal reached; of a journey without a goal every trip that ended.
    pub completed: u64,
    /// Trips that ended without it.
    pub abandoned: u64,
    /// Trips taken over by another when two customers turned out to be one, or beyond the 64 open ones they may have.
    pub merged: u64,
    /// Trips still open at the study's end.
    pub open: u64,
    /// Open ones that stand in no stage: an event opened them without landing, and none has landed since.
    pub nowhere: u64,
    /// Events that landed while no trip was open.
    pub outside: u64,
    /// Trips that could not open because 64 of the customer's were open.
    pub not_opened: u64,
    /// Median time from entry to goal in seconds, with its interval by order statistics.
    pub median_to_goal_s: Estimate,
    /// Trips without any deviation.
    pub conforming: u64,
}

/// A survey score over all answers. Order: survey, question, touchpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreRow {
    /// Survey id, or `event` for scores that events carry.
    pub survey: String,
    /// Question id.
    pub question: String,
    /// `nps`, `csat` or `ces`.
    pub kind: String,
    /// Touchpoint it counts for.
    pub touchpoint: Option<String>,
    /// The score with its interval (NPS -100 to 100; CSAT and CES share of good answers 0 to 1).
    pub score: Estimate,
    /// Mean answer with its t interval.
    pub mean: Estimate,
}

/// What the study looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Blueprint id.
    pub blueprint: String,
    /// Events studied.
    pub events: u64,
    /// Customers studied.
    pub customers: u64,
    /// First event.
    pub first: Option<Timestamp>,
    /// Last event.
    pub last: Option<Timestamp>,
    /// The instant as of which was looked: timers were fired up to it, later events left out.
    pub until: Option<Timestamp>,
    /// Events after it, left out.
    pub left_out: u64,
    /// Events that landed on no touchpoint of any map.
    pub unmapped: u64,
    /// Trips whose persona is unassigned.
    pub unassigned: u64,
    /// Conditions that ended in an error and therefore did not hold.
    pub condition_errors: u64,
    /// Identity links that were refused.
    pub refused_links: u64,
}

/// Every table of a study at once: what serialises to JSON and what a report draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyTables {
    /// What was looked at.
    pub summary: Summary,
    /// Journeys.
    pub journeys: Vec<JourneyRow>,
    /// Stages.
    pub stages: Vec<StageRow>,
    /// Touchpoints.
    pub touchpoints: Vec<TouchpointRow>,
    /// Lifecycle states.
    pub lifecycle: Vec<LifecycleRow>,
    /// Lifecycle moves.
    pub moves: Vec<MoveRow>,
    /// Emotion curve.
    pub curve: Vec<CurveRow>,
    /// Its summary.
    pub curve_summary: Vec<CurveSummaryRow>,
    /// Survey scores.
    pub scores: Vec<ScoreRow>,
    /// Pains.
    pub pains: Vec<PainRow>,
    /// Losses.
    pub losses: Vec<LossRow>,
    /// First deviations.
    pub deviations: Vec<DeviationRow>,
    /// Event names that no touchpoint takes.
    pub unmapped: Vec<UnmappedRow>,
}
