//! The command line from Python: the same library as the `cjm` program.
//!
//! Answers: how a command line ended, with its output where Python's goes. Does not know: any command.

use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal};

use cjm_core::{Error, ErrorCode};
use pyo3::prelude::*;

use crate::call;

/// Runs a command line, the program's name first; gives its exit code.
///
/// What it prints goes where the process prints. Ctrl-C ends it.
///
///     >>> cjm._cjm.main(["cjm", "eval", "1 + 1"])
///     0
#[pyfunction]
pub(crate) fn main(py: Python<'_>, words: Vec<OsString>) -> PyResult<i32> {
    call::long(py, move || {
        let (stdout, mut err) = (std::io::stdout(), std::io::stderr());
        let progress = err.is_terminal();
        let mut out = BufWriter::new(stdout);
        let host = cjm_cli::Host::new(&mut out, &mut err);
        let mut host = host.language(cjm_cli::language_of_env()).progress(progress);
        let code = cjm_cli::run(words, &mut host);
        std::io::Write::flush(&mut out).map_err(|e| Error::new(ErrorCode::Io, e.to_string()))?;
        Ok(code)
    })
}
