//! Writing text for chat tools: made harmless, within a limit.
//!
//! Answers: text whose parts can not be taken for tags, mentions or links; how much of it fits. Does not know: the
//! shapes of messages.

use serde_json::Value as Json;

use crate::base::catalogue::payload as words;

use super::{MAX_LINK_BYTES, MAX_PERSON_BYTES, Mention, Note, PayloadError, Wording};

/// What a tool reads as markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::outreach) enum Level {
    /// Everything: the words are trusted.
    Trusted,
    /// Tags, mentions and addresses.
    Tags,
    /// These and markdown.
    Markdown,
}

/// A text of which nothing is read as markup. What stands beside a character is what is written beside it.
pub(in crate::outreach) fn harmless(text: &str, level: Level) -> impl Iterator<Item = char> + '_ {
    let mut rest = text.chars().filter_map(seen as fn(char) -> Option<char>);
    let mut before = ['\0'; 3];
    std::iter::from_fn(move || {
        let c = rest.next()?;
        let slashes = c == ':' && rest.clone().take(2).eq("//".chars());
        let www = c == '.' && before.iter().all(|c| c.eq_ignore_ascii_case(&'w'));
        let [_, second, third] = before;
        before = [second, third, c];
        Some(twin(c, level, slashes || www))
    })
}

/// The character as it is written, if it is: nothing that turns the text around, no control but line ends.
fn seen(c: char) -> Option<char> {
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    if turns || (c.is_control() && c != '\n') {
        return (c == '\t').then_some(' ');
    }
    Some(c)
}

/// What stands in the place of a character; `address` where it would make an address.
fn twin(c: char, level: Level, address: bool) -> char {
    match (level, c) {
        (Level::Trusted, c) => c,
        (_, '<') => '＜',
        (_, '>') => '＞',
        (_, '@') => '＠',
        (_, ':') if address => '：',
        (_, '.') if address => '．',
        (Level::Markdown, '[') => '［',
        (Level::Markdown, ']') => '］',
        (Level::Markdown, '`') => '｀',
        (Level::Markdown, '*') => '＊',
        (Level::Markdown, '_') => '＿',
        (Level::Markdown, '~') => '～',
        (Level::Markdown, '#') => '＃',
        (Level::Markdown, '|') => '｜',
        (Level::Markdown, '\\') => '＼',
        (Level::Markdown, '&') => '＆',
        (_, c) => c,
    }
}

/// The same on one line.
pub(super) fn line(text: &str, level: Level) -> String {
    harmless(text, level).map(|c| if c == '\n' { ' ' } else { c }).collect()
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Bytes,
    Chars,
    /// Bytes of a JSON text.
    Json,
}

impl Unit {
    fn of(self, c: char) -> usize {
        match (self, c) {
            (Self::Chars, _) => 1,
            (Self::Json, '"' | '\\' | '\n') => 2,
            (_, c) => c.len_utf8(),
        }
    }

    pub(super) fn size(self, text: &str) -> usize {
        text.chars().map(|c| self.of(c)).sum()
    }
}

/// A text within a limit, and how many characters were left out of it.
#[derive(Debug, Default)]
pub(super) struct Fitted {
    pub(super) text: String,
    pub(super) n_cut: usize,
}

/// What stands around a text and is never cut.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) head: String,
    pub(super) tail: String,
}

/// Writes head, text and tail; cuts the text where the limit asks for it.
pub(super) fn fit(
    around: &Around,
    text: &str,
    level: Level,
    unit: Unit,
    limit: usize,
) -> Result<Fitted, PayloadError> {
    const MARK: char = '…';
    let fixed = unit.size(&around.head) + unit.size(&around.tail);
    let room =
        limit.checked_sub(fixed).ok_or(PayloadError::TooLong { field: "lines", size: fixed, limit })?;
    let whole: usize = harmless(text, level).map(|c| unit.of(c)).sum();
    let mut left = if whole <= room { room } else { room.saturating_sub(unit.of(MARK)) };
    let mut written = around.head.clone();
    let mut rest = harmless(text, level);
    let mut n_cut = 0;
    for c in rest.by_ref() {
        match left.checked_sub(unit.of(c)) {
            Some(less) => left = less,
            None => {
                n_cut = 1;
                break;
            }
        }
        written.push(c);
    }
    n_cut += rest.count();
    if n_cut > 0 && room >= unit.of(MARK) {
        written.push(MARK);
    }
    written.push_str(&around.tail);
    Ok(Fitted { text: written, n_cut })
}

/// A text that is cut by itself.
pub(super) fn short(text: &str, level: Level, unit: Unit, limit: usize) -> Result<Fitted, PayloadError> {
    let one: String = text.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    fit(&Around::default(), &one, level, unit, limit)
}

/// The lines below a text, each with a mark before it.
pub(super) fn lines(note: &Note<'_>, mark: &str, level: Level) -> String {
    let colon = words::COLON.get(note.language);
    let one = |(label, value): &(&str, &str)| {
        format!("\n{mark}{}{colon}{}", line(label, level), line(value, level))
    };
    note.lines.iter().map(one).collect()
}

/// The words of a note and how they are to be read.
pub(super) fn wording<'a>(note: &Note<'a>, plain: Level) -> (&'a str, Level) {
    match note.text {
        Wording::Plain(text) => (text, plain),
        Wording::Markdown(text) if plain == Level::Markdown => (text, Level::Trusted),
        Wording::Markdown(text) => (text, Level::Tags),
    }
}

/// An address, with what markup would read written as `%..`.
pub(super) fn address(link: &str) -> Result<String, PayloadError> {
    if link.len() > MAX_LINK_BYTES {
        return Err(PayloadError::TooLong { field: "link", size: link.len(), limit: MAX_LINK_BYTES });
    }
    let host = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    let named = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    if !named || link.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(PayloadError::BadLink);
    }
    let mut out = String::with_capacity(link.len());
    for c in link.chars() {
        match c {
            '(' | ')' | '[' | ']' | '<' | '>' | '"' | '\'' | '`' | '\\' | '|' | '*' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

/// The people of a list, each an id that can stand in markup; at most so many.
pub(super) fn people<'a>(ids: &[&'a str], limit: usize) -> Result<Vec<&'a str>, PayloadError> {
    if ids.len() > limit {
        return Err(PayloadError::TooMany { n: ids.len(), limit });
    }
    let good = |id: &str| {
        let plain = id.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'$' | b'+' | b'=')
        });
        plain && !id.is_empty() && id.len() <= MAX_PERSON_BYTES && !id.starts_with('@') && id != "all"
    };
    let bad = ids.iter().find(|id| !good(id));
    match bad {
        Some(id) => Err(PayloadError::BadPerson { id: id.chars().take(MAX_PERSON_BYTES).collect() }),
        None => Ok(ids.to_vec()),
    }
}

/// The people that a note mentions; none where it mentions everybody.
pub(super) fn mentioned<'a>(note: &Note<'a>, limit: usize) -> Result<Vec<&'a str>, PayloadError> {
    match note.mention {
        Mention::People(ids) => people(ids, limit),
        Mention::All | Mention::Nobody => Ok(Vec::new()),
    }
}

/// Adds a key to a JSON object.
pub(super) fn put(body: &mut Json, key: &str, value: Json) {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

/// Text that must be there.
pub(super) fn required<'a>(field: &'static str, text: &'a str) -> Result<&'a str, PayloadError> {
    if text.trim().is_empty() { Err(PayloadError::Missing { field }) } else { Ok(text) }
}
