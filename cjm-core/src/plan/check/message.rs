//! Checks of messages: their bodies, and whether what sends them fills them.
//!
//! Answers: bodies that can not be written, names that a body asks for and a send does not give. Does not know: the
//! values of names; what the host adds to them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::text::Text;
use crate::base::value::ValueRef;
use crate::blueprint::model::Action;
use crate::outreach::{Bodies, BodyError, Markup};

/// Most bodies that are filled to see whether they need a name: a send beyond is not looked at.
const MAX_FILLED: usize = 256;

pub(super) fn check(check: &mut Check<'_>) {
    let d = check.document;
    let mut known = Known { bodies: Bodies::default(), of: BTreeMap::new(), n_filled: 0 };
    for message in &d.messages {
        let path = DocPath::root().key("messages").id(&message.id).key("body");
        match &message.body {
            None => {}
            Some(Text::One(body)) => known.body(check, &message.id, body, &path),
            Some(Text::Many(all)) => {
                for (language, body) in all {
                    known.body(check, &message.id, body, &path.key(language));
                }
            }
        }
    }
    for rule in &d.rules {
        let path = DocPath::rule(&rule.id);
        known.sends(check, &rule.do_, &path.key("do"));
        for (index, then) in rule.then.iter().enumerate() {
            known.sends(check, &then.do_, &path.key("then").index(index).key("do"));
        }
    }
}

/// The bodies that can be written.
struct Known<'a> {
    bodies: Bodies,
    /// Message to the numbers of its bodies, one for each language.
    of: BTreeMap<&'a str, Vec<u32>>,
    n_filled: usize,
}

impl<'a> Known<'a> {
    fn body(&mut self, check: &mut Check<'a>, message: &'a str, body: &str, path: &DocPath) {
        match self.bodies.add(body, Markup::None) {
            Ok(number) => self.of.entry(message).or_default().push(number),
            Err(error) => check.push(wrong(check, body, path, &error)),
        }
    }

    fn sends(&mut self, check: &mut Check<'a>, actions: &'a [Action], path: &DocPath) {
        for (index, action) in actions.iter().enumerate() {
            let Some(message) = action.send.as_deref() else { continue };
            for name in self.missing(message, action) {
                let finding = check.at(&entry::MESSAGE_ARGUMENT, &path.index(index).key("send"));
                check.push(finding.with("message", message).with("name", name));
            }
        }
    }

    /// The names that a message can not be written without and that a send does not give, sorted.
    fn missing(&mut self, message: &str, action: &Action) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        for number in self.of.get(message).map_or(&[][..], Vec::as_slice) {
            let given = |need: &&str| action.with.contains_key(*need);
            if self.bodies.needs(*number).all(|need| given(&need)) || self.n_filled >= MAX_FILLED {
                continue;
            }
            self.n_filled += 1;
            let filled = self.bodies.needs(*number).filter(given).map(|need| (need, ValueRef::Text("x")));
            // a name that only a `default` asks for is not missed
            if let Err(BodyError::Missing { names }) = self.bodies.render(*number, filled) {
                missing.extend(names);
            }
        }
        missing
    }
}

/// What is wrong with a body, at its line.
fn wrong(check: &Check<'_>, body: &str, path: &DocPath, error: &BodyError) -> Finding {
    let at = |kind, line: usize| {
        let offset = match line.checked_sub(2) {
            None => 0,
            Some(n) => body.match_indices('\n').nth(n).map_or(0, |(at, _)| at + 1),
        };
        Finding::new(kind, path, check.blueprint.position_in(path.as_str(), offset))
    };
    let deep = |line: usize, what: &str, limit: usize| {
        at(&entry::BODY_TOO_DEEP, line).with("what", what).with("limit", limit.to_string())
    };
    let outside = |line: usize, name: &str| at(&entry::BODY_OUTSIDE, line).with("name", name);
    match error {
        BodyError::TooLong { n_bytes, limit } => {
            let finding = at(&entry::BODY_TOO_LONG, 1).with("n", n_bytes.to_string());
            finding.with("limit", limit.to_string())
        }
        BodyError::TagTooLong { line, limit } => {
            at(&entry::BODY_TAG_TOO_LONG, *line).with("limit", limit.to_string())
        }
        BodyError::TooManyBrackets { line, limit } => deep(*line, "( [ {", *limit),
        BodyError::TooManyBlocks { line, limit } => deep(*line, "if for", *limit),
        BodyError::TooManyElifs { line, limit } => deep(*line, "elif", *limit),
        BodyError::Statement { line, name } | BodyError::Filter { line, name } => outside(*line, name),
        BodyError::Test { line, name } => outside(*line, name),
        BodyError::Operator { line, operator } => outside(*line, operator),
        BodyError::Unclosed { line } => at(&entry::BODY_UNCLOSED, *line),
        BodyError::Syntax { line, why } => {
            at(&entry::BODY_SYNTAX, *line).with("reason", why.replace('`', "'"))
        }
        other => at(&entry::BODY_SYNTAX, 1).with("reason", other.to_string().replace('`', "'")),
    }
}
