//! `cjm eval`: tries a condition over names given as JSON.
//!
//! Answers: its value, or where and why it has none. Does not know: the condition language.

use cjm_core::expr;

use crate::args::Eval;
use crate::events;
use crate::failure::{Document, Failure};
use crate::host::Host;

/// Prints the value as JSON.
pub(crate) fn run(args: &Eval, host: &mut Host<'_>) -> Result<(), Failure> {
    let facts = serde_json::from_str::<serde_json::Value>(&args.with)
        .map_err(|error| Failure::Usage(format!("`--with` is no JSON: {error}")))?;
    if !facts.is_object() {
        return Err(Failure::Usage("`--with` must be a JSON object, as in `{\"visits\": 3}`".to_owned()));
    }
    let facts = expr::json::value(&facts)?;
    let zone = events::zone(&args.zone)?;
    let text = args.expression.as_str();
    match expr::evaluate(text, &facts, &zone) {
        Ok(value) => host.say(&expr::json::json(&value).to_string()),
        Err(expr::Failure::Eval(error)) => Err(Failure::Engine(error.of_text(text))),
        Err(expr::Failure::Findings(all)) => Err(Failure::Findings(Box::new(Document {
            name: "EXPR".to_owned(),
            text: text.to_owned(),
            findings: all.iter().map(|finding| finding.alone(text)).collect(),
        }))),
    }
}
