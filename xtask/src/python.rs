//! The Python face: its wheel in a folder of the build, and everything that must hold of it.
//!
//! Answers: what pytest, the check of stubs and the type checkers say of the package, and its reference as pages in
//! `target/doc/python`. Does not know: what the tests assert.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{self, Done, root, run};
use crate::test::Extent;

/// The oldest Python that the wheel is for.
const OLDEST: &str = "3.11";

/// How the tests of the Python face went.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    /// The lines that say what was skipped and why.
    pub(crate) skips: Vec<String>,
    /// Checks beside the tests that found something.
    pub(crate) broken: Vec<String>,
}

/// What is missing to test it; `None` when nothing is.
pub(crate) fn missing() -> Option<String> {
    let found = shell::find("python3").is_some_and(|python| is_new_enough(&python));
    let words = "with venv (Debian: apt-get install python3-venv); the Python face is not tested";
    (!found).then(|| format!("Python {OLDEST} {words}"))
}

fn is_new_enough(python: &Path) -> bool {
    let asked = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
    let mut command = Command::new(python);
    command.args(["-c", asked]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Builds the wheel of the dev profile, installs it, and runs every check of the package. In the long run the wheel that
/// users get comes after it, with the tests in their long form.
pub(crate) fn test(extent: Extent) -> Result<Outcome, String> {
    let venv = venv()?;
    install(&venv, &wheel(&venv, &["--profile", "dev"], "dev")?)?;
    let mut failed = Vec::new();
    let mut step = |name: &str, done: Done| {
        if let Err(message) = done {
            println!("{name}: {message}");
            failed.push(name.to_owned());
        }
    };
    let mut lints =
        shell::cargo(&["clippy", "--locked", "-p", "cjm-py", "--all-targets", "--", "-D", "warnings"]);
    lints.env("PYO3_PYTHON", venv.join("bin/python"));
    step("clippy", run(lints));
    step("stubtest", run(python(&venv, &["-m", "mypy.stubtest", "cjm", "--concise"])));
    step("mypy", run(python(&venv, &["-m", "mypy", "--strict", "cjm-py/python", "examples/python"])));
    let mut pyright = python(&venv, &["-m", "pyright", "--project", "cjm-py", "--pythonpath"]);
    pyright.arg(venv.join("bin/python"));
    step("pyright", run(pyright));
    step("reference", run(python(&venv, &["-m", "pdoc", "cjm", "--output-directory", "target/doc/python"])));
    let mut outcome = pytest(&venv, Extent::Usual)?;
    if extent == Extent::Long {
        match shipped(&venv) {
            Ok(wheel) => {
                install(&venv, &wheel)?;
                let long = pytest(&venv, Extent::Long)?;
                outcome = Outcome { failed: outcome.failed + long.failed, ..long };
            }
            Err(message) => step("shipped wheel", Err(message)),
        }
    }
    Ok(Outcome { broken: failed, ..outcome })
}

/// Puts a wheel into the folder of packages, in the place of another.
fn install(venv: &Path, wheel: &str) -> Done {
    run(python(venv, &["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", wheel]))
}

/// The folder of packages, made anew when what it needs changed.
fn venv() -> Result<PathBuf, String> {
    let venv = root().join("target/python");
    let needs =
        std::fs::read_to_string(root().join("cjm-py/requirements-dev.txt")).map_err(|e| e.to_string())?;
    let stamp = venv.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == needs) {
        return Ok(venv);
    }
    let mut make = Command::new("python3");
    run({
        make.args(["-m", "venv", "--clear"]).arg(&venv);
        make
    })?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        "cjm-py/requirements-dev.txt",
    ];
    run(python(&venv, &pip))?;
    std::fs::write(&stamp, needs).map_err(|e| format!("`{}`: {e}", stamp.display()))?;
    Ok(venv)
}

/// A command of that Python at the project's top.
fn python(venv: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(venv.join("bin/python"));
    command.args(words).current_dir(root()).env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    command
}

/// Builds the wheel; gives its path.
fn wheel(venv: &Path, how: &[&str], folder: &str) -> Result<String, String> {
    let out = root().join("target/wheels").join(folder);
    // of several wheels nobody knows which is the new one
    if out.is_dir() {
        std::fs::remove_dir_all(&out).map_err(|e| format!("`{}`: {e}", out.display()))?;
    }
    let mut build = python(venv, &["-m", "maturin", "build", "--locked"]);
    build.args(how).args(["--manifest-path", "cjm-py/Cargo.toml", "--out"]).arg(&out);
    run(build)?;
    let found = std::fs::read_dir(&out).map_err(|e| e.to_string())?.flatten().next();
    let found = found.ok_or("maturin made no wheel")?;
    Ok(found.path().display().to_string())
}

/// The wheel as users get it: built by `pip`, without any path of this machine, and at work where nothing else is. Gives
/// its path.
fn shipped(venv: &Path) -> Result<String, String> {
    let out = root().join("target/wheels/shipped");
    if out.is_dir() {
        std::fs::remove_dir_all(&out).map_err(|e| format!("`{}`: {e}", out.display()))?;
    }
    let mut build = python(venv, &["-m", "pip", "wheel", "--quiet", "--no-deps", "./cjm-py", "--wheel-dir"]);
    build.arg(&out);
    run(build)?;
    let found = std::fs::read_dir(&out).map_err(|e| e.to_string())?.flatten().next();
    let wheel = found.ok_or("pip made no wheel")?.path();
    let mut look = python(venv, &["cjm-py/build/check_wheel.py"]);
    look.arg(&wheel).arg(root());
    for variable in ["HOME", "CARGO_HOME", "RUSTUP_HOME"] {
        if let Some(path) = std::env::var_os(variable).filter(|path| path.len() > 1) {
            look.arg(path);
        }
    }
    run(look)?;
    let clean = root().join("target/python-clean");
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&clean);
    run(make)?;
    let mut install = python(&clean, &["-m", "pip", "install", "--quiet", "--no-index"]);
    install.arg(&wheel);
    run(install)?;
    let mut tutorial = python(&clean, &["-W", "error", "examples/python/tutorial.py"]);
    tutorial.env("PATH", clean.join("bin")).stdout(Stdio::null());
    run(tutorial)?;
    Ok(wheel.display().to_string())
}

/// Runs the tests; a warning is a failure.
fn pytest(venv: &Path, extent: Extent) -> Result<Outcome, String> {
    let mut tests =
        python(venv, &["-m", "pytest", "-W", "error", "-q", "-rs", "-p", "no:cacheprovider", "cjm-py"]);
    let program = root().join("target/debug/cjm");
    if program.is_file() {
        tests.env("CJM_BIN", program);
    }
    if extent == Extent::Long {
        tests.env("CJM_LONG", "1");
    }
    let out = tests.stderr(Stdio::inherit()).output().map_err(|e| format!("pytest did not start: {e}"))?;
    let text = String::from_utf8_lossy(&out.stdout);
    print!("{text}");
    let mut outcome = read(&text);
    // a crash ends without a word
    if !out.status.success() && outcome.failed == 0 {
        outcome.failed = 1;
    }
    Ok(outcome)
}

/// Reads what pytest says at its end.
fn read(text: &str) -> Outcome {
    let skips = text.lines().filter(|line| line.starts_with("SKIPPED")).map(str::to_owned).collect();
    let mut outcome = Outcome { skips, ..Outcome::default() };
    // a run of more than a minute has its time in two forms
    let is_last = |line: &&str| line.contains(" in ") && line.starts_with(|c: char| c.is_ascii_digit());
    let last = text.lines().rev().find(is_last).unwrap_or("");
    let words: Vec<&str> = last.split([' ', ',', '=']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        let [number, word] = pair else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match *word {
            "passed" => outcome.passed += number,
            "failed" | "error" | "errors" => outcome.failed += number,
            "skipped" => outcome.skipped += number,
            _ => {}
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_last_line_is_read() {
        let text = "...F.s\nSKIPPED [1] places.py:19: it is not there\n\
                    1 failed, 40 passed, 2 skipped, 1 error in 3.21s\n";
        let outcome = read(text);
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped), (40, 2, 2));
        assert_eq!(outcome.skips.len(), 1);
        assert_eq!(read("98 passed in 1.0s\n").passed, 98);
        assert_eq!(read("3 failed, 368 passed in 862.78s (0:14:22)\n").failed, 3);
        assert_eq!(read("nothing\n").passed, 0);
    }
}
