//! Expressions that mean harm: each gives findings, a typed error or a value, on a small stack, in bounded time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use cjm_core::base::money;
use cjm_core::expr::{self, Failure, Fault};
use cjm_core::{Date, Duration, Timestamp, Value, Zone};
use proptest::prelude::*;

/// Runs on the smallest stack that a host is allowed to have.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1_024).spawn(run).unwrap();
    thread.join().unwrap();
}

fn facts() -> Value {
    let deep = (0..100).fold(Value::Int(1), |inner, _| Value::List(Arc::from([inner])));
    let money = money::parse("79228162514264337593543950335").unwrap();
    let fields = [
        ("n", Value::Null),
        ("b", Value::Bool(true)),
        ("i", Value::Int(7)),
        ("x", Value::Number(1.5)),
        ("t", Value::from("text")),
        ("m", Value::Money(money)),
        ("at", Value::Time(Timestamp::parse("2026-03-01T12:00:00Z").unwrap())),
        ("day", Value::Date(Date::parse("2026-03-01").unwrap())),
        ("d", Value::Duration(Duration::parse("1h").unwrap())),
        ("l", Value::List(Arc::from([Value::Int(1), Value::Null]))),
        ("r", Value::Record(Arc::from([(Arc::from("a"), Value::Int(1))]))),
        ("deep", deep),
        ("long", Value::List((0..50).map(Value::Int).collect())),
    ];
    Value::Record(fields.into_iter().map(|(k, v)| (Arc::from(k), v)).collect())
}

fn evaluate(text: &str) -> Result<Value, Failure> {
    expr::evaluate(text, &facts(), &Zone::utc())
}

/// The codes of the findings, or the fault.
fn failure(text: &str) -> String {
    match evaluate(text) {
        Ok(value) => panic!("`{text}` gives {value:?}"),
        Err(Failure::Eval(e)) => e.fault.slug().to_owned(),
        Err(Failure::Findings(all)) => all.iter().map(|f| f.entry.code).collect::<Vec<_>>().join(" "),
    }
}

const SEEDS: [&str; 34] = [
    "(", ")", "[", "]", "{", "}", "!", "-", "--", "a.", ".a", "1+", "+", "a?b:", "?", "x[", "{1:", "f(",
    "x.all(y,", "l.map(y,", "&&", "||", "true&&", "true||", "'", "\"", "\\", "`", "//", "1", "a ", "has(",
    "\u{202e}", "１",
];

#[test]
fn a_million_tokens_are_a_finding() {
    on_a_small_stack(|| {
        for seed in SEEDS {
            assert_eq!(failure(&seed.repeat(1_000_000)), "expr_too_long", "{seed}");
        }
    });
}

#[test]
fn the_longest_text_of_any_token_is_a_value_or_findings() {
    on_a_small_stack(|| {
        for seed in SEEDS {
            let n = 4_096 / seed.len();
            for text in
                [seed.repeat(n), format!("{}1", seed.repeat(n - 1)), format!("{}l", seed.repeat(n - 1))]
            {
                let _ = evaluate(&text);
            }
        }
    });
}

#[test]
fn the_deepest_nesting_is_evaluated_on_a_small_stack() {
    let nests = [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("!", "b", ""),
        ("-", "i", ""),
        ("{1: ", "1", "}"),
        ("size([", "1", "])"),
        ("b ? (", "1", ") : 2"),
        ("b ? 2 : ", "1", ""),
        ("b && (b || ", "b", ")"),
        ("1 + (2 * ", "i", ")"),
        ("i in [1, 7, ", "i", "]"),
        ("l.map(y, ", "1", ")"),
        ("l.all(y, ", "b", ")"),
        ("[1][0 * ", "1", "]"),
        ("string(", "i", ")"),
        ("i == 1 || i + 1 < 2 * (", "i", ") ? 1 : 2"),
    ];
    on_a_small_stack(move || {
        for (open, middle, close) in nests {
            let mut deepest = 0;
            for n in [1, 2, 8, 15, 16, 24, 31, 32, 40, 62, 63, 64, 65, 66, 80] {
                match evaluate(&format!("{}{middle}{}", open.repeat(n), close.repeat(n))) {
                    Ok(_) | Err(Failure::Eval(_)) => deepest = n,
                    Err(Failure::Findings(all)) => assert!(!all.is_empty()),
                }
            }
            assert!(deepest >= 15, "{open}: only {deepest} levels");
            assert!(deepest <= 64, "{open}: {deepest} levels");
        }
    });
}

#[test]
fn a_text_cut_at_every_byte() {
    let whole = "l.filter(y, y != null && y > 0).map(y, {'k': [y, -1.5e3], 2: r'\\'}['k'][0]) == [1] && \
                 (at - duration('1h30m') < timestamp('2026-03-01T12:00:00+08:00') ? t.matches('^t(e|x)+t$') : has(r.a)) \
                 || 'x' in l && local(at).hour in [12, 18] || date('2026-03-01') == day && string(m).size() > 0x1F";
    assert_eq!(evaluate(whole), Ok(Value::Bool(true)));
    on_a_small_stack(move || {
        for (at, _) in whole.char_indices() {
            let _ = evaluate(&whole[..at]);
            let _ = evaluate(&whole[at..]);
            let _ = evaluate(&format!("{}\u{0}{}", &whole[..at], &whole[at..]));
        }
    });
}

#[test]
fn every_operator_on_every_pair_of_values() {
    let names =
        ["n", "b", "i", "x", "t", "m", "at", "day", "d", "l", "r", "deep", "null", "local(at)", "[]", "{}"];
    let operators = [
        "+",
        "-",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "&&",
        "||",
        "? 1 :",
        "[",
        ".matches(",
        ".getHours(",
    ];
    on_a_small_stack(move || {
        let mut n_values = 0;
        for a in names {
            for b in names {
                for operator in operators {
                    let close = match operator {
                        "[" => "]",
                        ".matches(" | ".getHours(" => ")",
                        _ => "",
                    };
                    let known = evaluate(&format!("{a} {operator} {b} {close}")).ok();
                    // inside a list the types are not known beforehand: the same value, or more of them
                    let hidden = evaluate(&format!("[{a}, b][0] {operator} [{b}, b][0] {close}")).ok();
                    if known.is_some() && ![a, b].contains(&"n") {
                        assert_eq!(known, hidden, "{a} {operator} {b} {close}");
                    }
                    n_values += usize::from(known.is_some());
                }
            }
            for call in [
                "int",
                "double",
                "string",
                "bool",
                "timestamp",
                "duration",
                "money",
                "date",
                "size",
                "local",
                "-",
                "!",
            ] {
                n_values += usize::from(evaluate(&format!("{call}({a})")).is_ok());
            }
        }
        assert!(n_values > 300, "{n_values}");
    });
}

#[test]
fn numbers_at_their_limits() {
    for (text, code) in [
        ("(-9223372036854775808) / -1", "expr_always_fails"),
        ("-(-9223372036854775808)", "expr_always_fails"),
        ("-9223372036854775808 % -1", "expr_always_fails"),
        ("1 / 0", "expr_always_fails"),
        ("m * m == m", "overflow"),
        ("m + m == m", "overflow"),
        ("m / 0.0 == m", "divide_by_zero"),
        ("m * 1e300 == m", "overflow"),
        ("i * 9223372036854775807", "overflow"),
        ("timestamp(9223372036854775807)", "expr_literal"),
        ("at + duration('2500000h') + duration('2500000h')", "value"),
        ("duration('2500000h') + duration('2500000h') > d", "expr_always_fails"),
        ("timestamp('9999-12-31T23:59:59Z') + d > at", "overflow"),
    ] {
        let found = match evaluate(text) {
            Ok(_) => "value".to_owned(),
            Err(Failure::Findings(all)) => all[0].entry.code.to_owned(),
            Err(Failure::Eval(e)) => e.fault.slug().to_owned(),
        };
        let always = code == "expr_always_fails";
        if always {
            // a warning beside the fault
            let faults = ["overflow", "divide_by_zero"];
            assert!(faults.contains(&found.as_str()), "{text}: {found}");
        } else {
            assert_eq!(found, code, "{text}");
        }
    }
}

#[test]
fn patterns_are_bounded() {
    assert_eq!(failure(r"t.matches('\\w{300}')"), "expr_pattern");
    assert_eq!(failure("t.matches('(')"), "expr_pattern");
    assert_eq!(failure(&format!("t.matches('{}')", "(".repeat(100) + &")".repeat(100))), "expr_pattern");
    assert_eq!(failure(&format!("t.matches('{}')", "a".repeat(257))), "expr_pattern_long");
    assert_eq!(failure(r"['\\w{300}'].all(p, t.matches(p))"), "pattern");
    assert_eq!(evaluate(r"'13800138000'.matches(r'^1[3-9]\d{9}$')"), Ok(Value::Bool(true)));
    assert_eq!(evaluate(r"('a' + 'a').matches('(a*)*b')"), Ok(Value::Bool(false)));
    let many = vec![r"t.matches(r'\d{9}')"; 100].join(" || ");
    assert!(failure(&many).starts_with("expr_patterns"));
}

#[test]
fn work_and_memory_are_bounded() {
    let doubling = "[t + t].map(a, a + a)".to_owned() + &".map(a, a + a)".repeat(60);
    let pairs = "[t]".to_owned() + &".map(a, [a, a])".repeat(60);
    let loops = |n: usize| {
        let open: String = (0..n).map(|i| format!("long.all(v{i}, ")).collect();
        format!("{open}i > 0{}", ")".repeat(n))
    };
    on_a_small_stack(move || {
        assert_eq!(failure(&doubling), "budget");
        assert_eq!(failure(&pairs), "budget");
        assert_eq!(failure(&format!("{pairs} == {pairs}")), "budget");
        assert_eq!(evaluate(&loops(2)), Ok(Value::Bool(true)));
        for n in [4, 10, 60] {
            assert_eq!(failure(&loops(n)), "budget");
        }
        assert_eq!(evaluate("deep == deep"), Ok(Value::Bool(true)));
    });
    let Err(Failure::Eval(e)) = evaluate("long.all(a, long.all(b, long.all(c, long.all(d, i > 0))))") else {
        panic!()
    };
    assert_eq!(e.fault, Fault::Budget);
}

#[test]
fn the_longest_texts_of_many_small_parts() {
    let texts = [
        format!("{}true", "true&&".repeat(680)),
        format!("[{}]", "1,".repeat(2_000)),
        format!("{{{}}}", (0..500).map(|i| format!("{i}:1,")).collect::<String>()),
        format!("t in [{}]", "'abc',".repeat(600)),
        vec!["a.b.c.d.e.f.g.h"; 200].join(" && "),
    ];
    for text in texts {
        assert!(text.len() <= 4_096, "{}", text.len());
        let _ = evaluate(&text);
    }
}

const WORDS: [&str; 48] = [
    "n", "b", "i", "x", "t", "m", "at", "day", "d", "l", "r", "deep", "null", "true", "1", "0", "-1", "1.5",
    "'a'", "r'\\d'", "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "&&", "||", "!", "?", ":", ".",
    ",", "(", ")", "[", "]", "{", "}", ".all(v,", ".map(v,", "v", "size(", "local(",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..40)) {
        let _ = evaluate(&words.join(" "));
    }

    #[test]
    fn any_text(text in "\\PC{0,80}") {
        let _ = evaluate(&text);
    }
}
