//! Findings of area log.

use super::findings;

findings! {
    /// Area marker replaced by its first finding.
    AREA_LOG = "area_log", Hint, "log", "log"; "", "";
}
