//! How the shared library is linked.
//!
//! Answers: the name under which programs look for it. Does not know: where it will lie; `cargo xtask install` does.
//!
//! The name follows the version of the border, `CJM_ABI_VERSION`, not that of the package: a program finds exactly the
//! libraries that `cjm_abi_check` will let it use. Before 1.0 the package's own version would say nothing of that.

fn main() {
    println!("cargo:rerun-if-changed=src/lib.rs");
    let source = std::fs::read_to_string("src/lib.rs").unwrap_or_default();
    let Some(abi) = source.split("CJM_ABI_VERSION: u32 = ").nth(1).and_then(|tail| tail.split(';').next())
    else {
        println!("cargo:error=src/lib.rs does not say CJM_ABI_VERSION");
        return;
    };
    let name = match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "freebsd" | "netbsd" | "openbsd" | "android") => format!("-soname,libcjm.so.{abi}"),
        Ok("macos") => format!("-install_name,@rpath/libcjm.{abi}.dylib"),
        _ => return,
    };
    println!("cargo:rustc-cdylib-link-arg=-Wl,{name}");
}
