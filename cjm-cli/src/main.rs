//! The `cjm` program: hands its words to the library and ends with its code.
fn main() {}
