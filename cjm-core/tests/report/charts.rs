//! The charts of a report: Vega-Lite specifications with everyone's rows inside.

use cjm_core::Language;
use cjm_core::report::vega;
use serde_json::Value;

use crate::restaurant;

fn values(chart: &Value) -> &[Value] {
    chart["data"]["values"].as_array().unwrap()
}

#[test]
fn a_curve_has_everyones_points_in_map_order() {
    let (document, tables) = (restaurant::document(), restaurant::tables());
    let everyone = tables.curve.iter().filter(|row| row.group.by.is_none());
    let chart = vega::curve(&document, &tables.curve, Language::Zh);
    let told: Vec<&str> = values(&chart).iter().map(|row| row["touchpoint"].as_str().unwrap()).collect();
    assert_eq!(told.len(), everyone.count());
    assert_eq!(told.first(), Some(&"达人种草"));
    assert_eq!(chart["title"], "情绪曲线");
    // what was not measured is no point at 0
    assert!(values(&chart).iter().any(|row| row["actual"].is_null() && row["n"] == 0));
}

#[test]
fn stages_add_up_in_a_chart() {
    let (document, tables) = (restaurant::document(), restaurant::tables());
    let chart = vega::stages(&document, &tables.stages, Language::En);
    for row in tables.stages.iter().filter(|row| row.group.by.is_none()) {
        let place = tables.stages.iter().filter(|r| r.group.by.is_none()).position(|r| r.stage == row.stage);
        let parts = values(&chart).iter().filter(|part| part["place"] == place.unwrap());
        let sum: u64 = parts.map(|part| part["n"].as_u64().unwrap()).sum();
        assert_eq!(sum, row.left + row.completed + row.dropped + row.inside + row.merged, "{}", row.stage);
    }
}

#[test]
fn charts_of_nothing_have_no_data() {
    let document = restaurant::document();
    for chart in [vega::curve(&document, &[], Language::En), vega::stages(&document, &[], Language::Zh)] {
        assert!(values(&chart).is_empty());
        assert_eq!(chart["$schema"], "https://vega.github.io/schema/vega-lite/v5.json");
    }
}
