//! Findings of area plan.

use super::findings;

findings! {
    /// Area marker replaced by its first finding.
    AREA_PLAN = "area_plan", Hint, "plan", "plan"; "", "";
    /// A lifecycle row or segment that reads a feature whose value changes all the time.
    READS_CLOCK = "reads_clock", Error,
        "`{name}` is a time since an event and changes all the time", "`{name}` 是距某事件的时长，随时都在变化";
        "use `idle` in the lifecycle instead", "请改用生命周期的 `idle`";
}
