//! `cjm run`: a live engine in a pipe, lines of JSON in, decisions as lines of JSON out.
//!
//! Answers: each line's decisions at once, what was wrong with which line. Does not know: what decides.

use std::io::BufRead;
use std::sync::Arc;

use cjm_core::{Decision, Engine, Error, ErrorCode, Zone};

use crate::args::Run;
use crate::documents;
use crate::failure::{DATA, Failure};
use crate::files;
use crate::host::Host;
use crate::wire::{self, Line};
use crate::words;

/// Longest line that is read.
const MAX_LINE: u64 = 1 << 20;

/// Feeds lines to the engine until they end, and keeps it where asked, whatever ended them.
pub(crate) fn run(args: &Run, host: &mut Host<'_>) -> Result<(), Failure> {
    let blueprint = documents::usable(&args.blueprint)?;
    let zone = blueprint.document().zone.clone();
    let plan = Arc::new(blueprint.compile()?);
    let kept = args.state.as_ref().filter(|path| path.exists());
    let mut engine = match kept {
        Some(path) => Engine::restore(plan, &files::bytes(path)?)?,
        None => Engine::new(plan),
    };
    let fed = feed_all(args, zone.as_ref(), &mut engine, host);
    if let Some(path) = &args.state {
        files::write(path, &engine.snapshot())?;
    }
    fed
}

fn feed_all(
    args: &Run,
    zone: Option<&Zone>,
    engine: &mut Engine,
    host: &mut Host<'_>,
) -> Result<(), Failure> {
    let name = args.events.display().to_string();
    let mut reader = files::lines(&args.events)?;
    let mut refused = false;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let n = std::io::Read::take(&mut reader, MAX_LINE).read_until(b'\n', &mut line);
        if n.map_err(|error| Failure::File(name.clone(), error))? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map(str::trim);
        let read = match text {
            Ok("") => continue,
            Ok(text) => wire::read(text, zone),
            Err(_) => Err(Error::new(ErrorCode::BadEvent, "the line is not UTF-8")),
        };
        match read.and_then(|line| feed(engine, line)) {
            Ok(decisions) => write(host, &decisions)?,
            Err(error) => {
                refused = true;
                let values = [name.as_str(), &number.to_string(), error.code().slug(), error.message()];
                host.complain(&words::LINE_REFUSED.say(host.language, &values))?;
            }
        }
        if refused && args.strict {
            break;
        }
    }
    if refused { Err(Failure::Told(DATA)) } else { Ok(()) }
}

fn feed(engine: &mut Engine, line: Line) -> Result<Vec<Decision>, Error> {
    match line {
        Line::Event(event) => engine.push(&event),
        Line::Answer(answer) => engine.answer(&answer),
        Line::Tick(now) => Ok(engine.advance(now)),
        Line::Ack(id, outcome, at) => engine.ack(id, outcome, at),
        Line::Retract(customer, source, id) => engine.retract(&customer, &source, &id),
    }
}

fn write(host: &mut Host<'_>, decisions: &[Decision]) -> Result<(), Failure> {
    for decision in decisions {
        host.say(&decision.to_json().to_string())?;
    }
    if decisions.is_empty() { Ok(()) } else { host.flush() }
}
