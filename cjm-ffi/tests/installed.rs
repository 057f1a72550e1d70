//! The library as it is installed: what it exports and is called, and that programs in C and C++ find it with pkg-config
//! and CMake, compile without a warning, and say what they are to say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod compile;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use compile::{SHIPPED, is_there, pkg_config, prefix, program, said, shared, top};

/// Largest shared library that ships, in bytes: a bound on growth. 5 MB is what it is to come down to.
const MAX_BYTES: u64 = 11_000_000;

const C99: &[&str] = &["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"];
const CPP17: &[&str] = &[
    "-std=c++17",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wconversion",
    "-Wold-style-cast",
    "-Werror",
];

fn restaurant() -> PathBuf {
    top().join("examples/blueprints/restaurant.yaml")
}

/// What the story of the till says in every language.
fn expected() -> String {
    std::fs::read_to_string(top().join("examples/expected/till.txt")).expect("it is there")
}

/// The program of sources, found and linked with the words of pkg-config.
fn compiled(compiler: &str, flags: &[&str], sources: &[PathBuf], folder: &Path) -> PathBuf {
    let made = folder.join(compiler);
    let mut command = Command::new(compiler);
    command.args(flags).args(sources).args(pkg_config(&["--cflags", "--libs"])).arg("-o").arg(&made);
    assert_eq!(said(&mut command), "");
    made
}

/// Those compilers that are there, pkg-config too.
fn compilers(names: [&'static str; 2]) -> Vec<&'static str> {
    if !is_there("pkg-config") {
        return Vec::new();
    }
    names.into_iter().filter(|name| is_there(name)).collect()
}

#[test]
fn the_contract_program_runs_twice_against_one_file() {
    let (Some(till), Some(blueprint)) = (shared("till.c"), shared("restaurant.yaml")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for compiler in compilers(["gcc", "clang"]) {
        let flags = ["-std=c99", "-Wall", "-Wextra", "-Werror"];
        let made = compiled(compiler, &flags, std::slice::from_ref(&till), folder.path());
        let store = folder.path().join(format!("{compiler}.db"));
        let told = said(program(&made).args([&blueprint, &store]));
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.starts_with("cancel_save send {\"id\":\""), "{told}");
        assert_eq!(said(program(&made).args([&blueprint, &store])), "");
    }
}

#[test]
fn the_story_in_c_is_that_of_all_languages() {
    if !is_there("make") {
        return;
    }
    for compiler in compilers(["gcc", "clang"]) {
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["till.c", "Makefile"] {
            std::fs::copy(top().join("examples/c").join(file), folder.path().join(file))
                .expect("it is copied");
        }
        let mut make = Command::new("make");
        make.arg(format!("CC={compiler}")).arg(format!("CFLAGS={}", C99.join(" ")));
        make.arg(format!("PKG_CONFIG_PATH={}", prefix().join("lib/pkgconfig").display()));
        said(make.current_dir(folder.path()));
        let told =
            said(program(&folder.path().join("till")).arg(restaurant()).arg(folder.path().join("till.db")));
        assert_eq!(told, expected(), "{compiler}");
    }
}

#[test]
fn the_story_in_cpp_is_that_of_all_languages() {
    for compiler in compilers(["g++", "clang++"]) {
        let folder = tempfile::tempdir().expect("a folder");
        let made = compiled(compiler, CPP17, &[top().join("examples/cpp/till.cpp")], folder.path());
        let told = said(program(&made).arg(restaurant()).arg(folder.path().join("till.db")));
        assert_eq!(told, expected(), "{compiler}");
    }
}

#[test]
fn cmake_finds_both_libraries() {
    if !(is_there("cmake") && is_there("g++")) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (target, loads) in [("cjm::cjm", true), ("cjm::static", false)] {
        let (source, build) = (folder.path().join("source"), folder.path().join(target.replace(':', "")));
        std::fs::create_dir_all(&source).expect("a folder");
        std::fs::copy(top().join("examples/cpp/till.cpp"), source.join("till.cpp")).expect("it is copied");
        let lists = std::fs::read_to_string(top().join("examples/cpp/CMakeLists.txt")).expect("it is there");
        assert!(lists.contains("PRIVATE cjm::cjm)"));
        let lists = lists.replace("PRIVATE cjm::cjm)", &format!("PRIVATE {target})"));
        std::fs::write(source.join("CMakeLists.txt"), lists).expect("it is written");
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(&source).arg("-B").arg(&build);
        said(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix().display())));
        said(Command::new("cmake").arg("--build").arg(&build));
        let till = build.join("till");
        // CMake's own run path is enough
        let told = said(Command::new(&till).arg(restaurant()).arg(build.join("till.db")));
        assert_eq!(told, expected(), "{target}");
        if cfg!(target_os = "linux") {
            assert_eq!(dynamic(&till).contains("libcjm"), loads, "{target}");
        }
    }
}

#[test]
fn cmake_takes_the_versions_that_fit() {
    if !is_there("cmake") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut script = String::new();
    for asked in ["0", "0.1", "0.1.0", "0.2", "0.1.1", "1.0", "0.0.9"] {
        script += &format!(
            "set(PACKAGE_FIND_VERSION {asked})\nstring(REPLACE \".\" \";\" parts {asked})\n\
             list(LENGTH parts PACKAGE_FIND_VERSION_COUNT)\nlist(GET parts 0 PACKAGE_FIND_VERSION_MAJOR)\n\
             set(PACKAGE_FIND_VERSION_MINOR 0)\nif(PACKAGE_FIND_VERSION_COUNT GREATER 1)\n\
             list(GET parts 1 PACKAGE_FIND_VERSION_MINOR)\nendif()\ninclude(\"{}\")\n\
             message(\"{asked} ${{PACKAGE_VERSION_COMPATIBLE}}\")\n",
            prefix().join("lib/cmake/cjm/cjmConfigVersion.cmake").display()
        );
    }
    let file = folder.path().join("versions.cmake");
    std::fs::write(&file, script).expect("it is written");
    let out = Command::new("cmake").arg("-P").arg(&file).output().expect("cmake runs");
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(told, "0 TRUE\n0.1 TRUE\n0.1.0 TRUE\n0.2 FALSE\n0.1.1 FALSE\n1.0 FALSE\n0.0.9 FALSE\n");
}

#[test]
fn the_cpp_header_holds_with_and_without_exceptions() {
    let sources = |names: &[&str]| -> Vec<PathBuf> {
        names.iter().map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp").join(name)).collect()
    };
    let bare = [CPP17, &["-fno-exceptions", "-fno-rtti"]].concat();
    for compiler in compilers(["g++", "clang++"]) {
        let folder = tempfile::tempdir().expect("a folder");
        let threads = [CPP17, &["-pthread"]].concat();
        let throws = compiled(compiler, &threads, &sources(&["throws.cpp", "beside.cpp"]), folder.path());
        said(program(&throws).arg(restaurant()).arg(folder.path().join("throws.db")));
        // the debug build of the usual run would take minutes
        if std::env::var_os(SHIPPED).is_some() && is_there("valgrind") {
            let mut watched = program(Path::new("valgrind"));
            watched.args(["--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
            watched.arg("--error-exitcode=9").arg(&throws).arg(restaurant());
            said(watched.arg(folder.path().join("watched.db")));
        }
        let results = compiled(compiler, &bare, &sources(&["results.cpp"]), folder.path());
        said(program(&results).arg(restaurant()).arg(folder.path().join("results.db")));
    }
}

#[test]
fn an_outbox_is_a_range_of_cpp20() {
    let flags = [&["-std=c++20"], &CPP17[1..]].concat();
    for compiler in compilers(["g++", "clang++"]) {
        let mut asked = Command::new(compiler);
        asked.args(["-std=c++20", "-fsyntax-only", "-x", "c++", "/dev/null"]);
        if !compile::run(&mut asked).status.success() {
            println!("SKIPPED: {compiler} knows no C++20");
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/ranges.cpp");
        let made = compiled(compiler, &flags, &[source], folder.path());
        said(program(&made).arg(restaurant()));
    }
}

#[test]
fn the_static_library_needs_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    for compiler in compilers(["gcc", "clang"]) {
        let made = folder.path().join(compiler);
        let mut command = Command::new(compiler);
        command.args(C99).arg(top().join("examples/c/till.c")).args(pkg_config(&["--cflags"]));
        said(command.args(pkg_config(&["--variable=static"])).arg("-o").arg(&made));
        let told =
            said(Command::new(&made).arg(restaurant()).arg(folder.path().join(format!("{compiler}.db"))));
        assert_eq!(told, expected(), "{compiler}");
    }
}

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let header = std::fs::read_to_string(prefix().join("include/cjm/cjm.h")).expect("it is there");
    let header = header.split("extern \"C\" {").nth(1).expect("it declares functions");
    let code = header.split("*/").map(|part| part.split("/*").next().unwrap_or("")).collect::<String>();
    let heads = code.split('(').map(|head| head.rsplit([' ', '*', '\n']).next());
    heads.flatten().filter(|name| name.starts_with("cjm_")).map(str::to_owned).collect()
}

#[test]
fn it_exports_what_the_header_declares_and_nothing_else() {
    let declared = declared();
    assert!(declared.len() > 10 && declared.contains("cjm_store_open"), "{declared:?}");
    if !(cfg!(target_os = "linux") && is_there("nm")) {
        return;
    }
    let mut look = Command::new("nm");
    let told =
        said(look.args(["-D", "--defined-only", "--format=posix"]).arg(prefix().join("lib/libcjm.so")));
    let exported = told.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned);
    assert_eq!(exported.collect::<BTreeSet<String>>(), declared);
}

#[test]
fn every_function_can_be_reached_from_cpp() {
    let header = std::fs::read_to_string(prefix().join("include/cjm/cjm.hpp")).expect("it is there");
    let words: BTreeSet<&str> = header.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    // a string_view is made without it
    let own = ["cjm_text_of"];
    let declared = declared();
    let missing: Vec<&String> = declared
        .iter()
        .filter(|name| !own.contains(&name.as_str()) && !words.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "cjm.hpp does not know {missing:?}");
}

/// What a program or library says to the loader.
fn dynamic(file: &Path) -> String {
    said(Command::new("readelf").arg("-d").arg(file).env("LC_ALL", "C"))
}

#[test]
fn its_name_is_that_of_its_border() {
    if !(cfg!(target_os = "linux") && is_there("readelf")) {
        return;
    }
    let lib = prefix().join("lib");
    let name = format!("libcjm.so.{}", cjm::CJM_ABI_VERSION);
    let told = dynamic(&lib.join("libcjm.so"));
    assert!(told.contains(&format!("Library soname: [{name}]")), "{told}");
    let file = PathBuf::from(concat!("libcjm.so.", env!("CARGO_PKG_VERSION")));
    for link in ["libcjm.so", &name] {
        assert_eq!(std::fs::read_link(lib.join(link)).expect("a link"), file, "{link}");
    }
}

#[test]
fn the_tree_does_not_say_where_it_is() {
    let place = prefix().display().to_string();
    for file in ["lib/pkgconfig/cjm.pc", "lib/cmake/cjm/cjmConfig.cmake", "share/licenses/cjm/LINKED"] {
        let text = std::fs::read_to_string(prefix().join(file)).expect("it is there");
        assert!(!text.contains(&place), "{file}");
        assert!(!text.contains(&top().display().to_string()), "{file}");
    }
}

#[test]
fn the_shipped_library_is_small_and_says_nothing_of_who_built_it() {
    // the debug build of the usual run is neither
    let Some(shipped) = std::env::var_os(SHIPPED).map(PathBuf::from) else { return };
    let mut places = vec![top()];
    for variable in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR"] {
        places.extend(std::env::var_os(variable).filter(|path| path.len() > 1).map(PathBuf::from));
    }
    for file in ["libcjm.so", "libcjm.a"] {
        let bytes = std::fs::read(shipped.join("lib").join(file)).expect("it is there");
        println!("{file}: {} bytes", bytes.len());
        assert!(file != "libcjm.so" || bytes.len() as u64 <= MAX_BYTES, "{} bytes", bytes.len());
        for place in &places {
            let needle = place.display().to_string().into_bytes();
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{} stands in {file}", place.display());
        }
    }
}

/// The blocks of a page, with what stands behind their fences.
fn blocks(page: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(top().join(page)).expect("it is there");
    let mut all = Vec::new();
    for part in text.split("\n```").skip(1).step_by(2) {
        let (kind, body) = part.split_once('\n').expect("a fence has an end");
        all.push((kind.to_owned(), format!("{body}\n")));
    }
    all
}

#[test]
fn what_the_pages_show_compiles_and_runs() {
    let (_, shop) =
        blocks("README.md").into_iter().find(|(kind, _)| kind == "yaml shop.yaml").expect("a blueprint");
    for page in ["README.md", "README.zh-CN.md", "docs/c.md"] {
        let shown: Vec<(String, String)> =
            blocks(page).into_iter().filter(|(kind, _)| kind == "c" || kind == "cpp").collect();
        assert!(!shown.is_empty(), "{page}");
        for (kind, text) in shown {
            let (names, flags) = match kind.as_str() {
                "c" => (["gcc", "clang"], C99),
                _ => (["g++", "clang++"], CPP17),
            };
            for compiler in compilers(names) {
                let folder = tempfile::tempdir().expect("a folder");
                let source = folder.path().join(format!("shown.{kind}"));
                std::fs::write(&source, &text).expect("it is written");
                std::fs::write(folder.path().join("shop.yaml"), &shop).expect("it is written");
                let made = compiled(compiler, flags, &[source], folder.path());
                let told = said(program(&made).current_dir(folder.path()));
                assert!(told.contains("free_coffee"), "{page}: {told}");
                assert_eq!(told.lines().count(), 1, "{page}: {told}");
            }
        }
    }
}
