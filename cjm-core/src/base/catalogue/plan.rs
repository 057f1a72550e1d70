//! Findings of area plan.

use super::findings;

findings! {
    /// Area marker replaced by its first finding.
    AREA_PLAN = "area_plan", Hint, "plan", "plan"; "", "";
}
