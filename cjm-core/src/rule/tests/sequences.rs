//! Sequences by cases.

use super::story::check;

/// `a b` on a c b1 b2 and `b+ c` on b1 b2 b3 c, as the documentation of Flink CEP has them.
#[test]
fn as_flink_has_it() {
    check("sequence: [a, b], within: 1h, order: strict", "a0, c1, b2, b3", "");
    check("sequence: [a, b], within: 1h, order: relaxed", "a0, c1, b2, b3", "r@2: a1 b1");
    let rule = "sequence: [{event: b, as: b, times: [1, null]}, c], within: 1h; skip: ";
    let events = "b0, b1, b2, c3";
    for order in ["relaxed", "strict"] {
        let rule = rule.replace("within", &format!("order: {order}, within"));
        let all = "r@3: b1 b2 b3 c1, r@3: b2 b3 c1, r@3: b3 c1";
        check(&format!("{rule}no_skip"), events, all);
        check(&format!("{rule}to_next"), events, all);
        check(&format!("{rule}past_last_event"), events, "r@3: b1 b2 b3 c1");
        check(&format!("{rule}{{to_last: b}}"), events, "r@3: b1 b2 b3 c1, r@3: b3 c1");
    }
}
