//! `cjm check`: everything that is wrong with blueprints.
//!
//! Answers: all findings with their places, and whether any is an error. Does not know: what is checked.

use std::path::Path;

use cjm_core::{Finding, Language};
use serde_json::{Map, Value};

use crate::args::Check;
use crate::documents;
use crate::failure::{DATA, Failure};
use crate::files;
use crate::findings;
use crate::host::Host;

/// Checks every named blueprint, in the order named; one that can not be read is told, and the others are checked.
pub(crate) fn run(args: &Check, host: &mut Host<'_>) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut code = 0;
    for path in &args.blueprints {
        let text = match files::read(path) {
            Ok(text) => text,
            Err(failure) => {
                failure.tell(host);
                code = code.max(failure.code());
                continue;
            }
        };
        let name = path.display().to_string();
        let (_, found) = documents::read(&text);
        code = code.max(if findings::has_errors(&found) { DATA } else { 0 });
        if args.json {
            rows.extend(found.iter().map(|finding| row(path, finding, host.language)));
        } else {
            host.say(&findings::text(&name, &text, &found, host.language))?;
        }
    }
    if args.json {
        host.say(&format!("{:#}", Value::Array(rows)))?;
    }
    if code == 0 { Ok(()) } else { Err(Failure::Told(code)) }
}

fn row(path: &Path, finding: &Finding, language: Language) -> Value {
    let mut row = Map::new();
    row.insert("file".to_owned(), path.display().to_string().into());
    if let Ok(Value::Object(fields)) = serde_json::to_value(finding) {
        row.extend(fields);
    }
    row.insert("message".to_owned(), finding.message(language).into());
    row.insert("help".to_owned(), finding.help(language).into());
    Value::Object(row)
}
