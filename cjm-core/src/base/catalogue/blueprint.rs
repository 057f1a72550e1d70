//! Findings of reading a blueprint: its syntax, keys, types and references.

use super::findings;

findings! {
    /// The text is not YAML or JSON at all.
    SYNTAX = "syntax", Error,
        "{reason}", "{reason}"; "", "";
    /// A key that the format does not have.
    UNKNOWN_KEY = "unknown_key", Error,
        "unknown key `{key}`", "未知的键 `{key}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A key that must be there.
    MISSING_KEY = "missing_key", Error,
        "`{key}` is missing", "缺少 `{key}`"; "", "";
}
