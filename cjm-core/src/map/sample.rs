//! Journeys for tests: a restaurant visit as a CX team would draw it, and the shortest way to write small ones.
//!
//! Answers: maps to try things on. Does not know: files; the tests that read real blueprints do.

use indexmap::IndexMap;

use super::svg::CurvePoint;
use crate::blueprint::model::*;

pub(super) fn both(en: &str, zh: &str) -> Text {
    Text::Many(IndexMap::from([("en".to_owned(), en.to_owned()), ("zh".to_owned(), zh.to_owned())]))
}

pub(super) fn names(text: &str) -> OneOrMany {
    OneOrMany(text.split_whitespace().map(str::to_owned).collect())
}

/// `"id"`, `"id?"` (optional), `"id*"` (repeat), `"id-"` (takes no event); the event is called like the id,
/// or is what follows a colon: `"id:event"`.
pub(super) fn touchpoint(text: &str) -> Touchpoint {
    let (head, event) = text.split_once(':').map_or((text, None), |(h, e)| (h, Some(e)));
    let id = head.trim_end_matches(['?', '*', '-']);
    let silent = head.contains('-');
    Touchpoint {
        id: id.into(),
        event: if silent { OneOrMany::default() } else { names(event.unwrap_or(id)) },
        optional: head.contains('?'),
        repeat: head.contains('*'),
        ..Touchpoint::default()
    }
}

/// Stages `s0`, `s1` .. divided by `|`, touchpoints by spaces: `"view? cart* | pay"`.
pub(super) fn journey(text: &str) -> Journey {
    let stage = |(n, part): (usize, &str)| Stage {
        id: format!("s{n}"),
        touchpoints: part.split_whitespace().map(touchpoint).collect(),
        ..Stage::default()
    };
    Journey { id: "j".into(), stages: text.split('|').enumerate().map(stage).collect(), ..Journey::default() }
}

/// Flow steps divided by `,`: `"a > b c, b > a"`.
pub(super) fn flow(text: &str) -> Option<Vec<Flow>> {
    let step = |part: &str| {
        let (from, to) = part.split_once('>').unwrap_or((part, ""));
        Flow { from: from.trim().into(), to: names(to), extra: Extra::default() }
    };
    Some(text.split(',').map(step).collect())
}

pub(super) fn channels() -> Vec<Channel> {
    let row = |id: &str, kind, en, zh| Channel {
        id: id.into(),
        kind: Some(kind),
        title: Some(both(en, zh)),
        ..Channel::default()
    };
    vec![
        row("store", TouchpointKind::Physical, "Store", "门店"),
        row("wechat", TouchpointKind::Digital, "WeChat", "微信"),
        row("app", TouchpointKind::Digital, "App", "App"),
    ]
}

/// A restaurant visit with every kind of part a map can have.
pub(super) fn dine_in() -> Journey {
    let mut j = journey(
        "post? coupon? | parking- seating | menu?* cart* order cancel? | serving | bill | leaving? complaint?",
    );
    j.id = "dine_in".into();
    j.title = Some(both("Dining in", "堂食"));
    j.objective = Some(both("Seat, serve and bring back", "坐得下、吃得好、还想来"));
    j.scenario = Some(both("Weekend dinner, decided an hour before", "周末晚餐，提前一小时决定"));
    j.enter = names("post coupon seating");
    j.goal = Some(EventMatch { event: names("bill"), ..EventMatch::default() });
    j.idle = Some("1d".parse().unwrap());
    j.personas = vec![Persona {
        id: "regular".into(),
        title: Some(both("The regular", "老主顾")),
        needs: vec![both("to be recognised", "被认得")],
        ..Persona::default()
    }];
    let stages = [
        ("attract", "Attract", "吸引"),
        ("arrive", "Arrive", "到店"),
        ("order_stage", "Order", "点餐"),
        ("eat", "Eat", "用餐"),
        ("pay", "Pay", "结账"),
        ("after", "After", "餐后"),
    ];
    for (stage, (id, en, zh)) in j.stages.iter_mut().zip(stages) {
        stage.id = id.into();
        stage.title = Some(both(en, zh));
    }
    let dressed = [
        ("post", "Post", "达人种草", "wechat", "marketing", Some(0.2)),
        ("coupon", "Coupon", "优惠券", "wechat", "marketing", Some(0.3)),
        ("parking", "Parking", "停车", "store", "floor", Some(0.0)),
        ("seating", "Seating", "落座", "store", "floor", Some(0.4)),
        ("menu", "Menu", "看菜单", "app", "product", Some(0.3)),
        ("cart", "Cart", "加购", "app", "product", Some(0.3)),
        ("order", "Order", "下单", "app", "floor", Some(0.4)),
        ("cancel", "Cancel", "取消订单", "app", "floor", None),
        ("serving", "Serving", "上菜", "store", "kitchen", Some(0.6)),
        ("bill", "Bill", "结账", "store", "floor", Some(0.2)),
        ("leaving", "Leaving", "离店", "store", "floor", Some(0.3)),
        ("complaint", "Complaint", "投诉", "app", "care", None),
    ];
    for t in j.stages.iter_mut().flat_map(|s| &mut s.touchpoints) {
        let (_, en, zh, channel, owner, expected) = *dressed.iter().find(|d| d.0 == t.id).unwrap();
        t.title = Some(both(en, zh));
        (t.channel, t.owner, t.expected) = (Some(channel.into()), Some(owner.into()), expected);
    }
    tell(&mut j);
    j
}

fn tell(j: &mut Journey) {
    for t in j.stages.iter_mut().flat_map(|s| &mut s.touchpoints) {
        match t.id.as_str() {
            "seating" => {
                t.wait = Some("10m".parse().unwrap());
                let text = both("seated within 10 minutes", "十分钟内落座");
                t.expects = vec![Expectation { text, ..Expectation::default() }];
            }
            "serving" => {
                t.wait = Some("20m".parse().unwrap());
                t.does = Some(both("waits and tastes", "等菜、品尝"));
                t.thinks = Some(both("is it worth it?", "值不值"));
                t.behind = vec![Behind {
                    id: "cooking".into(),
                    title: Some(both("Cooking", "后厨出餐")),
                    owner: Some("kitchen".into()),
                    ..Behind::default()
                }];
                let text = both("Dishes arrive late at peak hours", "高峰期上菜慢");
                t.pains = vec![Pain { id: "slow_kitchen".into(), text, extra: Extra::default() }];
            }
            "complaint" => {
                t.feels = Some(-0.8);
                let text = both("Call back within a day", "一天内回访");
                let solves = vec!["slow_kitchen".into()];
                t.opportunities =
                    vec![Opportunity { id: "call_back".into(), text, solves, extra: Extra::default() }];
            }
            _ => {}
        }
    }
}

/// What customers of that restaurant felt.
pub(super) fn curve() -> Vec<CurvePoint> {
    let rows: [(&str, f64, f64, u64); 9] = [
        ("post", 0.25, 0.08, 2_310),
        ("coupon", 0.35, 0.06, 1_822),
        ("seating", -0.12, 0.15, 412),
        ("menu", 0.31, 0.1, 5_120),
        ("cart", 0.28, 0.07, 4_871),
        ("order", 0.44, 0.09, 3_930),
        ("serving", -0.35, 0.12, 655),
        ("bill", 0.18, 0.2, 61),
        ("complaint", -0.82, 0.1, 48),
    ];
    let point = |(id, actual, half, n): (&str, f64, f64, u64)| CurvePoint {
        touchpoint: id.into(),
        expected: None,
        actual: Some(actual),
        low: Some(actual - half),
        high: Some(actual + half),
        n,
    };
    rows.into_iter().map(point).collect()
}
