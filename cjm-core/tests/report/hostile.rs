//! Payloads that try to leave the text they stand in, and a study that carries one in every text field.
//!
//! Answers: 300 payloads; documents and tables full of one of them. Does not know: browsers.

use cjm_core::base::zone::Date;
use cjm_core::blueprint::model::*;
use cjm_core::insight::rows::*;
use cjm_core::report::{BadRows, ReportOptions};
use cjm_core::{Language, Timestamp};

use crate::restaurant::{self, mean, share};

/// What a payload would do if it ran or loaded: knock at an address that must stay silent.
const CORES: [&str; 30] = [
    "<script>fetch('/leak/script');alert(1)</script>",
    "<img src=x onerror=\"fetch('/leak/img');alert(2)\">",
    "<svg onload=\"fetch('/leak/svg')\"><circle r=9></svg>",
    "<svg><script>fetch('/leak/svgscript')</script></svg>",
    "<iframe src=\"/leak/iframe\"></iframe>",
    "<object data=\"/leak/object\"></object>",
    "<link rel=stylesheet href=/leak/css>",
    "<style>@import '/leak/import';body{background:url(/leak/background)}</style>",
    "<meta http-equiv=refresh content=\"0;url=/leak/refresh\">",
    "<base href=\"http://leak.example/\">",
    "<a href=\"javascript:fetch('/leak/href')\">x</a>",
    "<form action=/leak/form><input autofocus onfocus=\"fetch('/leak/focus')\"></form>",
    "<details open ontoggle=\"fetch('/leak/toggle')\">x</details>",
    "<video><source onerror=\"fetch('/leak/video')\"></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=\"fetch('/leak/math')\">",
    "<image href=\"http://leak.example/image.png\"/>",
    "<animate onbegin=\"fetch('/leak/animate')\" attributeName=x dur=1s>",
    "<template><img src=/leak/template></template>",
    "javascript:fetch('/leak/url')",
    "data:text/html,<script>fetch('/leak/data')</script>",
    "{{ 7 * 7 }}{% for x in range(9) %}{{ x }}{% endfor %}",
    "{{ self }}{{ w|safe }}{% raw %}{% include 'page.html' %}",
    "${7*7} #{7*7} <%= 7*7 %> [[7*7]]",
    "&lt;b&gt;&amp;&#60;script&#62;&nbsp;&copy",
    "\u{202E}txt.exe\u{202C} \u{2066}isolate \u{200F}mark",
    "\u{2028}line\u{2029}paragraph\u{85}next\u{FEFF}mark\u{200B}zero",
    "\r\ncarriage\rreturn\nand\ttab  two  spaces ",
    "nul\0byte \u{1}\u{8}\u{1B}[31mred\u{7F}",
    "点餐“下单”、结账；完！𠮷野家 🍜👨‍👩‍👧",
    "=cmd|' /C calc'!A0 @SUM(1) -1+1 ' OR 1=1 --",
];

/// What stands around it: plain, and everything that could end the text, attribute, element or style it stands in.
const AROUND: [(&str, &str); 10] = [
    ("", ""),
    ("\"", "\""),
    ("'", "'"),
    ("\"><", "><\""),
    ("' onmouseover='fetch(\"/leak/over\")' x='", "'"),
    ("\" autofocus tabindex=1 onfocus=\"fetch('/leak/focus')\" x=\"", "\""),
    ("</title></style></script></textarea>", "<!--"),
    ("--><![CDATA[", "]]>"),
    ("</bdi></td></tr></table></dd></h1>", "<bdi>"),
    ("</text></svg>`", "`<svg><text>"),
];

/// The 300 payloads.
pub(crate) fn payloads() -> Vec<String> {
    AROUND.iter().flat_map(|(a, b)| CORES.iter().map(move |c| format!("{a}{c}{b}"))).collect()
}

/// What the page must show of a payload: itself, where HTML can hold it.
pub(crate) fn shown(payload: &str) -> String {
    payload.replace('\0', "\u{FFFD}")
}

/// A blueprint with the payload wherever text may stand.
pub(crate) fn document(p: &str) -> Document {
    let text = || Some(Text::One(p.into()));
    Document {
        id: "hostile".into(),
        version: Some(p.into()),
        title: text(),
        channels: vec![Channel { id: "web".into(), title: text(), ..Channel::default() }],
        customer: Some(CustomerModel {
            lifecycle: vec![cjm_core::blueprint::model::LifecycleRow {
                id: "new".into(),
                title: text(),
                ..Default::default()
            }],
            segments: vec![Segment { id: "s".into(), title: text(), ..Segment::default() }],
            ..CustomerModel::default()
        }),
        scenarios: vec![Scenario { id: "peak".into(), title: text(), ..Scenario::default() }],
        journeys: vec![Journey {
            id: "j".into(),
            title: text(),
            objective: text(),
            scenario: text(),
            personas: vec![Persona { id: "p".into(), title: text(), ..Persona::default() }],
            stages: vec![Stage {
                id: "s".into(),
                title: text(),
                touchpoints: vec![touchpoint(p)],
                ..Stage::default()
            }],
            ..Journey::default()
        }],
        improvements: vec![Improvement {
            id: "fix".into(),
            title: text(),
            owner: Some(p.into()),
            due: Date::new(2027, 1, 31),
            status: Some(p.into()),
            ..Improvement::default()
        }],
        surveys: vec![Survey {
            id: "nps".into(),
            title: text(),
            questions: vec![Question { id: "score".into(), title: text(), ..Question::default() }],
            ..Survey::default()
        }],
        ..Document::default()
    }
}

fn touchpoint(p: &str) -> Touchpoint {
    let text = || Some(Text::One(p.into()));
    Touchpoint {
        id: "t".into(),
        title: text(),
        channel: Some("web".into()),
        owner: Some(p.into()),
        system: Some(p.into()),
        expects: vec![Expectation { text: p.into(), ..Expectation::default() }],
        expected: Some(0.5),
        pains: vec![Pain { id: "pain".into(), text: p.into(), ..Pain::default() }],
        opportunities: vec![Opportunity { id: "chance".into(), text: p.into(), ..Opportunity::default() }],
        does: text(),
        thinks: text(),
        behind: vec![Behind { id: "b".into(), title: text(), ..Behind::default() }],
        ..Touchpoint::default()
    }
}

/// Tables of [`document`], with the payload as every value that events may bring.
pub(crate) fn tables(p: &str) -> StudyTables {
    let mut t = restaurant::tables();
    let everyone = Group { by: None, value: None };
    let cut = Group { by: Some(p.into()), value: Some(p.into()) };
    t.summary.first = Timestamp::parse("2026-03-01T00:00:00Z").ok();
    t.journeys.truncate(2);
    t.stages.truncate(2);
    t.touchpoints.truncate(2);
    t.lifecycle.truncate(2);
    for (i, group) in [everyone, cut].into_iter().enumerate() {
        t.journeys[i] = JourneyRow { journey: "j".into(), group: group.clone(), ..t.journeys[i].clone() };
        t.stages[i] =
            StageRow { journey: "j".into(), stage: "s".into(), group: group.clone(), ..t.stages[i].clone() };
        t.touchpoints[i] = TouchpointRow {
            journey: "j".into(),
            stage: "s".into(),
            touchpoint: "t".into(),
            group: group.clone(),
            expected_wait_s: Some(60.0),
            waits: 9,
            median_wait_s: mean(70.0, 9.0, 9),
            q95_wait_s: Some(99.0),
            wait_over: share(5, 9),
            emotion: mean(-0.2, 0.1, 9),
            ..t.touchpoints[i].clone()
        };
        t.lifecycle[i].state = "new".into();
        t.lifecycle[i].group = group;
    }
    t.moves = vec![MoveRow {
        group: Group::default(),
        source: Some(p.into()),
        target: Some("new".into()),
        count: 3,
        customers: 2,
    }];
    t.curve = vec![];
    t.curve_summary.iter_mut().for_each(|s| {
        s.journey = "j".into();
        for point in [&mut s.peak, &mut s.valley, &mut s.end, &mut s.moment_of_truth] {
            *point = Some(CurvePoint { touchpoint: "t".into(), value: 0.1 });
        }
    });
    t.scores.truncate(1);
    t.scores[0].touchpoint = Some("t".into());
    t.pains = (1..=4).map(|rank| pain(rank, t.pains[0].clone())).collect();
    t.losses.truncate(1);
    t.losses[0] = LossRow {
        journey: Some("j".into()),
        state: Some(p.into()),
        touchpoint: Some("t".into()),
        reasons: vec![(p.into(), 3)],
        kind: p.into(),
        ..t.losses[0].clone()
    };
    t.deviations.truncate(1);
    t.deviations[0] = DeviationRow {
        journey: "j".into(),
        after: Some("t".into()),
        then: Some(p.into()),
        kind: p.into(),
        skipped: vec!["t".into()],
        ..t.deviations[0].clone()
    };
    t.unmapped = vec![UnmappedRow { event: p.into(), declared: false, count: 3, customers: 1 }];
    t
}

fn pain(rank: u64, row: PainRow) -> PainRow {
    PainRow {
        rank,
        journey: "j".into(),
        stage: "s".into(),
        touchpoint: "t".into(),
        known: vec!["pain".into()],
        improvements: vec!["fix".into()],
        ..row
    }
}

pub(crate) fn options(p: &str, language: Language) -> ReportOptions {
    ReportOptions {
        language,
        title: Some(p.into()),
        source: Some(p.into()),
        bad_rows: vec![BadRows { reason: p.into(), count: 3, example: Some(p.into()) }],
    }
}
