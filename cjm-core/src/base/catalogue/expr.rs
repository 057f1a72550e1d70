//! Findings of area expr.

use super::findings;

findings! {
    /// Area marker replaced by its first finding.
    AREA_EXPR = "area_expr", Hint, "expr", "expr"; "", "";
}
