//! `cjm run`: a live engine in a pipe, lines of JSON in, decisions as lines of JSON out.
//!
//! Answers: each line's decisions at once, what was wrong with which line, and at the end what else there was to notice.
//! Does not know: what decides.

mod told;

use std::io::{BufRead, ErrorKind, Read};
use std::sync::Arc;

use cjm_core::{Decision, Engine, Error, ErrorCode, Zone};
use cjm_io::wire::{self, Line};

use crate::args::Run;
use crate::documents;
use crate::failure::{DATA, Failure};
use crate::files;
use crate::host::Host;
use crate::words;

use self::told::Told;

/// Longest line that is read.
const MAX_LINE: u64 = 1 << 20;

/// Largest file of an engine that is read: millions of customers. Their states take more memory than that.
const MAX_STATE: u64 = 16 << 30;

/// Lines after which the engine is kept at the latest; more where it has more customers.
const KEEP_EVERY: u64 = 1_000;

/// Feeds lines to the engine until they end, and keeps it where asked, whatever ended them.
pub(crate) fn run(args: &Run, host: &mut Host<'_>) -> Result<(), Failure> {
    let blueprint = documents::usable(&args.blueprint)?;
    let zone = blueprint.document().zone.clone();
    let told = Told::of(blueprint.document());
    let plan = Arc::new(blueprint.compile()?);
    let kept = args.state.as_ref().filter(|path| path.exists());
    let engine = match kept {
        Some(path) => Engine::restore(plan, &files::bytes(path, MAX_STATE)?)?,
        None => Engine::new(plan),
    };
    let mut pipe = Pipe { args, zone, engine, told, n_unkept: 0 };
    let fed = pipe.feed_all(host);
    // decisions that nobody took stay in the engine's outbox: they are not lost with the reader, but it has to be said
    let fed = fed.map_err(|failure| match failure {
        Failure::Closed => Failure::File("output".to_owned(), ErrorKind::BrokenPipe.into()),
        other => other,
    });
    pipe.keep()?;
    let said = pipe.told.say(&args.events.display().to_string(), host);
    fed.and(said)
}

/// An engine between lines that come in and decisions that go out.
struct Pipe<'a> {
    args: &'a Run,
    zone: Option<Zone>,
    engine: Engine,
    told: Told,
    /// Lines taken in since the engine was kept.
    n_unkept: u64,
}

impl Pipe<'_> {
    fn feed_all(&mut self, host: &mut Host<'_>) -> Result<(), Failure> {
        // what an earlier run decided and nobody acknowledged
        let open: Vec<Decision> = self.engine.outbox().cloned().collect();
        write(host, &open)?;
        let name = self.args.events.display().to_string();
        let mut reader = files::lines(&self.args.events)?;
        let mut refused = false;
        let mut line = Vec::new();
        for number in 1_u64.. {
            let read = next_line(&mut reader, &mut line);
            if !read.map_err(|error| Failure::File(name.clone(), error))? {
                break;
            }
            let Some(read) = understood(&line, self.zone.as_ref()) else { continue };
            let tick = if let Ok(Line::Tick(at)) = read { Some(at) } else { None };
            let set_back = self.engine.set_back();
            match read.and_then(|line| self.feed(&line, number)) {
                Ok(decisions) => write(host, &decisions)?,
                Err(error) => {
                    refused = true;
                    let message = error.message_in(host.language);
                    let values = [name.as_str(), &number.to_string(), error.code().slug(), &message];
                    host.complain(&words::LINE_REFUSED.say(host.language, &values))?;
                }
            }
            if let (Some(at), Some(now)) = (tick, self.engine.now())
                && self.engine.set_back() > set_back
            {
                let values = [name.as_str(), &number.to_string(), &at.to_string(), &now.to_string()];
                host.complain(&words::SET_BACK.say(host.language, &values))?;
            }
            if refused && self.args.strict {
                break;
            }
            self.n_unkept += 1;
            self.keep_in_turn(tick.is_some())?;
        }
        if refused { Err(Failure::Told(DATA)) } else { Ok(()) }
    }

    /// Feeds a line to the engine; with `--strict` an event that a file of it would not get through with is an error.
    fn feed(&mut self, line: &Line, number: u64) -> Result<Vec<Decision>, Error> {
        let late = self.engine.n_late();
        match line {
            Line::Event(event) => {
                if self.args.strict
                    && let Some(error) = self.told.strict_error(event)
                {
                    return Err(error);
                }
                let decisions = self.engine.push(event)?;
                self.told.take(event, number, self.engine.n_late() > late);
                Ok(decisions)
            }
            Line::Answer(answer) => {
                if self.args.strict
                    && let Some(error) = self.told.strict_answer_error(answer)
                {
                    return Err(error);
                }
                let decisions = self.engine.answer(answer)?;
                self.told.take_answer(answer, number, self.engine.n_late() > late);
                Ok(decisions)
            }
            Line::Tick(now) => Ok(self.engine.advance(*now)),
            Line::Ack(id, outcome, at) => self.engine.ack(*id, *outcome, *at),
            Line::Retract(customer, source, id) => self.engine.retract(customer, source, id),
        }
    }

    /// Keeps the engine after many lines, and at a tick, unless its customers are so many that it would do nothing else.
    fn keep_in_turn(&mut self, is_tick: bool) -> Result<(), Failure> {
        let n_customers = self.engine.n_customers() as u64;
        let enough = self.n_unkept >= KEEP_EVERY.max(n_customers);
        if enough || is_tick && self.n_unkept.saturating_mul(100) >= n_customers {
            self.keep()
        } else {
            Ok(())
        }
    }

    /// Writes the engine into its file, where it has one: the old file or the whole new one is there.
    fn keep(&mut self) -> Result<(), Failure> {
        if let Some(path) = &self.args.state {
            files::write(path, &self.engine.snapshot())?;
        }
        self.n_unkept = 0;
        Ok(())
    }
}

/// Reads a line; of one that is too long so much that this can be seen. `false` at the end.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    if Read::take(&mut *reader, MAX_LINE + 1).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.len() as u64 > MAX_LINE && line.last() != Some(&b'\n') {
        reader.skip_until(b'\n')?;
    }
    Ok(true)
}

/// What a line says; `None` when it is blank.
fn understood(line: &[u8], zone: Option<&Zone>) -> Option<Result<Line, Error>> {
    if line.len() as u64 > MAX_LINE {
        let words = format!("the line is longer than {MAX_LINE} bytes");
        return Some(Err(Error::new(ErrorCode::Limit, words)));
    }
    match std::str::from_utf8(line) {
        Ok(text) => match text.strip_prefix('\u{feff}').unwrap_or(text).trim() {
            "" => None,
            text => Some(wire::line(text, zone)),
        },
        Err(_) => Some(Err(Error::new(ErrorCode::BadEvent, "the line is not UTF-8"))),
    }
}

fn write(host: &mut Host<'_>, decisions: &[Decision]) -> Result<(), Failure> {
    for decision in decisions {
        host.say(&decision.to_json().to_string())?;
    }
    if decisions.is_empty() { Ok(()) } else { host.flush() }
}
