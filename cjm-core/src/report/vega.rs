//! Charts as Vega-Lite specifications: data with marks, for notebooks and dashboards that draw them.
//!
//! Answers: the emotion curve and the stages of a study as JSON, everyone's rows alone, the data inside. Does not
//! know: how they are drawn, and computes nothing.

use serde_json::{Value, json};

use crate::base::text::Language;
use crate::blueprint::model::{Document, Journey};
use crate::insight::rows::{CurveRow, Group, StageRow};
use crate::map::JourneyMap;

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// The emotion curves: expected against actual with its 95 % interval, touchpoints in map order, a row of charts for
/// each journey.
///
/// ```
/// use cjm_core::{Blueprint, Language, report::vega};
/// let blueprint = Blueprint::from_yaml("cjm: 1\nid: shop\n")?;
/// let chart = vega::curve(blueprint.document(), &[], Language::En);
/// assert_eq!(chart["data"]["values"].as_array().map(Vec::len), Some(0));
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn curve(document: &Document, rows: &[CurveRow], language: Language) -> Value {
    let everyone = rows.iter().filter(|row| row.group == Group::default());
    let values: Vec<Value> = everyone
        .enumerate()
        .map(|(place, row)| {
            let journey = journey(document, &row.journey);
            json!({
                "journey": title_of(document, &row.journey, language),
                "place": place,
                "touchpoint": journey.and_then(|j| touchpoint(j, &row.touchpoint, language)),
                "expected": row.expected,
                "actual": row.actual,
                "low": row.low,
                "high": row.high,
                "n": row.n,
            })
        })
        .collect();
    let words = |en: &'static str, zh: &'static str| if language == Language::Zh { zh } else { en };
    let x = json!({ "field": "touchpoint", "type": "nominal", "title": null,
        "sort": { "field": "place", "op": "min" } });
    let emotion = json!({ "domain": [-1, 1] });
    let y = json!({ "field": "actual", "type": "quantitative", "scale": emotion, "title": words("Emotion", "情绪") });
    let tooltip: Vec<Value> = ["touchpoint", "expected", "actual", "low", "high", "n"]
        .map(|field| json!({ "field": field }))
        .into();
    json!({
        "$schema": SCHEMA,
        "title": words("Emotion curve", "情绪曲线"),
        "data": { "values": values },
        "facet": { "row": { "field": "journey", "type": "nominal", "title": null } },
        "spec": {
            "width": { "step": 56 },
            "layer": [
                { "mark": { "type": "line", "strokeDash": [4, 4], "color": "#8a8f98" },
                  "encoding": { "x": x, "y": { "field": "expected", "type": "quantitative" } } },
                { "mark": "rule", "encoding": { "x": x, "y": { "field": "low", "type": "quantitative" },
                  "y2": { "field": "high" } } },
                { "mark": { "type": "line", "point": true }, "encoding": { "x": x, "y": y, "tooltip": tooltip } },
            ],
        },
        "resolve": { "scale": { "x": "independent" } },
    })
}

/// The stages: how often each was entered, and what became of it, in map order, a row of charts for each journey.
pub fn stages(document: &Document, rows: &[StageRow], language: Language) -> Value {
    let words = |en: &'static str, zh: &'static str| if language == Language::Zh { zh } else { en };
    let mut values = Vec::new();
    let everyone = rows.iter().filter(|row| row.group == Group::default());
    for (place, row) in everyone.enumerate() {
        let stage = journey(document, &row.journey)
            .and_then(|journey| journey.stages.iter().find(|stage| stage.id == row.stage))
            .and_then(|stage| stage.title.as_ref())
            .map_or(row.stage.as_str(), |title| title.get(language));
        let parts = [
            (words("went on", "继续"), row.left),
            (words("completed", "完成"), row.completed),
            (words("dropped off", "流失"), row.dropped),
            (words("still inside", "停留中"), row.inside),
            (words("merged", "合并"), row.merged),
        ];
        for (order, (part, n)) in parts.into_iter().enumerate() {
            values.push(json!({
                "journey": title_of(document, &row.journey, language),
                "place": place,
                "stage": stage,
                "part": part,
                "order": order,
                "n": n,
            }));
        }
    }
    json!({
        "$schema": SCHEMA,
        "title": words("Stages", "阶段"),
        "data": { "values": values },
        "facet": { "row": { "field": "journey", "type": "nominal", "title": null } },
        "spec": {
            "mark": "bar",
            "encoding": {
                "y": { "field": "stage", "type": "nominal", "title": null, "sort": { "field": "place", "op": "min" } },
                "x": { "field": "n", "type": "quantitative", "title": words("Visits of stages", "阶段到访次数") },
                "color": { "field": "part", "type": "nominal", "title": null, "sort": { "field": "order" } },
                "order": { "field": "order" },
                "tooltip": [{ "field": "stage" }, { "field": "part" }, { "field": "n" }],
            },
        },
        "resolve": { "scale": { "y": "independent" } },
    })
}

fn journey<'d>(document: &'d Document, id: &str) -> Option<&'d Journey> {
    document.journeys.iter().find(|journey| journey.id == id)
}

fn title_of(document: &Document, id: &str, language: Language) -> String {
    let all = JourneyMap::all(document);
    let found = all.into_iter().find(|map| map.id() == id);
    found.map_or_else(|| id.to_owned(), |map| map.in_language(language).title().to_owned())
}

fn touchpoint(journey: &Journey, id: &str, language: Language) -> Option<String> {
    let mut all = journey.stages.iter().flat_map(|stage| &stage.touchpoints);
    let found = all.find(|touchpoint| touchpoint.id == id)?;
    Some(found.title.as_ref().map_or(id, |title| title.get(language)).to_owned())
}
