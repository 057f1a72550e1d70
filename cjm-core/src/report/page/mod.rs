//! The page: gathers rows into what the template shows and renders it.
//!
//! Answers: which sections there are, in which order. Does not know: how a figure reads, how a drawing is made.

mod cuts;
mod head;
mod journey;
mod pains;
mod people;
mod quality;
mod table;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use sha2::{Digest, Sha256};

use super::ReportOptions;
use super::names::Names;
use super::say::Say;
use super::svg;
use crate::base::catalogue::words;
use crate::base::zone::Zone;
use crate::blueprint::model::Document;
use crate::error::{Error, ErrorCode, Result};
use crate::insight::rows::{Group, StudyTables};

const PAGE: &str = include_str!("page.html");
const PARTS: &str = include_str!("parts.html");
const STYLE: &str = include_str!("page.css");

/// Everything the sections draw from.
struct View<'a> {
    document: &'a Document,
    tables: &'a StudyTables,
    options: &'a ReportOptions,
    names: Names<'a>,
    say: Say,
}

pub(super) fn render(document: &Document, tables: &StudyTables, options: &ReportOptions) -> Result<String> {
    let zone = document.zone.clone().unwrap_or_else(Zone::utc);
    let view = View {
        document,
        tables,
        options,
        names: Names::new(document, options.language),
        say: Say::new(options.language, zone),
    };
    let failed = |e: minijinja::Error| Error::new(ErrorCode::Format, format!("the report failed: {e:#}"));
    let environment = environment().map_err(failed)?;
    environment.get_template("page.html").and_then(|t| t.render(view.context())).map_err(failed)
}

fn environment() -> std::result::Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.remove_filter("safe");
    environment.set_formatter(|out, _, value| {
        let mut text = String::new();
        match value.as_str() {
            Some(words) if value.is_safe() => text.push_str(words),
            Some(words) => svg::escape(&mut text, words),
            None => svg::escape(&mut text, &value.to_string()),
        }
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment.add_template("parts.html", PARTS)?;
    environment.add_template("page.html", PAGE)?;
    Ok(environment)
}

impl View<'_> {
    fn context(&self) -> Value {
        let journeys = self.journeys();
        let words = words::ALL.iter().map(|(key, words)| (*key, words.get(self.say.language)));
        context! {
            w => Value::from_pairs(words),
            lang => if self.say.language == crate::Language::Zh { "zh-CN" } else { "en" },
            style => Value::from_safe_string(STYLE.to_owned()),
            style_hash => base64(&Sha256::digest(STYLE.as_bytes())),
            head => self.head(),
            figures => self.figures(),
            lead => self.lead(),
            pains => self.worst_pains(),
            more_pains => self.more_pains(),
            journeys => journeys,
            lifecycle => self.lifecycle(),
            losses => self.losses(),
            scores => self.scores(),
            cuts => self.cuts(),
            quality => self.quality(),
            method => self.method(),
        }
    }

    /// Journey ids in the order shown: as the blueprint has them, then those only the study knows.
    fn journey_ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.document.journeys.iter().map(|j| j.id.as_str()).collect();
        for row in &self.tables.journeys {
            if !ids.contains(&row.journey.as_str()) {
                ids.push(&row.journey);
            }
        }
        ids
    }
}

/// Whether a row speaks of everyone.
fn everyone(group: &Group) -> bool {
    group.by.is_none()
}

/// A drawing made by this crate's canvas, which escapes what it is given.
fn drawing(svg: String) -> Value {
    Value::from_safe_string(svg)
}

/// Standard base64, for the hash that the content security policy names.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, b| (word << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let six = (word >> (18 - 6 * i)) & 63;
            let letter = LETTERS.get(six as usize).copied().unwrap_or(b'A');
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_pads() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
