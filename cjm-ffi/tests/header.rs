//! The header is what the crate says it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

/// The header as it has to be.
fn made() -> String {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_dir.join("cbindgen.toml")).expect("the settings are read");
    let bindings = cbindgen::Builder::new().with_crate(crate_dir).with_config(config).generate();
    let mut bytes = Vec::new();
    bindings.expect("the header can be made").write(&mut bytes);
    as_manual(&String::from_utf8(bytes).expect("it is text"))
}

/// The comments as somebody reads them who knows C: no headings and links of Rust, no empty first line.
fn as_manual(header: &str) -> String {
    let text = header.replace("[`", "`").replace("`]", "`").replace(" # Safety\n ", " Pointers: ");
    text.replace("/*\n ", "/* ")
        .replace("/*\n  ", "/*")
        .replace("/*   ", "/* ")
        .replace("\n */", " */")
        .replace("\n   */", " */")
}

#[test]
fn the_header_is_that_of_the_crate() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/cjm/cjm.h");
    let made = made();
    if std::env::var_os("CJM_REGEN").is_some() {
        std::fs::write(&file, &made).expect("it can be written");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        there == made,
        "cjm/cjm.h is not that of the crate; `CJM_REGEN=1 cargo test -p cjm-ffi --test header` makes it"
    );
}
