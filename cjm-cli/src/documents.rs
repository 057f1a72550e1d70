//! Blueprint files.
//!
//! Answers: a blueprint that can be used, or its findings as a failure. Does not know: what is checked.

use std::path::Path;

use cjm_core::{Blueprint, Finding};

use crate::failure::{Document, Failure};
use crate::files;
use crate::findings::has_errors;

/// The blueprint of a file.
///
/// Findings that are no errors are left to `cjm check`.
pub(crate) fn usable(path: &Path) -> Result<Blueprint, Failure> {
    usable_text(&path.display().to_string(), files::read(path)?)
}

/// The blueprint of a file that can be read, whatever else is to be said about it.
pub(crate) fn readable(path: &Path) -> Result<Blueprint, Failure> {
    let text = files::read(path)?;
    match Blueprint::read(&text) {
        (Some(blueprint), _) => Ok(blueprint),
        (None, findings) => {
            Err(Failure::Findings(Box::new(Document { name: path.display().to_string(), text, findings })))
        }
    }
}

/// The blueprint of a text that the user knows by a name.
pub(crate) fn usable_text(name: &str, text: String) -> Result<Blueprint, Failure> {
    let (blueprint, findings) = read(&text);
    match blueprint.filter(|_| !has_errors(&findings)) {
        Some(blueprint) => Ok(blueprint),
        None => {
            let findings =
                findings.into_iter().filter(|f| f.severity() == cjm_core::Severity::Error).collect();
            Err(Failure::Findings(Box::new(Document { name: name.to_owned(), text, findings })))
        }
    }
}

/// The blueprint of a text, if it can be read at all, and every finding: of reading it, else of checking it.
pub(crate) fn read(text: &str) -> (Option<Blueprint>, Vec<Finding>) {
    match Blueprint::read(text) {
        (Some(blueprint), _) => {
            let findings = blueprint.check();
            (Some(blueprint), findings)
        }
        unread => unread,
    }
}
