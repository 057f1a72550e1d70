//! Bodies for WeCom (企业微信): robots of groups, messages of applications, entries of the calendar.
//!
//! Answers: the shapes and limits of these. Does not know: tokens and addresses.
//!
//! | body | goes to | limit of the text |
//! |---|---|---|
//! | [`robot_text`], [`robot_markdown`] | `webhook/send` | 2,048 and 4,096 bytes |
//! | [`text`], [`markdown`] | `message/send` | 2,048 bytes |
//! | [`card`] | `message/send` | title 128, text 512 characters |
//! | [`schedule`] | `oa/schedule/add` | summary 128, description 1,000 characters |
//!
//! WeCom has no to-do items that others may make: what is due is an entry of the calendar that ends at its limit.

use serde_json::json;

use super::write::{
    Around, Level, Unit, address, fit, line, lines, mentioned, people, put, required, short, wording,
};
use super::{Mention, Note, Payload, PayloadError, Todo};
use crate::base::catalogue::payload as words;

/// Most people of one message.
pub const MAX_PEOPLE: usize = 1_000;
/// How long an entry of the calendar is before it is due, in seconds.
const ENTRY_S: i64 = 30 * 60;
/// Microseconds in a second.
const SECOND_US: i64 = 1_000_000;

/// A text of a group's robot; mentions make the people's phones ring.
///
/// # Errors
/// [`PayloadError`] for what is missing, too long or no person.
pub fn robot_text(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let (text, level) = wording(note, Level::Tags);
    let fitted = fit(&plain_around(note)?, text, level, Unit::Bytes, 2_048)?;
    let mut body = json!({"msgtype": "text", "text": {"content": required("text", &fitted.text)?}});
    let ids = match note.mention {
        Mention::All => vec!["@all"],
        _ => mentioned(note, MAX_PEOPLE)?,
    };
    if let Some(text) = body.get_mut("text").filter(|_| !ids.is_empty()) {
        put(text, "mentioned_list", json!(ids));
    }
    Ok(Payload { body, n_cut: fitted.n_cut })
}

/// Markdown of a group's robot. It can mention people but not everybody.
///
/// # Errors
/// As [`robot_text`]; [`Mention::All`] is a missing `mention`.
pub fn robot_markdown(note: &Note<'_>) -> Result<Payload, PayloadError> {
    if note.mention == Mention::All {
        return Err(PayloadError::Missing { field: "mention" });
    }
    let mut around = rich_around(note)?;
    let marks: Vec<String> = mentioned(note, MAX_PEOPLE)?.iter().map(|id| format!("<@{id}>")).collect();
    if !marks.is_empty() {
        around.tail.push('\n');
        around.tail.push_str(&marks.join(" "));
    }
    let (text, level) = wording(note, Level::Markdown);
    let fitted = fit(&around, text, level, Unit::Bytes, 4_096)?;
    let body = json!({"msgtype": "markdown", "markdown": {"content": required("text", &fitted.text)?}});
    Ok(Payload { body, n_cut: fitted.n_cut })
}

/// A text of an application to people. What is sent twice within half an hour arrives once.
///
/// # Errors
/// As [`robot_text`].
pub fn text(agent: u32, to: &[&str], note: &Note<'_>) -> Result<Payload, PayloadError> {
    let (text, level) = wording(note, Level::Tags);
    let fitted = fit(&plain_around(note)?, text, level, Unit::Bytes, 2_048)?;
    let content = json!({"content": required("text", &fitted.text)?});
    message(agent, to, "text", content, fitted.n_cut)
}

/// Markdown of an application to people.
///
/// # Errors
/// As [`robot_text`].
pub fn markdown(agent: u32, to: &[&str], note: &Note<'_>) -> Result<Payload, PayloadError> {
    let (text, level) = wording(note, Level::Markdown);
    let fitted = fit(&rich_around(note)?, text, level, Unit::Bytes, 2_048)?;
    let content = json!({"content": required("text", &fitted.text)?});
    message(agent, to, "markdown", content, fitted.n_cut)
}

/// A card of an application that leads to the note's link.
///
/// # Errors
/// As [`robot_text`]; a card needs title, text and link.
pub fn card(agent: u32, to: &[&str], note: &Note<'_>) -> Result<Payload, PayloadError> {
    let link = note.link.ok_or(PayloadError::Missing { field: "link" })?;
    let title = short(required("title", note.title)?, Level::Tags, Unit::Chars, 128)?;
    let (text, level) = wording(note, Level::Tags);
    let around = Around { head: String::new(), tail: lines(note, "", Level::Tags) };
    let fitted = fit(&around, text, level, Unit::Chars, 512)?;
    let content = json!({
        "title": title.text,
        "description": required("text", &fitted.text)?,
        "url": address(link)?,
        "btntxt": words::DETAILS.get(note.language),
    });
    message(agent, to, "textcard", content, title.n_cut + fitted.n_cut)
}

fn message(
    agent: u32,
    to: &[&str],
    kind: &str,
    content: serde_json::Value,
    n_cut: usize,
) -> Result<Payload, PayloadError> {
    let to = people(to, MAX_PEOPLE)?;
    if to.is_empty() {
        return Err(PayloadError::Missing { field: "to" });
    }
    let mut body = json!({"touser": to.join("|"), "msgtype": kind, "agentid": agent});
    put(&mut body, kind, content);
    put(&mut body, "enable_duplicate_check", json!(1));
    Ok(Payload { body, n_cut })
}

/// An entry of the calendar of all who have to do it: the half hour before it is due, with a reminder an hour before.
///
/// # Errors
/// As [`robot_text`]; an entry needs `people` and `due`.
pub fn schedule(todo: &Todo<'_>) -> Result<Payload, PayloadError> {
    let due = todo.due.ok_or(PayloadError::Missing { field: "due" })?;
    let mut who = people(todo.people, MAX_PEOPLE)?;
    if who.is_empty() {
        return Err(PayloadError::Missing { field: "people" });
    }
    let summary = short(required("subject", todo.subject)?, Level::Tags, Unit::Chars, 128)?;
    let note = Note { lines: todo.lines, language: todo.language, ..Note::default() };
    let mut tail = lines(&note, "", Level::Tags);
    if let Some(link) = todo.link {
        tail.push('\n');
        tail.push_str(&address(link)?);
    }
    let around = Around { head: String::new(), tail };
    let description = fit(&around, todo.description, Level::Tags, Unit::Chars, 1_000)?;
    let end = due.as_micros().div_euclid(SECOND_US);
    let creator = people(todo.creator.as_slice(), 1)?;
    who.extend(creator.iter().filter(|id| !todo.people.contains(id)));
    let attendees: Vec<_> = who.iter().map(|id| json!({"userid": id})).collect();
    let mut entry = json!({
        "start_time": end.saturating_sub(ENTRY_S),
        "end_time": end,
        "attendees": attendees,
        "summary": summary.text,
        "description": description.text,
        "reminders": {"is_remind": 1, "remind_before_event_secs": 3_600},
    });
    if !creator.is_empty() {
        put(&mut entry, "admins", json!(creator));
    }
    Ok(Payload { body: json!({"schedule": entry}), n_cut: summary.n_cut + description.n_cut })
}

/// Title before a plain text; lines and link behind it.
fn plain_around(note: &Note<'_>) -> Result<Around, PayloadError> {
    let head =
        if note.title.is_empty() { String::new() } else { format!("{}\n", line(note.title, Level::Tags)) };
    let mut tail = lines(note, "", Level::Tags);
    if let Some(link) = note.link {
        tail.push('\n');
        tail.push_str(&address(link)?);
    }
    Ok(Around { head, tail })
}

/// The same in markdown.
fn rich_around(note: &Note<'_>) -> Result<Around, PayloadError> {
    let title = line(note.title, Level::Markdown);
    let head = if title.is_empty() { String::new() } else { format!("**{title}**\n") };
    let mut tail = lines(note, "> ", Level::Markdown);
    if let Some(link) = note.link {
        tail.push_str(&format!("\n[{}]({})", words::DETAILS.get(note.language), address(link)?));
    }
    Ok(Around { head, tail })
}
