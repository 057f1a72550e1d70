//! Bodies for DingTalk (钉钉): robots of groups and to-do items.
//!
//! Answers: the shapes and limits of these. Does not know: tokens, signatures and addresses.
//!
//! | body | goes to | limit |
//! |---|---|---|
//! | [`robot_text`], [`robot_markdown`], [`robot_card`] | `robot/send` | 20,000 bytes of JSON |
//! | [`todo`] | `todo/users/{unionId}/tasks` | subject 1,024, description 4,096 characters |

use serde_json::{Value as Json, json};

use super::write::{
    Around, Level, Unit, address, fit, line, lines, mentioned, people, put, required, short, wording,
};
use super::{Mention, Note, Payload, PayloadError, Todo, Urgency};
use crate::base::catalogue::payload as words;

/// Longest body of a robot in bytes.
pub const MAX_ROBOT_BYTES: usize = 20_000;
/// Most people of one message or to-do item.
pub const MAX_PEOPLE: usize = 1_000;
/// Longest title in characters; only the list of talks shows it.
const MAX_TITLE_CHARS: usize = 128;

/// A text of a group's robot.
///
/// # Errors
/// [`PayloadError`] for what is missing, too long or no person.
pub fn robot_text(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let head =
        if note.title.is_empty() { String::new() } else { format!("{}\n", line(note.title, Level::Tags)) };
    let mut tail = lines(note, "", Level::Tags);
    if let Some(link) = note.link {
        tail.push('\n');
        tail.push_str(&address(link)?);
    }
    tail.push_str(&marks(note)?);
    let at = at(note)?;
    let shape = |text: &str| json!({"msgtype": "text", "text": {"content": text}, "at": at});
    robot(note, &Around { head, tail }, Level::Tags, &shape, 0)
}

/// Markdown of a group's robot; the title is what the list of talks shows.
///
/// # Errors
/// As [`robot_text`]; markdown needs a title.
pub fn robot_markdown(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let title = short(required("title", note.title)?, Level::Tags, Unit::Chars, MAX_TITLE_CHARS)?;
    let mut around = rich_around(note);
    if let Some(link) = note.link {
        around.tail.push_str(&format!("\n\n[{}]({})", words::DETAILS.get(note.language), address(link)?));
    }
    around.tail.push_str(&marks(note)?);
    let at = at(note)?;
    let shape = |text: &str| json!({"msgtype": "markdown", "markdown": {"title": title.text, "text": text}, "at": at});
    robot(note, &around, Level::Markdown, &shape, title.n_cut)
}

/// A card of a group's robot with a button that leads to the note's link. It mentions nobody.
///
/// # Errors
/// As [`robot_text`]; a card needs title and link.
pub fn robot_card(note: &Note<'_>) -> Result<Payload, PayloadError> {
    let link = address(note.link.ok_or(PayloadError::Missing { field: "link" })?)?;
    let title = short(required("title", note.title)?, Level::Tags, Unit::Chars, MAX_TITLE_CHARS)?;
    let button = words::DETAILS.get(note.language);
    let shape = |text: &str| {
        json!({
            "msgtype": "actionCard",
            "actionCard": {"title": title.text, "text": text, "singleTitle": button, "singleURL": link},
        })
    };
    robot(note, &rich_around(note), Level::Markdown, &shape, title.n_cut)
}

/// Title and lines in markdown; a line needs an empty one before it to stand alone.
fn rich_around(note: &Note<'_>) -> Around {
    let title = line(note.title, Level::Markdown);
    let head = if title.is_empty() { String::new() } else { format!("### {title}\n\n") };
    let listed = lines(note, "- ", Level::Markdown);
    Around { head, tail: if listed.is_empty() { listed } else { format!("\n{listed}") } }
}

/// Cuts the text so that the whole body keeps its limit.
fn robot(
    note: &Note<'_>,
    around: &Around,
    plain: Level,
    shape: &dyn Fn(&str) -> Json,
    n_cut: usize,
) -> Result<Payload, PayloadError> {
    let frame = shape("").to_string().len();
    let room = MAX_ROBOT_BYTES.checked_sub(frame);
    let room = room.ok_or(PayloadError::TooLong { field: "body", size: frame, limit: MAX_ROBOT_BYTES })?;
    let (text, level) = wording(note, plain);
    let fitted = fit(around, text, level, Unit::Json, room)?;
    let body = shape(required("text", &fitted.text)?);
    Ok(Payload { body, n_cut: n_cut + fitted.n_cut })
}

/// Whom DingTalk tells; each must stand in the text as well.
fn at(note: &Note<'_>) -> Result<Json, PayloadError> {
    Ok(json!({"atUserIds": mentioned(note, MAX_PEOPLE)?, "isAtAll": note.mention == Mention::All}))
}

fn marks(note: &Note<'_>) -> Result<String, PayloadError> {
    let all: String = mentioned(note, MAX_PEOPLE)?.iter().map(|id| format!(" @{id}")).collect();
    Ok(if all.is_empty() { all } else { format!("\n{}", all.trim_start()) })
}

/// A to-do item. A second request with the same id is refused by DingTalk, not done twice.
///
/// # Errors
/// As [`robot_text`]; an item needs `subject` and `people`.
pub fn todo(todo: &Todo<'_>) -> Result<Payload, PayloadError> {
    let who = people(todo.people, MAX_PEOPLE)?;
    if who.is_empty() {
        return Err(PayloadError::Missing { field: "people" });
    }
    let id = required("id", todo.id)?;
    if id.len() > MAX_TITLE_CHARS {
        return Err(PayloadError::TooLong { field: "id", size: id.len(), limit: MAX_TITLE_CHARS });
    }
    let subject = short(required("subject", todo.subject)?, Level::Tags, Unit::Chars, 1_024)?;
    let note = Note { lines: todo.lines, language: todo.language, ..Note::default() };
    let around = Around { head: String::new(), tail: lines(&note, "", Level::Tags) };
    let description = fit(&around, todo.description, Level::Tags, Unit::Chars, 4_096)?;
    let mut body = json!({
        "sourceId": id,
        "subject": subject.text,
        "description": description.text,
        "executorIds": who,
        "isOnlyShowExecutor": false,
        "priority": priority(todo.urgency),
        "notifyConfigs": {"dingNotify": "1"},
    });
    if let Some(due) = todo.due {
        put(&mut body, "dueTime", json!(due.as_micros().div_euclid(1_000)));
    }
    if let Some(creator) = people(todo.creator.as_slice(), 1)?.first() {
        put(&mut body, "creatorId", json!(creator));
    }
    if let Some(link) = todo.link {
        let link = address(link)?;
        put(&mut body, "detailUrl", json!({"appUrl": link, "pcUrl": link}));
    }
    Ok(Payload { body, n_cut: subject.n_cut + description.n_cut })
}

const fn priority(urgency: Urgency) -> u8 {
    match urgency {
        Urgency::Low => 10,
        Urgency::Normal => 20,
        Urgency::High => 30,
        Urgency::Urgent => 40,
    }
}
