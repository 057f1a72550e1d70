//! Everything that must hold, in one run with one closing line.
//!
//! Answers: format, house rules, lints and tests, and what could not be tested here. Does not know: what the tests assert.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::shell::{self, Done, cargo, root};
use crate::{fuzz, install, python, sanitize, tidy};

/// How long each fuzz target runs.
const FUZZ_S: u32 = 60;

/// How much is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What every change must pass.
    Usual,
    /// The same with many more random cases, the benches compiled, every fuzz target for a minute, the C programs under
    /// sanitizers, and the C face and the wheel as they ship.
    Long,
}

/// The task: runs every step, then says how it went; errs when any step did.
pub(crate) fn run(extent: Extent) -> Done {
    for line in missing(extent) {
        println!("missing: {line}");
    }
    let mut failed: Vec<String> = Vec::new();
    let mut step = |name: &str, done: Done| {
        if let Err(message) = done {
            println!("{name}: {message}");
            failed.push(name.to_owned());
        }
    };
    step("fmt", shell::run(cargo(&["fmt", "--all", "--check"])));
    step("tidy", tidy::run());
    step("clippy", shell::run(cargo(&["clippy", "--all-targets", "--locked", "--", "-D", "warnings"])));
    if extent == Extent::Long {
        step("benches", shell::run(cargo(&["check", "--workspace", "--all-targets", "--locked"])));
    }
    if extent == Extent::Long && fuzz::missing().is_none() {
        step("fuzz", fuzz::run_all(FUZZ_S));
    }
    if extent == Extent::Long && sanitize::missing().is_none() {
        step("sanitizers", sanitize::run_all());
    }
    let mut counts = tests(extent);
    step("tests", counts.as_ref().map(|_| ()).map_err(Clone::clone));
    if extent == Extent::Long {
        step("a million events", million());
        step("shipped C library", install::test_shipped());
    }
    if python::missing().is_none() {
        let outcome = python::test(extent);
        let done =
            outcome.as_ref().map_err(Clone::clone).and_then(|outcome| match outcome.broken.as_slice() {
                [] => Ok(()),
                broken => Err(format!("{} failed", broken.join(", "))),
            });
        step("python", done);
        if let (Ok(counts), Ok(outcome)) = (&mut counts, outcome) {
            counts.passed += outcome.passed;
            counts.failed += outcome.failed;
            counts.skipped += outcome.skipped;
            counts.skips.extend(outcome.skips);
        }
    }
    if let Ok(counts) = &counts {
        for line in &counts.skips {
            println!("{line}");
        }
        println!(
            "{} passed, {} failed, {} skipped",
            counts.passed.saturating_sub(counts.unpassed),
            counts.failed,
            counts.skipped
        );
        if counts.failed > 0 || !counts.ended_well {
            failed.push("tests".to_owned());
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        _ => Err(format!("failed: {}", failed.join(", "))),
    }
}

/// The tests of stores that take a million of something, optimized.
fn million() -> Done {
    let mut tests = cargo(&["test", "--release", "--locked", "--package", "cjm-io"]);
    tests.args(["--test", "store_many", "--", "--nocapture"]).env("CJM_LONG", "1");
    shell::run(tests)
}

/// One line for each thing that some tests need and that is not here.
fn missing(extent: Extent) -> Vec<String> {
    let mut lines = Vec::new();
    if extent == Extent::Long {
        lines.extend(fuzz::missing());
        lines.extend(sanitize::missing());
    }
    lines.extend(python::missing());
    lines.extend(missing_of_c());
    if ["chromium", "chromium-browser", "google-chrome"].iter().all(|name| shell::find(name).is_none()) {
        lines.push(
            "chromium (Debian: apt-get install chromium); the browser test of the report is skipped"
                .to_owned(),
        );
    }
    let fonts = Command::new("fc-list").args([":lang=zh", "family"]).output();
    if !fonts.is_ok_and(|out| !out.stdout.is_empty()) {
        lines.push(
            "Chinese fonts (Debian: apt-get install fonts-noto-cjk); Chinese text is drawn as boxes"
                .to_owned(),
        );
    }
    if !root().join("../shared/data").is_dir() {
        lines.push("the folder ../shared/data; tests on outside data are skipped".to_owned());
    }
    lines
}

/// Programs of the tests of the C face that are not here.
fn missing_of_c() -> Option<String> {
    let needed = ["gcc", "g++", "clang", "clang++", "make", "pkg-config", "cmake", "valgrind"];
    let gone: Vec<&str> = needed.into_iter().filter(|name| shell::find(name).is_none()).collect();
    let packages = "gcc g++ clang make pkg-config cmake valgrind";
    (!gone.is_empty()).then(|| {
        let gone = gone.join(", ");
        format!("{gone} (Debian: apt-get install {packages}); those tests of the C face are skipped")
    })
}

/// What the tests said, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// Tests that libtest counts as passed though they skipped their work.
    unpassed: u64,
    /// The lines that say what was skipped and why.
    skips: Vec<String>,
    ended_well: bool,
}

/// Runs all tests of the default members, with one package selection so that nothing is built twice.
fn tests(extent: Extent) -> Result<Counts, String> {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast", "--", "--show-output"]);
    command.env("INSTA_UPDATE", "no").stdout(Stdio::piped());
    if extent == Extent::Long {
        command.env("CJM_LONG", "1").env("PROPTEST_CASES", "1000");
    } else {
        // the short run is the same on every machine and every day; the long run looks for new cases
        command.env("PROPTEST_RNG_SEED", "20260101");
    }
    let mut child = command.spawn().map_err(|e| format!("cargo did not start: {e}"))?;
    let stdout = child.stdout.take().ok_or("cargo has no output")?;
    let mut reader = Reader::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|e| format!("the tests' output can not be read: {e}"))?;
        if reader.read(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|e| format!("cargo did not end: {e}"))?;
    reader.counts.ended_well = status.success();
    Ok(reader.counts)
}

/// Reads the lines of libtest: adds up the results, finds what was skipped.
#[derive(Debug, Default)]
struct Reader {
    counts: Counts,
    /// Whether the lines are the output of tests that passed.
    in_successes: bool,
    /// The test whose output is read, until it says that it skipped.
    test: Option<String>,
}

impl Reader {
    /// Reads one line; whether a person should see it.
    fn read(&mut self, line: &str) -> bool {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.in_successes = false;
            self.counts.passed += number_before(result, " passed");
            self.counts.failed += number_before(result, " failed");
            self.counts.skipped += number_before(result, " ignored");
            return true;
        }
        match line {
            "successes:" => self.in_successes = true,
            "failures:" => self.in_successes = false,
            _ if self.in_successes => return self.read_success(line),
            _ => {}
        }
        !(self.in_successes || line.is_empty() || line.ends_with(" ... ok") || line == "running 0 tests")
    }

    /// Reads a line of a test that passed; whether a person should see it: what was counted.
    fn read_success(&mut self, line: &str) -> bool {
        if let Some(name) = line.strip_prefix("---- ").and_then(|l| l.strip_suffix(" stdout ----")) {
            self.test = Some(name.to_owned());
        } else if line.contains("SKIPPED") {
            if self.test.take().is_some() {
                self.counts.unpassed += 1;
                self.counts.skipped += 1;
            }
            self.counts.skips.push(line.trim().to_owned());
        }
        line.starts_with("COUNTED: ")
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or("");
    before.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Reader;

    #[test]
    fn results_add_up_and_skips_are_no_passes() {
        let output = "\
running 3 tests
test a ... ok
test b ... FAILED

successes:

---- a stdout ----
COUNTED: 7 kills
SKIPPED: no ../shared/data
SKIPPED: nor this

successes:
    a
    c

failures:

---- b stdout ----
it broke

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out
test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        let mut reader = Reader::default();
        let shown: Vec<&str> = output.lines().filter(|line| reader.read(line)).collect();
        let counts = &reader.counts;
        assert_eq!((counts.passed - counts.unpassed, counts.failed, counts.skipped), (6, 1, 2));
        assert_eq!(reader.counts.skips.len(), 2);
        assert!(
            shown.contains(&"it broke")
                && shown.contains(&"COUNTED: 7 kills")
                && !shown.contains(&"test a ... ok")
        );
    }
}
