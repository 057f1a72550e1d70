//! The `cjm` command as a library, so that other hosts can call the same words.
