//! Hostile texts: each gets a finding or a blueprint, never a panic, an abort or a hang.

use super::*;

/// Texts that repeat one thing: a million times what ends early or is read fast, less often what is long to read.
fn repeated() -> impl Iterator<Item = (&'static str, String)> {
    const DEEP: [&str; 28] = [
        "[",
        "{a: ",
        "- ",
        "? ",
        "&a ",
        "*a ",
        "!a ",
        "!!a ",
        "\"",
        "'",
        "|",
        ">",
        ":",
        ": ",
        "#",
        "{",
        "]",
        "}",
        ",",
        "a: ",
        "---\n",
        " ",
        "\t",
        "\n",
        "%YAML 1.2\n",
        "\\",
        "\u{feff}",
        "é",
    ];
    const LONG: [&str; 7] = ["# \n", "...\n", "a:\n", "- a\n", "a\n", "<<: *a\n", "- [{a: b}]\n"];
    let deep = DEEP.iter().map(|text| (*text, text.repeat((1_000_000).min(MAX_BYTES / text.len()))));
    deep.chain(LONG.iter().map(|text| (*text, text.repeat(20_000))))
}

/// Texts beyond a limit each.
pub(super) fn limits() -> impl Iterator<Item = (&'static str, String)> {
    let head = "cjm: 1\nid: x\n";
    let levels = (0..1_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n");
    let keys = (0..5_000).fold(String::from(head), |text, n| text + &format!("k{n}: 1\n"));
    let attributes: Vec<String> = (0..65).map(|n| format!("a{n}: text")).collect();
    let bomb = (1..20).fold(String::from("a0: &a0 [x]\n"), |text, n| {
        let alias = format!("*a{}", n - 1);
        text + &format!("a{n}: &a{n} [{}]\n", [alias.as_str(); 9].join(", "))
    });
    [
        ("1,000 levels", levels),
        ("a 10 MB name", format!("cjm: 1\nid: {}\n", "a".repeat(10_000_000))),
        ("a 9 KB title", format!("{head}title: {}\n", "a".repeat(9_000))),
        ("a 1 MB key", format!("{head}{}: 1\n", "a".repeat(1_000_000))),
        ("5,000 unknown keys", keys),
        ("500,000 values", format!("{head}x-list: [{}]\n", "1,".repeat(500_000))),
        ("65 attributes", format!("{head}events: {{e: {{{}}}}}\n", attributes.join(", "))),
        ("an anchor bomb", bomb),
        ("a merge bomb", "a: &a {b: c}\nd: {<<: [*a, *a, *a]}\n".repeat(1_000)),
        ("script", format!("{head}title: </script><script>alert(1)</script>\n")),
    ]
    .into_iter()
}

/// On a stack as small as the smallest that a host may give us, unoptimised.
#[test]
fn hostile_texts_end_with_a_finding_or_a_blueprint() {
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let run = || {
        for (name, text) in repeated().chain(limits()) {
            let (blueprint, findings) = Blueprint::read(&text);
            let wrong = findings.iter().any(|f| f.severity() == Severity::Error);
            assert_eq!(blueprint.is_none(), wrong, "{name}");
            assert!(findings.len() <= MAX_FINDINGS + 1, "{name}");
            assert!(findings.iter().all(|f| f.to_string().len() < 2_000), "{name}");
        }
    };
    small.spawn(run).unwrap().join().unwrap();
}

#[test]
fn the_restaurant_reads_on_a_small_stack() {
    let Some(text) = restaurant() else { return };
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    small.spawn(move || assert!(Blueprint::from_yaml(&text).is_ok())).unwrap().join().unwrap();
}

/// Cut at every character: a finding or a blueprint, and positions inside the text.
#[test]
fn every_truncation_of_the_restaurant() {
    let Some(text) = restaurant() else { return };
    let n_lines = text.lines().count() as u32 + 1;
    // every cut of the first part, then every 17th: the whole takes minutes unoptimised
    let cuts = text.char_indices().map(|(at, _)| at).filter(|at| *at < 600 || at % 17 == 0);
    for at in cuts {
        let (blueprint, findings) = Blueprint::read(&text[..at]);
        assert!(blueprint.is_some() || !findings.is_empty(), "{at}");
        assert!(findings.iter().all(|f| f.position.line <= n_lines), "{at}");
    }
}
