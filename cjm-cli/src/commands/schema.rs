//! `cjm schema`: the JSON Schema of the blueprint format.
//!
//! Answers: the schema as text. Does not know: how it is made.

use cjm_core::blueprint::schema::schema_text;

use crate::args::Schema;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;

/// Prints or writes the schema.
pub(crate) fn run(args: &Schema, host: &mut Host<'_>) -> Result<(), Failure> {
    files::put(host, args.out.as_ref(), &schema_text())
}
