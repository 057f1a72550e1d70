//! Bodies for Feishu (飞书): robots of groups and tasks.
//!
//! Answers: the shapes and limits of these. Does not know: tokens, signatures and addresses.
//!
//! | body | goes to | limit |
//! |---|---|---|
//! | [`bot_text`], [`bot_post`], [`bot_card`] | `bot/v2/hook/..` | 20 KiB of JSON |
//! | [`task`] | `task/v2/tasks` | summary and description 3,000 characters each, 50 members |
//!
//! A post and a card show plain words in elements that have no markup at all.

use serde_json::{Value as Json, json};

use super::write::{
    Around, Level, Unit, address, fit, line, lines, mentioned, people, put, required, short, wording,
};
use super::{Mention, Note, Payload, PayloadError, Todo, Wording};
use crate::base::catalogue::payload as words;
use crate::base::text::Language;

/// Longest body of a robot in bytes.
pub const MAX_BOT_BYTES: usize = 20 * 1024;
/// Most people of one message.
pub const MAX_PEOPLE: usize = 200;
/// Most members of a task.
pub const MAX_MEMBERS: usize = 50;
/// Longest title in characters.
const MAX_TITLE_CHARS: usize = 256;

/// A text of a group's robot.
///
/// # Errors
/// [`PayloadError`] for what is missing, too long or no person.
pub fn bot_text(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let head =
        if note.title.is_empty() { String::new() } else { format!("{}\n", line(note.title, Level::Tags)) };
    let mut tail = lines(note, "", Level::Tags);
    if let Some(link) = note.link {
        tail.push('\n');
        tail.push_str(&address(link)?);
    }
    let marks: Vec<String> = told(note)?.iter().map(|id| format!("<at user_id=\"{id}\"></at>")).collect();
    if !marks.is_empty() {
        tail.push('\n');
        tail.push_str(&marks.join(" "));
    }
    let shape = |text: &str| json!({"msg_type": "text", "content": {"text": text}});
    let (text, level) = wording(note, Level::Tags);
    bot(&Around { head, tail }, text, level, &shape, 0)
}

/// A post of a group's robot: title, paragraphs, a link and mentions, none of them markup.
///
/// # Errors
/// As [`bot_text`].
pub fn bot_post(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let title = short(note.title, Level::Tags, Unit::Chars, MAX_TITLE_CHARS)?;
    let mut last = Vec::new();
    if let Some(link) = note.link {
        last.push(json!({"tag": "a", "text": words::DETAILS.get(note.language), "href": address(link)?}));
    }
    last.extend(told(note)?.iter().map(|id| json!({"tag": "at", "user_id": id})));
    let tongue = match note.language {
        Language::En => "en_us",
        Language::Zh => "zh_cn",
    };
    let shape = |text: &str| {
        let mut paragraphs = vec![json!([{"tag": "text", "text": text}])];
        if !last.is_empty() {
            paragraphs.push(json!(last));
        }
        json!({"msg_type": "post", "content": {"post": {tongue: {"title": title.text, "content": paragraphs}}}})
    };
    let around = Around { head: String::new(), tail: lines(note, "", Level::Tags) };
    let (text, level) = wording(note, Level::Tags);
    bot(&around, text, level, &shape, title.n_cut)
}

/// A card of a group's robot with a button that leads to the note's link. It mentions nobody.
///
/// # Errors
/// As [`bot_text`]; a card needs a title.
pub fn bot_card(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let title = short(required("title", note.title)?, Level::Tags, Unit::Chars, MAX_TITLE_CHARS)?;
    let link = note.link.map(address).transpose()?;
    let tag = if matches!(note.text, Wording::Markdown(_)) { "lark_md" } else { "plain_text" };
    let level = if tag == "lark_md" { Level::Markdown } else { Level::Tags };
    let shape = |text: &str| {
        let mut elements = vec![json!({"tag": "div", "text": {"tag": tag, "content": text}})];
        if let Some(link) = &link {
            let button = json!({
                "tag": "button",
                "text": {"tag": "plain_text", "content": words::DETAILS.get(note.language)},
                "url": link,
                "type": "primary",
            });
            elements.push(json!({"tag": "action", "actions": [button]}));
        }
        json!({
            "msg_type": "interactive",
            "card": {"header": {"title": {"tag": "plain_text", "content": title.text}}, "elements": elements},
        })
    };
    let around = Around { head: String::new(), tail: lines(note, "", level) };
    let (text, level) = wording(note, level);
    bot(&around, text, level, &shape, title.n_cut)
}

/// Cuts the text so that the whole body keeps its limit.
fn bot(
    around: &Around,
    text: &str,
    level: Level,
    shape: &dyn Fn(&str) -> Json,
    n_cut: usize,
) -> Result<Payload, PayloadError> {
    let frame = shape("").to_string().len();
    let room = MAX_BOT_BYTES.checked_sub(frame);
    let room = room.ok_or(PayloadError::TooLong { field: "body", size: frame, limit: MAX_BOT_BYTES })?;
    let fitted = fit(around, text, level, Unit::Json, room)?;
    let body = shape(required("text", &fitted.text)?);
    Ok(Payload { body, n_cut: n_cut + fitted.n_cut })
}

/// The ids of those that a message tells.
fn told<'a>(note: &Note<'a>) -> Result<Vec<&'a str>, PayloadError> {
    match note.mention {
        Mention::All => Ok(vec!["all"]),
        _ => mentioned(note, MAX_PEOPLE),
    }
}

/// A task. A second request with the same id makes no second one.
///
/// # Errors
/// As [`bot_text`]; a task needs `id` of 10 to 100 bytes, `subject` and `people`.
pub fn task(todo: &Todo<'_>) -> Result<Payload, PayloadError> {
    let id = required("id", todo.id)?;
    if id.len() < 10 {
        return Err(PayloadError::TooShort { field: "id", size: id.len(), least: 10 });
    }
    if id.len() > 100 {
        return Err(PayloadError::TooLong { field: "id", size: id.len(), limit: 100 });
    }
    let who = people(todo.people, MAX_MEMBERS)?;
    if who.is_empty() {
        return Err(PayloadError::Missing { field: "people" });
    }
    let summary = short(required("subject", todo.subject)?, Level::Tags, Unit::Chars, 3_000)?;
    let note = Note { lines: todo.lines, language: todo.language, ..Note::default() };
    let mut tail = lines(&note, "", Level::Tags);
    if let Some(link) = todo.link {
        tail.push('\n');
        tail.push_str(&address(link)?);
    }
    let around = Around { head: String::new(), tail };
    let description = fit(&around, todo.description, Level::Tags, Unit::Chars, 3_000)?;
    let mut members: Vec<Json> =
        who.iter().map(|id| json!({"id": id, "type": "user", "role": "assignee"})).collect();
    let creator = people(todo.creator.as_slice(), 1)?;
    let other = creator.iter().filter(|id| !who.contains(id) && members.len() < MAX_MEMBERS);
    let followers: Vec<Json> =
        other.map(|id| json!({"id": id, "type": "user", "role": "follower"})).collect();
    members.extend(followers);
    let mut body = json!({
        "summary": summary.text,
        "description": description.text,
        "members": members,
        "client_token": id,
    });
    if let Some(due) = todo.due {
        // Feishu takes milliseconds as text
        let ms = due.as_micros().div_euclid(1_000).to_string();
        put(&mut body, "due", json!({"timestamp": ms, "is_all_day": false}));
    }
    Ok(Payload { body, n_cut: summary.n_cut + description.n_cut })
}
