//! A restaurant's blueprint and the tables of a believable study of it, made by hand.
//!
//! Answers: what a full report draws from. Does not know: how a study is computed.

use cjm_core::base::zone::{Date, Zone};
use cjm_core::blueprint::model::*;
use cjm_core::insight::rows::*;
use cjm_core::score::Estimate;
use cjm_core::{Duration, Timestamp};
use indexmap::IndexMap;

/// Text in both languages.
pub(crate) fn both(en: &str, zh: &str) -> Text {
    Text::Many(IndexMap::from([("en".to_owned(), en.to_owned()), ("zh".to_owned(), zh.to_owned())]))
}

/// Stage, touchpoint, English, Chinese, expected emotion, expected wait in minutes, customers who come by.
type Point = (&'static str, &'static str, &'static str, &'static str, Option<f64>, Option<i64>, u64);

const POINTS: &[Point] = &[
    ("attract", "kol_post", "Post", "达人种草", Some(0.2), None, 2_103),
    ("attract", "coupon", "Coupon", "优惠券", Some(0.3), None, 1_544),
    ("arrive", "parking", "Parking", "停车", Some(0.0), None, 0),
    ("arrive", "seating", "Seating", "落座", Some(0.4), Some(10), 2_911),
    ("order", "menu", "Menu", "看菜单", Some(0.3), None, 2_640),
    ("order", "cart", "Cart", "加购", Some(0.3), None, 2_588),
    ("order", "order", "Order", "下单", Some(0.4), Some(10), 2_402),
    ("order", "cancel", "Cancel", "取消订单", None, None, 311),
    ("eat", "serving", "Serving", "上菜", Some(0.6), Some(20), 2_216),
    ("pay", "bill", "Bill", "结账", Some(0.2), Some(45), 2_120),
    ("after", "review", "Review", "评价", Some(0.3), None, 640),
    ("after", "complaint", "Complaint", "投诉", None, None, 183),
];

const STAGES: &[(&str, &str, &str)] = &[
    ("attract", "Attract", "吸引"),
    ("arrive", "Arrive", "到店"),
    ("order", "Order", "点餐"),
    ("eat", "Eat", "用餐"),
    ("pay", "Pay", "结账"),
    ("after", "After", "餐后"),
];

const STATES: &[(&str, &str, &str, bool)] = &[
    ("prospect", "Prospect", "潜客", false),
    ("new", "New member", "新会员", false),
    ("active", "Regular", "老会员", false),
    ("high_value", "High value", "高价值会员", false),
    ("dormant", "Dormant", "沉默", true),
    ("lost", "Lost", "流失", true),
];

/// The blueprint.
pub(crate) fn document() -> Document {
    Document {
        cjm: 1,
        id: "restaurant".into(),
        version: Some("2026-11-1".into()),
        title: Some(both("Restaurant chain", "连锁餐饮")),
        zone: Zone::named("Asia/Shanghai").ok(),
        channels: vec![
            Channel { id: "store".into(), title: Some(both("Store", "门店")), ..Channel::default() },
            Channel {
                id: "app".into(), title: Some(both("Mobile app", "手机应用")), ..Channel::default()
            },
        ],
        customer: Some(CustomerModel {
            lifecycle: STATES.iter().map(state).collect(),
            segments: vec![],
            ..CustomerModel::default()
        }),
        scenarios: vec![
            scenario("late_night", "Late night", "深夜"),
            scenario("peak", "Peak hour", "用餐高峰"),
        ],
        journeys: vec![journey()],
        targets: vec![Target {
            id: "nps_up".into(),
            metric: "nps".into(),
            to: Some(40.0),
            by: Date::new(2027, 6, 30),
            ..Target::default()
        }],
        improvements: vec![Improvement {
            id: "second_wok".into(),
            title: Some(both("A second wok at peak hours", "高峰加开一灶")),
            solves: vec!["slow_kitchen".into()],
            owner: Some("后厨".into()),
            due: Date::new(2027, 1, 31),
            status: Some("planned".into()),
            ..Improvement::default()
        }],
        surveys: vec![
            survey("nps", "How likely are you to recommend us?", "您有多大可能向朋友推荐我们？"),
            survey("serving_csat", "How was the serving?", "上菜满意吗？"),
            survey("order_ces", "Was it easy to order?", "点餐是否轻松？"),
        ],
        ..Document::default()
    }
}

fn state((id, en, zh, idle): &(&str, &str, &str, bool)) -> cjm_core::blueprint::model::LifecycleRow {
    cjm_core::blueprint::model::LifecycleRow {
        id: (*id).into(),
        title: Some(both(en, zh)),
        idle: idle.then(Idle::default),
        ..Default::default()
    }
}

fn scenario(id: &str, en: &str, zh: &str) -> Scenario {
    Scenario { id: id.into(), title: Some(both(en, zh)), ..Scenario::default() }
}

fn survey(id: &str, en: &str, zh: &str) -> Survey {
    let score = Question { id: "score".into(), ..Question::default() };
    Survey { id: id.into(), title: Some(both(en, zh)), questions: vec![score], ..Survey::default() }
}

fn journey() -> Journey {
    Journey {
        id: "dine_in".into(),
        title: Some(both("Dining in", "堂食")),
        objective: Some(both("Seat, serve and bring back", "坐得下、吃得好、还想来")),
        scenario: Some(both(
            "Weekend dinner, decided on the phone an hour before",
            "周末晚餐，提前一小时在手机上决定",
        )),
        personas: vec![
            Persona {
                id: "regular".into(),
                title: Some(both("The regular", "老主顾")),
                ..Persona::default()
            },
            Persona {
                id: "family".into(),
                title: Some(both("Young family", "年轻家庭")),
                ..Persona::default()
            },
        ],
        stages: STAGES.iter().map(|(id, en, zh)| stage(id, both(en, zh))).collect(),
        ..Journey::default()
    }
}

fn stage(id: &str, title: Text) -> Stage {
    let touchpoints = POINTS.iter().filter(|p| p.0 == id).map(touchpoint).collect();
    Stage { id: id.into(), title: Some(title), touchpoints, ..Stage::default() }
}

fn touchpoint((_, id, en, zh, expected, wait, _): &Point) -> Touchpoint {
    let mut t = Touchpoint {
        id: (*id).into(),
        title: Some(both(en, zh)),
        expected: *expected,
        wait: wait.map(|m| Duration::from_micros(m * 60_000_000)),
        owner: Some("前厅".into()),
        channel: Some(if *id == "seating" || *id == "serving" { "store" } else { "app" }.into()),
        ..Touchpoint::default()
    };
    if *id == "serving" {
        t.does = Some(both("waits and tastes", "等菜、品尝"));
        t.thinks = Some(both("is it worth it?", "值不值？"));
        t.expects = vec![Expectation {
            text: both("hot and on time", "热菜准时上桌"),
            ..Expectation::default()
        }];
        t.pains = vec![Pain {
            id: "slow_kitchen".into(),
            text: both("Dishes arrive late at peak hours", "高峰期上菜慢"),
            ..Pain::default()
        }];
    }
    if *id == "complaint" {
        t.opportunities = vec![Opportunity {
            id: "call_back".into(),
            text: both("Call back within a day", "一天内回访"),
            solves: vec!["slow_kitchen".into()],
            ..Opportunity::default()
        }];
    }
    t
}

/// k of n with a Wilson interval.
pub(crate) fn share(k: u64, n: u64) -> Estimate {
    if n == 0 {
        return Estimate::none("wilson");
    }
    let (n_f, p, z) = (n as f64, k as f64 / n as f64, 1.959_963_984_540_054);
    let scale = 1.0 + z * z / n_f;
    let centre = (p + z * z / (2.0 * n_f)) / scale;
    let half = z * (p * (1.0 - p) / n_f + z * z / (4.0 * n_f * n_f)).sqrt() / scale;
    Estimate { value: Some(p), low: Some(centre - half), high: Some(centre + half), n, method: "wilson" }
}

/// A mean with a symmetric interval.
pub(crate) fn mean(value: f64, half: f64, n: u64) -> Estimate {
    Estimate { value: Some(value), low: Some(value - half), high: Some(value + half), n, method: "t" }
}

fn group(by: Option<(&str, &str)>) -> Group {
    Group { by: by.map(|b| b.0.to_owned()), value: by.map(|b| b.1.to_owned()) }
}

const CUTS: &[(Option<(&str, &str)>, u64)] = &[
    (None, 100),
    (Some(("persona", "regular")), 38),
    (Some(("persona", "family")), 45),
    (Some(("persona", "unassigned")), 17),
    (Some(("scenario", "late_night")), 12),
    (Some(("scenario", "peak")), 41),
    (Some(("store", "Shanghai 南京西路")), 55),
    (Some(("store", "Beijing 三里屯")), 45),
];

/// The tables of a study of [`document`].
pub(crate) fn tables() -> StudyTables {
    let at = |text: &str| Timestamp::parse(text).ok();
    StudyTables {
        summary: Summary {
            blueprint: "restaurant".into(),
            events: 48_210,
            customers: 3_204,
            first: at("2026-03-01T02:11:00Z"),
            last: at("2026-05-31T15:40:00Z"),
            until: at("2026-06-01T00:00:00Z"),
            left_out: 0,
            unmapped: 1_204,
            unassigned: 620,
            condition_errors: 4,
            refused_links: 11,
        },
        journeys: CUTS.iter().map(|(cut, percent)| journey_row(*cut, *percent)).collect(),
        stages: STAGES
            .iter()
            .flat_map(|(id, ..)| CUTS.iter().map(|(cut, percent)| stage_row(id, *cut, *percent)))
            .collect(),
        touchpoints: POINTS
            .iter()
            .flat_map(|p| CUTS.iter().map(|(cut, percent)| touchpoint_row(p, *cut, *percent)))
            .collect(),
        lifecycle: lifecycle(),
        moves: moves(),
        curve: POINTS.iter().map(curve_row).collect(),
        curve_summary: vec![curve_summary()],
        scores: scores(),
        pains: pains(),
        losses: losses(),
        deviations: deviations(),
        unmapped: vec![
            UnmappedRow { event: "heartbeat".into(), declared: false, count: 1_020, customers: 402 },
            UnmappedRow { event: "consent_changed".into(), declared: true, count: 184, customers: 171 },
        ],
    }
}

const NO_MEDIAN: Estimate = Estimate::none("order_statistics");

fn median(seconds: f64, n: u64) -> Estimate {
    let (low, high) = (Some(seconds * 0.9), Some(seconds * 1.2));
    Estimate { value: Some(seconds), low, high, n, method: "order_statistics" }
}

fn journey_row(cut: Option<(&str, &str)>, percent: u64) -> JourneyRow {
    let trips = 41 * percent;
    JourneyRow {
        journey: "dine_in".into(),
        group: group(cut),
        customers: 31 * percent,
        trips,
        reached: 26 * percent + percent / 3,
        reached_share: share(26 * percent + percent / 3, trips),
        completed: 26 * percent,
        abandoned: 14 * percent,
        open: percent,
        nowhere: 0,
        merged: 0,
        outside: if cut.is_none() { 318 } else { 0 },
        not_opened: 0,
        median_to_goal_s: median(5_340.0, 26 * percent),
        conforming: 22 * percent,
    }
}

fn stage_row(id: &str, cut: Option<(&str, &str)>, percent: u64) -> StageRow {
    let (trips, completed, dropped, inside) = match id {
        "attract" => (22, 0, 5, 0),
        "arrive" => (36, 0, 2, 0),
        "order" => (33, 0, 4, 0),
        "eat" => (28, 0, 1, 0),
        "pay" => (26, 18, 1, 1),
        _ => (9, 8, 1, 0),
    };
    let tilt = cut.map_or(0, |c| c.1.len() as u64 % 3);
    StageRow {
        journey: "dine_in".into(),
        stage: id.into(),
        group: group(cut),
        trips: trips * percent,
        customers: trips * percent * 4 / 5,
        of_trips: share(trips * percent, 41 * percent),
        entered: trips * percent + 7,
        left: (trips - completed - dropped - inside) * percent + 7,
        completed: completed * percent,
        dropped: (dropped + tilt) * percent,
        drop_share: share((dropped + tilt) * percent, trips * percent),
        merged: 0,
        inside: inside * percent,
        median_stay_s: median(trips as f64 * 31.0, trips * percent),
        q95_stay_s: Some(trips as f64 * 190.0),
    }
}

fn emotion_of(id: &str) -> Option<(f64, f64, u64)> {
    Some(match id {
        "parking" => (-0.18, 0.14, 96),
        "seating" => (0.22, 0.05, 512),
        "cancel" => (-0.6, 0.03, 311),
        "order" => (0.31, 0.07, 260),
        "serving" => (-0.12, 0.04, 1_204),
        "bill" => (0.34, 0.04, 1_010),
        "review" => (0.41, 0.06, 640),
        "complaint" => (-0.78, 0.05, 183),
        _ => return None,
    })
}

fn touchpoint_row(
    (stage, id, _, _, _, wait, customers): &Point,
    cut: Option<(&str, &str)>,
    percent: u64,
) -> TouchpointRow {
    let customers = customers * percent / 100;
    let visits = customers * 13 / 10;
    let tilt = cut.map_or(0.0, |c| (c.1.len() % 5) as f64 / 20.0 - 0.1);
    let expected = wait.map(|m| m as f64 * 60.0);
    TouchpointRow {
        journey: "dine_in".into(),
        stage: (*stage).into(),
        touchpoint: (*id).into(),
        group: group(cut),
        has_event: customers > 0,
        customers,
        trips: visits,
        visits,
        next_rate: share(visits * 9 / 10, visits),
        median_dwell_s: if visits > 0 { median(412.0, visits) } else { NO_MEDIAN },
        expected_wait_s: expected,
        waits: if expected.is_some() { visits } else { 0 },
        median_wait_s: expected
            .map_or(NO_MEDIAN, |e| median(e * if *id == "serving" { 1.3 } else { 0.7 }, visits)),
        q95_wait_s: expected.map(|e| e * 2.2),
        wait_over: expected.map_or(Estimate::none("wilson"), |_| share(visits * 3 / 10, visits)),
        bad_share: emotion_of(id)
            .map_or(Estimate::none("wilson"), |(v, _, n)| share(if v < 0.0 { n * 6 / 10 } else { n / 8 }, n)),
        emotion: emotion_of(id).map_or(Estimate::none("t"), |(v, h, n)| mean(v + tilt, h, n * percent / 100)),
    }
}

fn curve_row((stage, id, _, _, expected, ..): &Point) -> CurveRow {
    let actual = emotion_of(id);
    CurveRow {
        journey: "dine_in".into(),
        stage: (*stage).into(),
        touchpoint: (*id).into(),
        group: group(None),
        expected: *expected,
        actual: actual.map(|a| a.0),
        low: actual.map(|a| a.0 - a.1),
        high: actual.map(|a| a.0 + a.1),
        n: actual.map_or(0, |a| a.2),
        gap: actual.zip(*expected).map(|(a, e)| a.0 - e),
        sources: vec!["csat".into()],
    }
}

fn curve_summary() -> CurveSummaryRow {
    let point = |id: &str, value| Some(CurvePoint { touchpoint: id.into(), value });
    CurveSummaryRow {
        journey: "dine_in".into(),
        group: group(None),
        n: 8,
        peak: point("complaint", -0.78),
        valley: point("complaint", -0.78),
        end: point("complaint", -0.78),
        peak_end: Some(-0.78),
        duration_weighted: Some(0.08),
        unweighted: false,
        slope: Some(-0.031),
        moment_of_truth: point("complaint", -1.19),
    }
}

fn lifecycle() -> Vec<cjm_core::insight::rows::LifecycleRow> {
    let counts = [820, 610, 940, 112, 402, 320];
    STATES
        .iter()
        .zip(counts)
        .map(|((id, ..), customers)| cjm_core::insight::rows::LifecycleRow {
            state: (*id).into(),
            group: group(None),
            customers,
            of_all: share(customers, 3_204),
            moved_in: customers + 300,
            moved_out: 300,
        })
        .collect()
}

fn moves() -> Vec<MoveRow> {
    [
        (None, "prospect", 3_204),
        (Some("prospect"), "new", 2_384),
        (Some("new"), "active", 1_420),
        (Some("active"), "dormant", 610),
        (Some("new"), "dormant", 402),
        (Some("dormant"), "lost", 320),
        (Some("dormant"), "active", 208),
        (Some("active"), "high_value", 112),
    ]
    .into_iter()
    .map(|(source, target, count): (Option<&str>, &str, u64)| MoveRow {
        group: group(None),
        source: source.map(str::to_owned),
        target: Some(target.into()),
        count,
        customers: count * 9 / 10,
    })
    .collect()
}

fn scores() -> Vec<ScoreRow> {
    let row = |survey: &str, kind: &str, touchpoint: Option<&str>, score, mean| ScoreRow {
        survey: survey.into(),
        question: "score".into(),
        kind: kind.into(),
        touchpoint: touchpoint.map(str::to_owned),
        score,
        mean,
    };
    let nps =
        Estimate { value: Some(29.1), low: Some(24.0), high: Some(34.2), n: 1_010, method: "adjusted_wald" };
    vec![
        row("nps", "nps", Some("bill"), nps, mean(7.6, 0.14, 1_010)),
        row("order_ces", "ces", Some("order"), share(198, 260), mean(5.4, 0.17, 260)),
        row("serving_csat", "csat", Some("serving"), share(530, 1_204), mean(2.76, 0.08, 1_204)),
        row("event", "csat", Some("review"), share(480, 640), mean(3.82, 0.11, 640)),
    ]
}

fn pains() -> Vec<PainRow> {
    let factor = |customers, n| Factor { customers, share: share(customers, n) };
    let row =
        |rank, stage: &str, touchpoint: &str, customers, harmed, drop_off, bad_score, wait_over| PainRow {
            rank,
            journey: "dine_in".into(),
            stage: stage.into(),
            touchpoint: touchpoint.into(),
            group: group(None),
            customers,
            harmed,
            harmed_share: share(harmed, customers),
            drop_off,
            bad_score,
            wait_over,
            known: if touchpoint == "serving" { vec!["slow_kitchen".into()] } else { vec![] },
            improvements: if touchpoint == "serving" { vec!["second_wok".into()] } else { vec![] },
        };
    let of = |value: &str, row: PainRow| PainRow { group: group(Some(("persona", value))), ..row };
    vec![
        row(1, "eat", "serving", 2_216, 1_043, factor(88, 2_190), factor(612, 1_140), factor(702, 2_216)),
        row(2, "order", "cart", 2_588, 402, factor(402, 2_570), factor(0, 0), factor(0, 0)),
        row(3, "arrive", "seating", 2_911, 371, factor(120, 2_880), factor(64, 498), factor(240, 2_911)),
        row(4, "after", "complaint", 183, 183, factor(0, 0), factor(183, 183), factor(0, 0)),
        row(5, "arrive", "parking", 96, 55, factor(0, 0), factor(55, 96), factor(0, 0)),
        row(6, "pay", "bill", 2_120, 0, factor(0, 2_120), factor(0, 900), factor(0, 2_120)),
        of(
            "regular",
            row(1, "eat", "serving", 842, 390, factor(20, 830), factor(230, 430), factor(262, 842)),
        ),
        of(
            "family",
            row(1, "arrive", "seating", 1_310, 402, factor(60, 1_300), factor(40, 210), factor(330, 1_310)),
        ),
    ]
}

fn losses() -> Vec<LossRow> {
    let row = |kind: &str, state: Option<&str>, touchpoint: &str, customers, n| LossRow {
        kind: kind.into(),
        group: group(None),
        journey: Some("dine_in".into()),
        state: state.map(str::to_owned),
        touchpoint: Some(touchpoint.into()),
        losses: customers + 9,
        customers,
        of_losses: share(customers, n),
        emotion: mean(-0.31, 0.08, 120),
        emotion_stayed: mean(0.18, 0.03, 980),
        median_wait_s: median(1_610.0, 120),
        median_wait_stayed_s: median(1_105.0, 980),
        complained: share(40, 120),
        complained_stayed: share(61, 980),
        reasons: if kind == "abandoned" {
            vec![("too_slow".into(), 61), ("changed_mind".into(), 22)]
        } else {
            vec![]
        },
    };
    vec![
        row("abandoned", None, "cart", 402, 1_380),
        row("abandoned", None, "cancel", 288, 1_380),
        row("lapsed", Some("dormant"), "serving", 210, 610),
        LossRow {
            touchpoint: None,
            emotion: Estimate::none("t"),
            complained: Estimate { n: 1, ..Estimate::none("wilson") },
            median_wait_s: NO_MEDIAN,
            ..row("lapsed", Some("lost"), "bill", 96, 320)
        },
    ]
}

fn deviations() -> Vec<DeviationRow> {
    let row = |after: Option<&str>, then: Option<&str>, kind: &str, skipped: &[&str], trips| DeviationRow {
        journey: "dine_in".into(),
        group: group(None),
        after: after.map(str::to_owned),
        then: then.map(str::to_owned),
        kind: kind.into(),
        skipped: skipped.iter().map(|s| (*s).to_owned()).collect(),
        trips,
        of_trips: share(trips, 4_100),
    };
    vec![
        row(Some("cart"), Some("serving"), "skipped", &["order"], 412),
        row(None, Some("cart"), "skipped", &["seating"], 260),
        row(Some("order"), Some("menu"), "back", &[], 144),
        row(Some("bill"), Some("bill"), "repeated", &[], 33),
        row(Some("order"), None, "skipped", &["serving", "bill"], 21),
    ]
}
