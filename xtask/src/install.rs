//! The C face as others install it: libraries, headers, `cjm.pc`, a CMake package; in a folder or as a tarball.
//!
//! Answers: which file goes where, and how the libraries are built for it. Does not know: what is in them.
//!
//! Nothing that is written names the folder it was written to: `cjm.pc` and the CMake package find the rest from where
//! they lie themselves, so a tree may be moved, and the tarball unpacked anywhere.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{self, Done, cargo, root, run};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the shipped library is built in.
const PROFILE: &str = "ship-c";

/// The files of the package that are written as they stand: where from, where to.
const FILES: &[(&str, &str)] = &[
    ("cjm-ffi/include/cjm/cjm.h", "include/cjm/cjm.h"),
    ("cjm-ffi/include/cjm/cjm.hpp", "include/cjm/cjm.hpp"),
    ("LICENSE-MIT", "share/licenses/cjm/LICENSE-MIT"),
    ("LICENSE-APACHE", "share/licenses/cjm/LICENSE-APACHE"),
];

/// The files that are filled in: where from, where to.
const TEMPLATES: &[(&str, &str)] = &[
    ("cjm-ffi/install/cjm.pc.in", "lib/pkgconfig/cjm.pc"),
    ("cjm-ffi/install/cjmConfig.cmake.in", "lib/cmake/cjm/cjmConfig.cmake"),
    ("cjm-ffi/install/cjmConfigVersion.cmake.in", "lib/cmake/cjm/cjmConfigVersion.cmake"),
];

/// The task `install`: the tree in a folder.
pub(crate) fn run_install(words: &[&str]) -> Done {
    let options = Options::read(words, &["--prefix", "--destdir", "--profile", "--built"])?;
    let prefix = options.value("--prefix").ok_or("`install` needs `--prefix FOLDER`")?;
    let top = match options.value("--destdir") {
        // as of `make install`: the prefix as it will be, below another folder
        Some(folder) => Path::new(folder).join(prefix.trim_start_matches('/')),
        None => PathBuf::from(prefix),
    };
    install(&top, &options)?;
    println!("installed in {}", top.display());
    Ok(())
}

/// The task `package`: the tree as a tarball.
pub(crate) fn run_package(words: &[&str]) -> Done {
    let options = Options::read(words, &["--out", "--profile", "--built"])?;
    let folder = options.value("--out").map_or_else(|| shell::target().join("package"), PathBuf::from);
    println!("{}", package(&folder, &options)?.display());
    Ok(())
}

/// The tree of the library that ships, in a folder.
pub(crate) fn install_shipped(top: &Path) -> Done {
    install(top, &Options { given: Vec::new() })
}

/// Makes the tarball that ships, unpacks it elsewhere, and runs the tests of the C face against what is there.
pub(crate) fn test_shipped() -> Done {
    let folder = shell::target().join("package");
    let tarball = package(&folder, &Options { given: Vec::new() })?;
    let elsewhere = shell::target().join("unpacked");
    remove(&elsewhere)?;
    std::fs::create_dir_all(&elsewhere).map_err(|e| format!("`{}`: {e}", elsewhere.display()))?;
    let mut unpack = Command::new("tar");
    unpack.arg("-xzf").arg(&tarball).arg("-C").arg(&elsewhere).arg("--strip-components=1");
    run(unpack)?;
    let mut tests = cargo(&["test", "--locked", "--test", "installed", "--", "--show-output"]);
    tests.env("CJM_SHIPPED_PREFIX", &elsewhere);
    run(tests)
}

/// Gives a built library the name as well by which programs look for it.
pub(crate) fn name_as_loaded(folder: &Path) -> Done {
    let names = Names::of(std::env::consts::OS)?;
    link(names.built, &folder.join(&names.loaded))
}

/// What the command line says: flags with one value each.
struct Options {
    given: Vec<(String, String)>,
}

impl Options {
    fn read(words: &[&str], known: &[&str]) -> Result<Self, String> {
        let mut given = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !known.contains(word) {
                return Err(format!("`{word}` is none of {}", known.join(", ")));
            }
            let value = words.next().filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| format!("`{word}` needs a value"))?;
            given.push(((*word).to_owned(), (*value).to_owned()));
        }
        Ok(Self { given })
    }

    fn value(&self, flag: &str) -> Option<&str> {
        self.given.iter().rev().find(|(name, _)| name == flag).map(|(_, value)| value.as_str())
    }
}

/// Writes the tree.
fn install(top: &Path, options: &Options) -> Done {
    let names = Names::of(std::env::consts::OS)?;
    let libraries = match options.value("--built") {
        Some(folder) => PathBuf::from(folder),
        None => build(options.value("--profile").unwrap_or(PROFILE))?,
    };
    let lib = top.join("lib");
    copy(&libraries.join(names.built), &lib.join(&names.file))?;
    copy(&libraries.join("libcjm.a"), &lib.join("libcjm.a"))?;
    for name in [names.loaded.as_str(), names.built] {
        link(&names.file, &lib.join(name))?;
    }
    for (from, to) in FILES {
        copy(&root().join(from), &top.join(to))?;
    }
    for (from, to) in TEMPLATES {
        let text = read(&root().join(from))?;
        write(&top.join(to), &names.fill(&text)?)?;
    }
    write(&top.join("share/licenses/cjm/LINKED"), &linked()?)
}

/// Writes the tree into a tarball, the same bytes for the same tree; gives its path.
fn package(folder: &Path, options: &Options) -> Result<PathBuf, String> {
    let name = format!("cjm-{VERSION}-{}", host()?);
    let staged = folder.join("staged");
    remove(&staged)?;
    install(&staged.join(&name), options)?;
    let (tar, tarball) = (folder.join(format!("{name}.tar")), folder.join(format!("{name}.tar.gz")));
    let mut pack = Command::new("tar");
    pack.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"]);
    pack.arg(format!("--mtime=@{}", made_at())).arg("-cf").arg(&tar).arg("-C").arg(&staged).arg(&name);
    run(pack)?;
    let mut squeeze = Command::new("gzip");
    squeeze.args(["--no-name", "--best", "--force"]).arg(&tar);
    run(squeeze)?;
    remove(&staged)?;
    Ok(tarball)
}

/// Seconds since 1970 that the files of a tarball are of: `SOURCE_DATE_EPOCH`, else those of the last commit.
fn made_at() -> u64 {
    let said = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    let commit = || {
        let mut last = Command::new("git");
        last.args(["log", "-1", "--format=%ct"]).current_dir(root()).stderr(Stdio::null());
        shell::output(last).ok().and_then(|text| text.trim().parse().ok())
    };
    said.or_else(commit).unwrap_or(1_767_225_600)
}

/// Builds both libraries; gives the folder they are in.
///
/// Together with the `rlib` that the tests link, cargo would build them without link-time optimisation.
fn build(profile: &str) -> Result<PathBuf, String> {
    let mut command = cargo(&["rustc", "--locked", "--package", "cjm-ffi", "--lib", "--profile", profile]);
    command.args(["--crate-type", "cdylib,staticlib"]).env("CARGO_ENCODED_RUSTFLAGS", remaps()?);
    run(command)?;
    let folder = shell::target().join(if profile == "dev" { "debug" } else { profile });
    if profile.starts_with("ship") {
        // cargo strips neither an archive nor the names of what a shared library keeps to itself
        let shared = folder.join(Names::of(std::env::consts::OS)?.built);
        let all = if cfg!(target_os = "macos") { "-x" } else { "--strip-unneeded" };
        for (what, file) in [("-S", folder.join("libcjm.a")), (all, shared)] {
            let mut strip = Command::new("strip");
            strip.arg(what).arg(file);
            run(strip)?;
        }
    }
    Ok(folder)
}

/// Flags of the compiler with which no path of this machine gets into a library.
fn remaps() -> Result<String, String> {
    let mut ask = Command::new("rustc");
    ask.args(["--print", "sysroot"]).current_dir(root());
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let packages = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    let mut places = vec![(root(), "cjm"), (PathBuf::from(shell::output(ask)?.trim()), "rust")];
    places.extend(packages.map(|folder| (folder, "cargo")));
    let given = std::env::var("RUSTFLAGS").unwrap_or_default();
    let mut flags: Vec<String> = given.split_whitespace().map(str::to_owned).collect();
    flags.extend(places.iter().map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display())));
    Ok(flags.join("\x1f"))
}

/// What files are called.
struct Names {
    /// As cargo and the linker call the shared library.
    built: &'static str,
    /// As programs look for it: by the version of the border. See `cjm-ffi/build.rs`.
    loaded: String,
    /// What stands before that name in a program.
    searched: &'static str,
    /// As the file is called: by the version of the package.
    file: String,
    /// What a program needs beside the static library, as `rustc --print native-static-libs` says.
    native: &'static str,
}

impl Names {
    fn of(system: &str) -> Result<Self, String> {
        let header = read(&root().join("cjm-ffi/include/cjm/cjm.h"))?;
        let abi = header.lines().find_map(|line| line.strip_prefix("#define CJM_ABI_VERSION "));
        let abi = abi.ok_or("cjm.h does not say CJM_ABI_VERSION")?.trim();
        match system {
            "linux" => Ok(Self {
                built: "libcjm.so",
                loaded: format!("libcjm.so.{abi}"),
                searched: "",
                file: format!("libcjm.so.{VERSION}"),
                native: "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc",
            }),
            "macos" => Ok(Self {
                built: "libcjm.dylib",
                loaded: format!("libcjm.{abi}.dylib"),
                searched: "@rpath/",
                file: format!("libcjm.{VERSION}.dylib"),
                native: "-lSystem -lc -lm",
            }),
            other => Err(format!("installing on {other} is not supported")),
        }
    }

    /// A template with its words filled in.
    fn fill(&self, template: &str) -> Result<String, String> {
        let mut parts = VERSION.split('.');
        let (major, minor) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let pointer = size_of::<usize>().to_string();
        let manifest = read(&root().join("Cargo.toml"))?;
        let url = manifest.split("repository = \"").nth(1).and_then(|tail| tail.split('"').next());
        // CMake takes a list of them, pkg-config a line
        let native = match template.contains("Libs.private") {
            true => self.native.to_owned(),
            false => self.native.replace("-l", "").replace(' ', ";"),
        };
        let loaded = format!("{}{}", self.searched, self.loaded);
        let words = [
            ("@VERSION@", VERSION),
            ("@MAJOR@", major),
            ("@MINOR@", minor),
            ("@POINTER_BYTES@", &pointer),
            ("@URL@", url.unwrap_or("")),
            ("@SHARED@", &self.file),
            ("@SONAME@", &loaded),
            ("@NATIVE_LIBS@", &native),
        ];
        Ok(words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value)))
    }
}

/// What is linked into the libraries: name, version, licence, one to a line.
fn linked() -> Result<String, String> {
    let mut tree = cargo(&["tree", "--locked", "--package", "cjm-ffi", "--edges", "normal"]);
    tree.args(["--prefix", "none", "--format", "{p}|{l}"]);
    let rows = shell::output(tree)?;
    let mut lines: Vec<String> = rows
        .lines()
        .filter_map(|row| row.trim_end_matches(" (*)").split_once('|'))
        .map(|(package, licence)| {
            let words: Vec<&str> = package.split(' ').take(2).collect();
            format!("{}  {licence}\n", words.join(" "))
        })
        .collect();
    lines.sort();
    lines.dedup();
    let head =
        "Packages linked into libcjm, with their licences; libsqlite3-sys holds SQLite (public domain).\n\n";
    Ok(format!("{head}{}", lines.concat()))
}

/// The target that this machine builds for.
fn host() -> Result<String, String> {
    let mut ask = Command::new("rustc");
    ask.arg("-vV").current_dir(root());
    let told = shell::output(ask)?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say its host".to_owned())
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("`{}`: {e}", path.display()))
}

/// Makes room for a file: its folder, and none of that name. A program that runs with the old one keeps it.
fn clear(to: &Path) -> Done {
    let failed = |e: std::io::Error| format!("`{}`: {e}", to.display());
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    match std::fs::remove_file(to) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(e)),
        _ => Ok(()),
    }
}

/// Takes a folder away, if it is there.
fn remove(folder: &Path) -> Done {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("`{}`: {e}", folder.display())),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> Done {
    clear(to)?;
    std::fs::copy(from, to).map(drop).map_err(|e| format!("`{}` to `{}`: {e}", from.display(), to.display()))
}

fn write(to: &Path, text: &str) -> Done {
    clear(to)?;
    std::fs::write(to, text).map_err(|e| format!("`{}`: {e}", to.display()))
}

#[cfg(unix)]
fn link(file: &str, to: &Path) -> Done {
    clear(to)?;
    std::os::unix::fs::symlink(file, to).map_err(|e| format!("`{}`: {e}", to.display()))
}

#[cfg(not(unix))]
fn link(_file: &str, to: &Path) -> Done {
    Err(format!("`{}`: there are no links here", to.display()))
}

#[cfg(test)]
mod tests {
    use super::{Names, Options, TEMPLATES, read};
    use crate::shell::root;

    #[test]
    fn flags_are_read_and_slips_are_told() {
        let known = ["--prefix", "--profile"];
        let options = Options::read(&["--prefix", "/usr", "--profile", "dev"], &known).unwrap();
        assert_eq!((options.value("--prefix"), options.value("--profile")), (Some("/usr"), Some("dev")));
        assert_eq!(options.value("--destdir"), None);
        for slip in [["--prefx", "/usr"].as_slice(), &["--prefix"], &["--prefix", ""], &["/usr"]] {
            assert!(Options::read(slip, &known).is_err(), "{slip:?}");
        }
    }

    #[test]
    fn templates_have_no_word_that_is_not_filled_in() {
        for system in ["linux", "macos"] {
            let names = Names::of(system).unwrap();
            for (from, _) in TEMPLATES {
                let filled = names.fill(&read(&root().join(from)).unwrap()).unwrap();
                let mut words = filled.split('@').skip(1);
                assert!(
                    !words.any(|word| word.starts_with(|c: char| c.is_ascii_uppercase())),
                    "{from}: {filled}"
                );
            }
        }
        assert!(Names::of("none").is_err());
    }
}
