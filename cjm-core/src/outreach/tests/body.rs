//! Message bodies by cases: what they write, what is refused and by which limit, before anything is parsed.

use std::sync::Arc;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::super::*;
use super::cases;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::base::zone::Date;
use crate::error::{Error, ErrorCode};

/// The arguments of every case.
fn arguments() -> Vec<(&'static str, Value)> {
    let item = |dish: &str, n: i64| {
        Value::Record(Arc::from([(Arc::from("dish"), Value::from(dish)), (Arc::from("n"), Value::Int(n))]))
    };
    vec![
        ("dish", Value::from("noodles")),
        ("name", Value::from("<b>张三</b>")),
        ("n", Value::Int(3)),
        ("share", Value::Number(0.25)),
        ("amount", Value::Money(Decimal::new(3_800, 2))),
        ("vip", Value::Bool(true)),
        ("nothing", Value::Null),
        ("at", Value::Time("2026-03-01T12:00:00+08:00".parse::<Timestamp>().unwrap())),
        ("day", Value::Date(Date::new(2026, 3, 1).unwrap())),
        ("valid", Value::Duration(Duration::parse("48h").unwrap())),
        ("items", Value::List(Arc::from([item("rice", 2), item("tea", 1)]))),
        ("many", Value::List((0..64).map(Value::Int).collect::<Vec<_>>().into())),
        ("long", Value::from("x".repeat(8 * 1024))),
    ]
}

fn written(body: &str, markup: Markup) -> Result<String, BodyError> {
    let mut bodies = Bodies::default();
    let number = bodies.add(body, markup)?;
    let known = arguments();
    bodies.render(number, known.iter().map(|(name, value)| (*name, value.as_ref())))
}

fn check(body: &str, expected: &str) {
    assert_eq!(written(body, Markup::None).as_deref(), Ok(expected), "{body}");
}

fn refused(body: &str, expected: BodyError) {
    let found = written(body, Markup::None).unwrap_err();
    let shown: String = body.chars().take(60).collect();
    assert_eq!(found, expected, "{shown}");
}

#[test]
fn what_bodies_write() {
    check("", "");
    check("Your usual {{ dish }}?", "Your usual noodles?");
    check("{{ dish|upper }} x {{ n + 1 }}", "NOODLES x 4");
    check(
        "{{ amount }} {{ share }} {{ at }} {{ day }} {{ valid }}",
        "38.00 0.25 2026-03-01T04:00:00Z 2026-03-01 2d",
    );
    check("{% if vip %}Dear{% else %}Hello{% endif %} {{ name }}", "Dear <b>张三</b>");
    check("{% if n > 5 %}a{% elif n > 2 %}b{% else %}c{% endif %}", "b");
    check(
        "{% for item in items %}{{ item.n }} {{ item.dish }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "2 rice, 1 tea",
    );
    check("{# nothing {{ dish }} #}{{ items|length }}{{ (items|first).dish }}", "2rice");
    check("{{ nothing|default('you') }}{{ unknown|d('!') }}", "you!");
    check("{{ nothing is defined }}", "false");
    check("{{- ' }} ' -}} {{ \"{% x\" }}", " }} {% x");
    check("100 % { } }} %} #} {x}", "100 % { } }} %} #} {x}");
    check("{{ {'a': [1, (2)]}.a[1] }}", "2");
    check("{{ dish ~ n }} {{ n - 1 }} {{ n // 2 }} {{ n % 2 }}", "noodles3 2 1 1");
}

#[test]
fn markup_is_escaped_where_it_is_read_as_markup() {
    assert_eq!(
        written("<i>{{ name }}</i>", Markup::Html).as_deref(),
        Ok("<i>&lt;b&gt;张三&lt;&#x2f;b&gt;</i>")
    );
    refused("{{ name|safe }}", BodyError::Filter { line: 1, name: "safe".into() });
    let statement = BodyError::Statement { line: 1, name: "autoescape".into() };
    refused("{% autoescape false %}{{ name }}{% endautoescape %}", statement);
}

#[test]
fn missing_arguments_are_named() {
    refused("{{ dish }} {{ unknown }}", BodyError::Missing { names: vec!["unknown".into()] });
    refused("{{ nothing }}", BodyError::Missing { names: vec!["nothing".into()] });
    let two = BodyError::Missing { names: vec!["a".into(), "b".into()] };
    assert_eq!(two.to_string(), "the message body needs `a`, `b`");
    refused("{% if b %}{{ a }}{% endif %}", two);
    let error = Error::from(written("{{ unknown }}", Markup::None).unwrap_err());
    assert_eq!((error.code(), error.message()), (ErrorCode::Argument, "the message body needs `unknown`"));
    let unfit = written("a\n{{ (items|first).price }}", Markup::None).unwrap_err();
    assert!(matches!(&unfit, BodyError::Unfit { line: 2, .. }), "{unfit:?}");
    let unfit = written("{{ dish + 1 }}", Markup::None).unwrap_err();
    assert_eq!(unfit.code(), ErrorCode::Argument);
}

#[test]
fn names_that_a_body_needs() {
    let mut bodies = Bodies::default();
    let body = "{{ dish }}{% for x in items %}{{ x.n }}{{ loop.index }}{% endfor %}{{ a|default(b) }}";
    let number = bodies.add(body, Markup::None).unwrap();
    assert_eq!(bodies.needs(number).collect::<Vec<_>>(), ["a", "b", "dish", "items"]);
    assert_eq!(bodies.needs(9).count(), 0);
    let unknown = bodies.render(9, []).unwrap_err();
    assert_eq!((unknown.code(), unknown), (ErrorCode::NotFound, BodyError::Unknown { body: 9 }));
    // one that is refused takes no number
    assert!(bodies.add("{{", Markup::None).is_err());
    assert_eq!(bodies.add("b", Markup::Html), Ok(1));
    assert_eq!(bodies.render(1, []).as_deref(), Ok("b"));
}

#[test]
fn statements_and_operators_that_bodies_do_not_have() {
    for (body, name) in [
        ("{% set a = 1 %}", "set"),
        ("{%- macro m() %}{% endmacro %}", "macro"),
        ("{% include 'x' %}", "include"),
        ("{% raw %}{{ {% endraw %}", "raw"),
        ("{% block b %}{% endblock %}", "block"),
        ("{% filter upper %}a{% endfilter %}", "filter"),
        ("{% with a = 1 %}{% endwith %}", "with"),
        ("{% extends 'a' %}", "extends"),
        ("{% %}", ""),
        ("{% 1 %}", "1"),
        ("{% for x in items recursive %}{{ loop(items) }}{% endfor %}", "for .. recursive"),
    ] {
        refused(body, BodyError::Statement { line: 1, name: name.into() });
    }
    for (body, name) in [
        ("{{ dish|replace('n', dish) }}", "replace"),
        ("{{ dish | upper|e }}", "e"),
        ("{% if (dish|'x') %}", "'x'"),
    ] {
        refused(body, BodyError::Filter { line: 1, name: name.into() });
    }
    refused("{{ dish is not number }}", BodyError::Test { line: 1, name: "number".into() });
    check("{{ '|safe is odd \\\' |safe' }}{{ is_it is not defined }}", "|safe is odd ' |safetrue");
    refused("a\n\n{{ 'x' * 99999999 }}", BodyError::Operator { line: 3, operator: "*" });
    refused("{{ n ** 999 }}", BodyError::Operator { line: 1, operator: "*" });
    for (body, line) in [
        ("{{ dish", 1),
        ("a\n{{ 'dish }}", 2),
        ("{# a", 1),
        ("{{ (dish }}", 1),
        ("{{ dish) }}", 1),
        ("{{ a } }}", 1),
        ("{{", 1),
        ("{% if n", 1),
    ] {
        refused(body, BodyError::Unclosed { line });
    }
    for body in ["{% if n %}", "{% endif %}", "{{ }}", "{{ 1 2 }}", "{{ é }}", "{% for x %}{% endfor %}"] {
        let found = written(body, Markup::None).unwrap_err();
        assert!(matches!(found, BodyError::Syntax { .. }), "{body} {found:?}");
        assert_eq!(found.code(), ErrorCode::Format);
    }
    for body in ["{{ range(9) }}", "{{ namespace() }}", "{{ debug() }}", "{{ dish.upper() }}"] {
        assert!(written(body, Markup::None).is_err(), "{body}");
    }
}

/// Every filter and test that the check lets through is there.
#[test]
fn filters_and_tests_that_bodies_have() {
    for (body, expected) in [
        ("{{ unknown|default('a') }}{{ unknown|d('b') }}", "ab"),
        (
            "{{ dish|upper }} {{ dish|lower }} {{ dish|title }} {{ dish|capitalize }}",
            "NOODLES noodles Noodles Noodles",
        ),
        ("{{ ' a '|trim }}{{ dish|length }}{{ dish|first }}{{ dish|last }}", "a7ns"),
        ("{{ 1.26|round(1) }} {{ (1 - n)|abs }} {{ '3'|int }} {{ '3'|float }}", "1.3 2 3 3.0"),
        ("{{ n is defined }} {{ n is undefined }}", "true false"),
    ] {
        check(body, expected);
    }
}

/// Chains of a hundred thousand steps and nests of a million are refused by their size, on a stack of 256 KiB.
#[test]
fn long_chains_are_refused_before_they_are_parsed() {
    let many = 100_000;
    let chains = [
        format!("{{{{ {} }}}}", vec!["1"; many].join("+")),
        format!("{{{{ a{} }}}}", "|upper".repeat(many)),
        format!("{{{{ {}1 }}}}", "- ".repeat(many)),
        format!("{{{{ {}1 }}}}", "not ".repeat(many)),
        format!("{{{{ a{} }}}}", ".a".repeat(many)),
        format!("{{{{ a{} }}}}", "()".repeat(many)),
        format!("{{{{ {} }}}}", "[".repeat(1_000_000)),
        format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(many)),
        "{% if a %}".repeat(many),
        "{% for a in a %}".repeat(many),
    ];
    on_a_small_stack(move || {
        for chain in &chains {
            refused(chain, BodyError::TooLong { n_bytes: chain.len(), limit: MAX_BODY_BYTES });
            // cut to the longest body there may be, the limit within stands
            let cut = &chain[..MAX_BODY_BYTES];
            let found = written(cut, Markup::None).unwrap_err();
            assert_eq!(found.code(), ErrorCode::Limit, "{} {found:?}", &cut[..20]);
        }
    });
}

/// The largest of each that is allowed is parsed and written.
#[test]
fn what_is_allowed_fits_a_small_stack() {
    let tag = |inner: String| format!("{{{{{inner}}}}}");
    let longest = MAX_TAG_BYTES - 4;
    let nest = |n: usize| "{% if vip %}".repeat(n) + &"{% endif %}".repeat(n);
    let elifs = |n: usize| format!("{{% if n > 9 %}}{}{{% endif %}}", "{% elif n > 9 %}".repeat(n));
    let brackets = |n: usize| tag(format!("{}1{}", "(".repeat(n), ")".repeat(n)));
    let both = format!("{}{}{}", "{% if vip %}".repeat(7), elifs(MAX_ELIFS), "{% endif %}".repeat(7));
    let fit = vec![
        tag(format!("{:w$}1", "-".repeat(longest - 3), w = longest - 1)),
        tag("1+".repeat(longest / 2 - 1) + "1"),
        tag("1 and ".repeat(longest / 6 - 1) + "1"),
        tag("not ".repeat(longest / 4 - 1) + "1"),
        tag("dish".to_owned() + &"|upper".repeat((longest - 4) / 6)),
        tag("1 if 1 else ".repeat(longest / 12 - 1) + "1"),
        nest(MAX_BLOCKS),
        elifs(MAX_ELIFS),
        both,
        brackets(MAX_BRACKETS),
        "{{n}}".repeat(MAX_BODY_BYTES / 5),
    ];
    on_a_small_stack(move || {
        for body in &fit {
            let found = written(body, Markup::None);
            assert!(found.is_ok(), "{} {found:?}", &body[..40]);
        }
    });
    refused(&tag("1".repeat(longest + 1)), BodyError::TagTooLong { line: 1, limit: MAX_TAG_BYTES });
    refused(&nest(MAX_BLOCKS + 1), BodyError::TooManyBlocks { line: 1, limit: MAX_BLOCKS });
    refused(&elifs(MAX_ELIFS + 1), BodyError::TooManyElifs { line: 1, limit: MAX_ELIFS });
    refused(&brackets(MAX_BRACKETS + 1), BodyError::TooManyBrackets { line: 1, limit: MAX_BRACKETS });
    refused(&"x".repeat(8_193), BodyError::TooLong { n_bytes: 8_193, limit: MAX_BODY_BYTES });
}

#[test]
fn writing_is_bounded_in_time_and_length() {
    let inner = |n: usize, what: &str| "{% for x in many %}".repeat(n) + what + &"{% endfor %}".repeat(n);
    refused(&inner(8, ""), BodyError::TooMuchWork { limit: MAX_WORK });
    refused(&inner(1, "{{ long }}"), BodyError::TextTooLong { limit: MAX_TEXT_BYTES });
    refused(&inner(2, &"y".repeat(1_000)), BodyError::TextTooLong { limit: MAX_TEXT_BYTES });
    let text = written(&"{{ long }}".repeat(8), Markup::None).unwrap();
    assert_eq!(text.len(), MAX_TEXT_BYTES);
}

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap();
    thread.join().unwrap();
}

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "if",
        "elif",
        "else",
        "endif",
        "for x in items",
        "endfor",
        "raw",
        "endraw",
        "dish",
        "'",
        "\"",
        "\\",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "-",
        "+",
        "~",
        "|",
        ".",
        ",",
        "n",
        "1",
        "not",
        "upper",
        "\n",
        " ",
        "张",
        "{{ dish }}",
        "{% if n %}",
        "{% endif %}",
        "{% for x in many %}",
        "{% endfor %}",
        "x.n",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(256)))]

    /// Any text is a body or an error, and a body gives a text or an error, the same each time.
    #[test]
    fn any_text_is_a_body_or_an_error(pieces in prop::collection::vec(piece(), 0..60), html in any::<bool>()) {
        let body = pieces.concat();
        let markup = if html { Markup::Html } else { Markup::None };
        let first = written(&body, markup);
        prop_assert!(first.as_ref().map_or(true, |text| text.len() <= MAX_TEXT_BYTES));
        prop_assert_eq!(first, written(&body, markup));
    }

    /// What the check finds to be outside tags is written as it is.
    #[test]
    fn plain_text_stays(text in "[a-z 张%}#\"'\\\\(*]{0,40}") {
        prop_assert_eq!(written(&format!("{text}."), Markup::Html), Ok(format!("{text}.")));
    }
}

#[test]
fn arguments_of_chat_are_never_markup() {
    let chat = |body: &str, argument: &str| {
        let mut bodies = Bodies::default();
        let number = bodies.add(body, Markup::Chat).unwrap();
        bodies.render(number, [("x", crate::base::value::ValueRef::Text(argument))]).unwrap()
    };
    assert_eq!(chat("**{{ x }}**", "a*b"), "**a＊b**");
    assert_eq!(chat("{{ x|upper }}", "<@all> [a](http://b)\n# c"), "＜＠ALL＞ ［A］(HTTP：//B) ＃ C");
    assert_eq!(chat("{{ x == 'a' }} <b>", "a"), "true <b>");
}
