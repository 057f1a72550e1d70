//! The C programs of `cjm-ffi` under the sanitizers of addresses, leaks and threads.
//!
//! Answers: whether any access, leak or race of the library or of a program on it was wrong. Does not know: what the
//! programs check; valgrind, which needs no other build and is among the tests of `cjm-ffi`.
//!
//! The library, the database in it and the programs are instrumented; the sanitizer's runtime is that of rustc, which
//! fits what rustc instruments, linked into the programs. Rust's standard library is not: `-Zbuild-std` would take its
//! sources. So the thread sanitizer does not see some of the order that it makes, see `tests/c/tsan.supp`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::install;
use crate::shell::{self, Done, cargo, root, run};

/// Where the sanitizers are known to work on stable Rust.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// How a program ends in which a sanitizer found something.
const FOUND: i32 = 66;

/// A sanitizer, with the programs that run under it.
struct Sanitizer {
    name: &'static str,
    /// The runtime, as rustc calls it.
    runtime: &'static str,
    /// Besides the one that turns it on.
    flags: &'static str,
    options: (&'static str, &'static str),
    programs: &'static [(&'static str, &'static [&'static str])],
    /// What it must find in the program of planted mistakes.
    planted: &'static [&'static str],
}

const SANITIZERS: [Sanitizer; 2] = [
    Sanitizer {
        name: "address",
        runtime: "asan",
        flags: "",
        options: ("ASAN_OPTIONS", "exitcode=66:detect_leaks=1"),
        programs: &[
            ("calls", &[]),
            ("arrow", &[]),
            ("hostile", &[]),
            ("threads", &["500"]),
            ("fork", &[]),
            ("leaks", &["24000", "0"]),
        ],
        planted: &["read", "leak"],
    },
    Sanitizer {
        name: "thread",
        runtime: "tsan",
        flags: " -Cunsafe-allow-abi-mismatch=sanitizer --cfg=cjm_tsan",
        options: ("TSAN_OPTIONS", "exitcode=66:suppressions=cjm-ffi/tests/c/tsan.supp"),
        programs: &[("threads", &["500"]), ("calls", &[])],
        planted: &["race"],
    },
];

/// What is missing to run them; `None` when they can run.
pub(crate) fn missing() -> Option<String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Some(format!("{PLATFORM}; the C programs are not run under sanitizers"));
    }
    if compiler().is_none() {
        return Some(
            "clang or gcc (Debian: apt-get install clang); the C programs are not run under sanitizers"
                .to_owned(),
        );
    }
    let lacks = SANITIZERS.iter().find(|sanitizer| runtime(sanitizer).is_none());
    lacks.map(|sanitizer| {
        format!("rustc's runtime `{}`; the C programs are not run under sanitizers", sanitizer.runtime)
    })
}

/// Builds the library for each sanitizer and runs the programs; errs with the names of those that ended badly.
pub(crate) fn run_all() -> Done {
    let mut failed = Vec::new();
    for sanitizer in &SANITIZERS {
        let place = Place::of(sanitizer)?;
        for (program, arguments) in sanitizer.programs {
            if let Err(message) = place.run(program, arguments, 0) {
                println!("{message}");
                failed.push(format!("{program} ({})", sanitizer.name));
            }
        }
        for mistake in sanitizer.planted {
            if let Err(message) = place.run("planted", &[mistake], FOUND) {
                println!("{message}");
                failed.push(format!("planted {mistake} ({})", sanitizer.name));
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ")) }
}

/// Where the library of a sanitizer was built.
struct Place<'s> {
    sanitizer: &'s Sanitizer,
    folder: PathBuf,
    library: PathBuf,
    runtime: PathBuf,
    compiler: PathBuf,
}

impl<'s> Place<'s> {
    fn of(sanitizer: &'s Sanitizer) -> Result<Self, String> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let folder = target.join("sanitize").join(sanitizer.name);
        let start = Instant::now();
        let mut build =
            cargo(&["rustc", "--package", "cjm-ffi", "--lib", "--crate-type", "cdylib", "--locked"]);
        build.args(["--target", PLATFORM, "--target-dir"]).arg(&folder);
        build.env("RUSTC_BOOTSTRAP", "1");
        build.env("RUSTFLAGS", format!("-Zsanitizer={}{}", sanitizer.name, sanitizer.flags));
        run(build)?;
        println!("sanitizer of {}: built in {} s", sanitizer.name, start.elapsed().as_secs());
        let library = folder.join(PLATFORM).join("debug");
        install::name_as_loaded(&library)?;
        let runtime = runtime(sanitizer).ok_or("the runtime is missing")?;
        let compiler = compiler().ok_or("a compiler is missing")?;
        Ok(Self { sanitizer, folder, library, runtime, compiler })
    }

    /// Compiles a program and runs it, which must end with a code.
    fn run(&self, program: &str, arguments: &[&str], code: i32) -> Done {
        let Sanitizer { name, options, .. } = self.sanitizer;
        let made = self.folder.join(program);
        self.compile(program, &made)?;
        let files = self.folder.join("files");
        let _gone = std::fs::remove_dir_all(&files);
        std::fs::create_dir_all(&files).map_err(|error| format!("`{}`: {error}", files.display()))?;
        let mut command = Command::new(&made);
        // cargo has told this program where other builds of the library lie
        command.env("LD_LIBRARY_PATH", &self.library);
        // a forked child has the memory of its parent's threads, and not the threads: to a leak's seeker they lost it
        let leaks = if program == "fork" { ":detect_leaks=0" } else { "" };
        command.current_dir(root()).env(options.0, format!("{}{leaks}", options.1));
        if program != "planted" {
            command.arg(&files);
        }
        command.args(arguments);
        let start = Instant::now();
        let done = command.output().map_err(|error| format!("`{program}` did not start: {error}"))?;
        println!(
            "sanitizer of {name}: {program} {}, {} ms",
            arguments.join(" "),
            start.elapsed().as_millis()
        );
        if done.status.code() == Some(code) {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        Err(format!("{told}\n`{program}` under the sanitizer of {name} ended with {}", done.status))
    }

    fn compile(&self, program: &str, to: &Path) -> Done {
        let tests = root().join("cjm-ffi/tests/c");
        let object = to.with_extension("o");
        let mut compile = Command::new(&self.compiler);
        compile.args(["-std=c99", "-g", "-fno-omit-frame-pointer"]);
        compile.arg(format!("-fsanitize={}", self.sanitizer.name));
        compile.arg("-I").arg(root().join("cjm-ffi/include"));
        compile.arg("-c").arg(tests.join(format!("{program}.c"))).arg("-o").arg(&object);
        run(compile)?;
        // without `-fsanitize`, by which the compiler would bring a runtime of its own
        let mut link = Command::new(&self.compiler);
        link.arg(&object).arg("-L").arg(&self.library).arg("-lcjm");
        link.arg("-rdynamic");
        link.arg("-Wl,--whole-archive").arg(&self.runtime).arg("-Wl,--no-whole-archive");
        link.args(["-lm", "-ldl", "-lpthread", "-lrt", "-o"]).arg(to);
        run(link)
    }
}

fn compiler() -> Option<PathBuf> {
    ["clang", "gcc"].into_iter().find_map(shell::find)
}

/// The runtime that comes with rustc.
fn runtime(sanitizer: &Sanitizer) -> Option<PathBuf> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(root()).args(["--print", "target-libdir", "--target", PLATFORM]);
    let folder = PathBuf::from(shell::output(rustc).ok()?.trim());
    let end = format!("_rt.{}.a", sanitizer.runtime);
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.into_iter().find(|file| file.to_string_lossy().ends_with(&end))
}
