//! What the host hands to chat tools and web hooks: messages and to-do items as JSON. Nothing is sent here.
//!
//! Answers: the bodies that WeCom, DingTalk, Feishu and a plain web hook take, within their limits. Does not know:
//! addresses, tokens, signatures, how often a tool may be called, tickets and decisions (it is handed their words).
//!
//! # Trust
//! What customers wrote is never read as markup. [`Wording::Plain`], titles, labels and values are shown as written;
//! a character that the tool would take for a tag, a mention or a link is replaced by its full-width twin
//! (`<` by `＜`, `@` by `＠`, `://` by `：//`), because these tools have no escapes that work everywhere. An address
//! without a scheme (`example.com`) stays as it is. [`Wording::Markdown`] is for words of the blueprint: fill its
//! arguments with [`Markup::Chat`](super::Markup::Chat), which does the same to them.
//!
//! # Limits
//! Only text is cut: at a character's border, with `…` for the rest, and [`Payload::n_cut`] tells how many characters
//! went. Labels, values, links and mentions are kept whole; what does not fit with no text at all, and too long ids and
//! links, are errors.
//!
//! ```
//! use cjm_core::Language;
//! use cjm_core::outreach::payload::{Mention, Note, Wording, wecom};
//! let note = Note {
//!     title: "Detractor",
//!     text: Wording::Plain("<@all> see http://evil.example"),
//!     lines: &[("Customer", "m-1024")],
//!     mention: Mention::People(&["care-1"]),
//!     language: Language::En,
//!     ..Note::default()
//! };
//! let sent = wecom::robot_text(&note)?;
//! let content = "Detractor\n＜＠all＞ see http：//evil.example\nCustomer: m-1024";
//! let wanted = serde_json::json!({"msgtype": "text", "text": {"content": content, "mentioned_list": ["care-1"]}});
//! assert_eq!(sent.body, wanted);
//! assert_eq!(sent.n_cut, 0);
//! # Ok::<(), cjm_core::outreach::payload::PayloadError>(())
//! ```

pub mod dingtalk;
pub mod feishu;
mod form;
pub mod webhook;
pub mod wecom;
mod write;

use serde::Serialize;
use serde_json::Value as Json;

use crate::base::catalogue::payload as words;
use crate::base::text::Language;
use crate::base::time::Timestamp;
use crate::base::zone::Zone;
use crate::error::{Error, ErrorCode};

pub use self::form::{NoteForm, Sender, TodoForm};
pub(super) use self::write::{Level, harmless};

/// Longest link in bytes.
pub const MAX_LINK_BYTES: usize = 2_048;
/// Longest id of a person in bytes.
pub const MAX_PERSON_BYTES: usize = 64;

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Payload {
    /// The body of the request.
    pub body: Json,
    /// How many characters of text were left out to keep the tool's limit.
    pub n_cut: usize,
}

/// A message to staff or to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Note<'a> {
    /// Its title; none when empty.
    pub title: &'a str,
    /// What it says.
    pub text: Wording<'a>,
    /// Labels and values that stand below the text, one line each.
    pub lines: &'a [(&'a str, &'a str)],
    /// Where more is to be seen: `http` or `https`.
    pub link: Option<&'a str>,
    /// Who is told in particular, where it goes to a group.
    pub mention: Mention<'a>,
    /// The language of what is added.
    pub language: Language,
}

/// Words, and whether they are read as markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording<'a> {
    /// Shown as they are.
    Plain(&'a str),
    /// Read as markdown where the message can have it, else shown as they are.
    Markdown(&'a str),
}

impl Default for Wording<'_> {
    fn default() -> Self {
        Self::Plain("")
    }
}

/// Who of a group is told in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mention<'a> {
    /// Nobody.
    #[default]
    Nobody,
    /// Everybody.
    All,
    /// These, by the tool's ids.
    People(&'a [&'a str]),
}

/// Something that somebody has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Todo<'a> {
    /// The same for the same matter: a ticket's or decision's id. A second request with it makes no second item where
    /// the tool can tell.
    pub id: &'a str,
    /// What is to be done, in a few words.
    pub subject: &'a str,
    /// What there is to know.
    pub description: &'a str,
    /// Labels and values that stand below the description, one line each.
    pub lines: &'a [(&'a str, &'a str)],
    /// Until when.
    pub due: Option<Timestamp>,
    /// Who has to do it, by the tool's ids.
    pub people: &'a [&'a str],
    /// In whose name it is made, by the tool's id.
    pub creator: Option<&'a str>,
    /// Where the matter is to be seen: `http` or `https`.
    pub link: Option<&'a str>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The language of what is added.
    pub language: Language,
}

/// How urgent something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Urgency {
    /// When there is time.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Soon.
    High,
    /// At once.
    Urgent,
}

/// What is known of a ticket, for the words of a message or to-do item about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Matter<'a> {
    /// Who it is about.
    pub customer: &'a str,
    /// What kind of matter it is.
    pub kind: Option<&'a str>,
    /// Which queue has it.
    pub queue: &'a str,
    /// Until when something is to be done.
    pub due: Option<Timestamp>,
}

impl Matter<'_> {
    /// The subject, and labels with values, in a language; the time as the clocks of `zone` show it.
    ///
    /// ```
    /// use cjm_core::outreach::payload::Matter;
    /// use cjm_core::{Language, Timestamp, Zone};
    /// let due = Timestamp::parse("2026-03-02T18:00:00+08:00")?;
    /// let matter = Matter { customer: "m-1024", kind: Some("food"), queue: "care", due: Some(due) };
    /// let (subject, lines) = matter.words(Language::Zh, &Zone::named("Asia/Shanghai")?);
    /// assert_eq!(subject, "闭环工单：food");
    /// assert_eq!(lines.last(), Some(&("处理时限", "2026-03-02 18:00".to_owned())));
    /// # Ok::<(), cjm_core::base::time::TimeError>(())
    /// ```
    pub fn words(&self, language: Language, zone: &Zone) -> (String, Vec<(&'static str, String)>) {
        let about = self.kind.unwrap_or(self.queue);
        let subject = format!("{}{}{about}", words::TICKET.get(language), words::COLON.get(language));
        let due = self.due.map(|due| {
            let c = zone.civil(due);
            format!("{}-{:02}-{:02} {:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute)
        });
        let lines = [
            (words::CUSTOMER, Some(self.customer.to_owned())),
            (words::KIND, self.kind.map(str::to_owned)),
            (words::QUEUE, Some(self.queue.to_owned())),
            (words::DUE, due),
        ];
        let given = lines.into_iter().filter_map(|(label, value)| Some((label.get(language), value?)));
        (subject, given.collect())
    }
}

/// Why something can not be handed to a tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Something that the tool asks for.
    #[error("`{field}` is missing")]
    Missing {
        /// What.
        field: &'static str,
    },
    /// Something that can not be cut is too long.
    #[error("`{field}` takes {size}; the limit is {limit}")]
    TooLong {
        /// What.
        field: &'static str,
        /// How long it is, in the unit of the limit.
        size: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Something that the tool wants longer.
    #[error("`{field}` has {size} bytes; at least {least} are wanted")]
    TooShort {
        /// What.
        field: &'static str,
        /// How long it is in bytes.
        size: usize,
        /// How long it must be.
        least: usize,
    },
    /// More people than the tool takes.
    #[error("{n} people are more than the limit of {limit}")]
    TooMany {
        /// How many there are.
        n: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An address that is not `http` or `https`, or holds what addresses do not.
    #[error("the link is no address that begins with `http://` or `https://`")]
    BadLink,
    /// An id that no person has.
    #[error("`{id}` is no id of a person")]
    BadPerson {
        /// The id.
        id: String,
    },
    /// What can not be written as JSON.
    #[error("the data can not be written as JSON: {why}")]
    Unfit {
        /// What was found.
        why: String,
    },
}

impl PayloadError {
    /// The code under which the engine reports it.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooLong { .. } | Self::TooMany { .. } => ErrorCode::Limit,
            _ => ErrorCode::Argument,
        }
    }
}

impl From<PayloadError> for Error {
    fn from(e: PayloadError) -> Self {
        Self::new(e.code(), e.to_string())
    }
}
