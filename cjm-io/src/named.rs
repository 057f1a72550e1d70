//! Columns that the caller names, held against those that a table has.
//!
//! Answers: which is missing, and what was probably meant. Does not know: what columns are for.

use cjm_core::base::ids::nearest;
use cjm_core::event::{Attributes, Options};
use cjm_core::{Error, ErrorCode, Result};

/// Most columns that a message lists.
const SHOWN: usize = 20;

/// Every column that the options name must be there; asked before the others are left out.
pub(crate) fn known_columns(options: &Options, names: &[&str]) -> Result<()> {
    let attributes = match &options.attributes {
        Attributes::All => &[][..],
        Attributes::Only(names) => names,
    };
    let wanted = options.envelope().chain(attributes.iter().map(String::as_str));
    let Some(missing) = wanted.into_iter().find(|wanted| !names.contains(wanted)) else { return Ok(()) };
    let mut words = format!("there is no column `{missing}`");
    match nearest(missing, names.iter().copied()) {
        Some(near) => words.push_str(&format!("; did you mean `{near}`?")),
        None if names.is_empty() => words.push_str("; the source has no columns"),
        None => {
            let some: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
            words.push_str(&format!("; the columns are {}", some.join(", ")));
            if names.len() > some.len() {
                words.push_str(&format!(" and {} more", names.len() - some.len()));
            }
        }
    }
    Err(Error::new(ErrorCode::Argument, words))
}
