//! Message bodies that a program made: beyond what a text can hold.

use crate::Blueprint;
use crate::base::text::Text;

fn codes(body: String) -> Vec<&'static str> {
    let text = "cjm: 1\nid: x\nmessages: [{id: m, body: a}]\n";
    let mut document = Blueprint::from_yaml(text).unwrap().document().clone();
    document.messages[0].body = Some(Text::One(body));
    Blueprint::from_document(document).check().iter().map(|f| f.code()).collect()
}

/// On the smallest stack that a host may give: a chain is a finding, never an abort.
#[test]
fn a_chain_of_a_hundred_thousand_steps_is_a_finding() {
    let run = || {
        for step in ["1+", "a|upper", "- ", "not ", "a.", "a[", "(", "a and ", "a ~ ", "a if a else "] {
            assert_eq!(codes(format!("{{{{ {}1 }}}}", step.repeat(100_000))), ["body_too_long"], "{step}");
            let fits = format!("{{{{ {}1 }}}}", step.repeat(8_000 / step.len()));
            let expected = if matches!(step, "a[" | "(") { "body_too_deep" } else { "body_tag_too_long" };
            assert_eq!(codes(fits), [expected], "{step}");
        }
        let blocks = |n| format!("{}x{}", "{% if a %}".repeat(n), "{% endif %}".repeat(n));
        assert_eq!(codes(blocks(9)), ["body_too_deep"]);
        assert_eq!(codes(blocks(8)), [""; 0]);
        let branches = |n| format!("{{% if a %}}x{}{{% endif %}}", "{% elif a %}x".repeat(n));
        assert_eq!(codes(branches(33)), ["body_too_deep"]);
        assert_eq!(codes(branches(32)), [""; 0]);
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap().join().unwrap();
}
