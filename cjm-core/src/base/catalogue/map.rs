//! Findings of area map.

use super::findings;

findings! {
    /// Area marker replaced by its first finding.
    AREA_MAP = "area_map", Hint, "map", "map"; "", "";
}
