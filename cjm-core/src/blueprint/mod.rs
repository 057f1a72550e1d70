//! Floor 2: what people write. Reads, holds, writes and compares blueprint documents.
//!
//! Answers: the typed document with the position of every part. Does not know: what any of it does.

mod decode;
mod diff;
mod emit;
pub mod model;
mod parts;
mod paths;
#[cfg(feature = "schema")]
pub mod schema;
mod sink;
mod tree;

use std::fmt;
use std::sync::Arc;

use crate::base::finding::{Finding, Position, Severity};
use crate::error::{Error, Result};

pub use self::diff::{Change, ChangeKind};
pub use self::model::Document;
pub use self::paths::DocPath;
pub use self::sink::MAX_FINDINGS;
pub use self::tree::{MAX_BYTES, MAX_DEPTH, MAX_NODES};

/// A blueprint document with the place of every part in its text.
///
/// Cheap to clone. Two blueprints are equal when their documents are.
///
/// ```
/// let blueprint = cjm_core::Blueprint::from_yaml("cjm: 1\nid: shop\ncurrency: EUR\n")?;
/// assert_eq!(blueprint.document().id, "shop");
/// assert_eq!(blueprint.position("currency").line, 3);
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Blueprint(Arc<Inner>);

struct Inner {
    document: Document,
    /// The text and its tree; absent when the document was made by a program.
    written: Option<Written>,
    /// What reading had to say beside errors.
    warnings: Vec<Finding>,
}

struct Written {
    source: String,
    root: tree::Node,
}

impl Blueprint {
    /// Reads YAML (JSON is YAML too).
    ///
    /// # Errors
    /// [`ErrorCode::Blueprint`](crate::ErrorCode::Blueprint) with every error finding when the text is no blueprint.
    pub fn from_yaml(text: &str) -> Result<Self> {
        let (blueprint, mut findings) = Self::read(text);
        blueprint.ok_or_else(|| {
            findings.retain(|f| f.severity() == Severity::Error);
            Error::of_findings(findings)
        })
    }

    /// Reads JSON; YAML that is no JSON is refused.
    ///
    /// # Errors
    /// As [`Blueprint::from_yaml`].
    pub fn from_json(text: &str) -> Result<Self> {
        use crate::base::catalogue::blueprint::SYNTAX;
        match serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}')) {
            Ok(_) => Self::from_yaml(text),
            Err(error) => {
                let at = Position { line: error.line() as u32, column: error.column() as u32 };
                let reason = error.to_string().replace('`', "'");
                Err(Error::of_findings(vec![Finding::new(&SYNTAX, "", at).with("reason", reason)]))
            }
        }
    }

    /// Reads YAML or JSON, whichever it is.
    ///
    /// # Errors
    /// As [`Blueprint::from_yaml`].
    pub fn parse(text: &str) -> Result<Self> {
        Self::from_yaml(text)
    }

    /// Reads YAML or JSON and says everything there is to say: the blueprint when no finding is an error,
    /// and all findings by line and column.
    pub fn read(text: &str) -> (Option<Self>, Vec<Finding>) {
        let mut sink = sink::Sink::default();
        let root = tree::read(text, &mut sink);
        let document = root.as_ref().map(|root| decode::document(text, root, &mut sink));
        let usable = !sink.has_errors();
        let findings = sink.finish();
        let blueprint = root.zip(document).filter(|_| usable).map(|(root, document)| {
            let written = Some(Written { source: text.to_owned(), root });
            Self(Arc::new(Inner { document, written, warnings: findings.clone() }))
        });
        (blueprint, findings)
    }

    /// A blueprint of a document that a program made; it has no positions.
    pub fn from_document(document: Document) -> Self {
        Self(Arc::new(Inner { document, written: None, warnings: Vec::new() }))
    }

    /// What the document says.
    pub fn document(&self) -> &Document {
        &self.0.document
    }

    /// The text it was read from; `None` when a program made it.
    pub fn source(&self) -> Option<&str> {
        self.0.written.as_ref().map(|w| w.source.as_str())
    }

    /// Warnings and hints of reading, by line and column.
    pub fn warnings(&self) -> &[Finding] {
        &self.0.warnings
    }

    /// Where a part begins; the nearest part around it when it is not written. See [`DocPath`] for paths.
    pub fn position(&self, path: &str) -> Position {
        self.0.written.as_ref().map_or_else(Position::default, |w| paths::resolve(&w.root, path).0.position)
    }

    /// Where the key of a part stands; of an item of a list, where the item begins.
    pub fn position_of_key(&self, path: &str) -> Position {
        self.0.written.as_ref().map_or_else(Position::default, |w| paths::resolve(&w.root, path).1)
    }

    /// Where a byte of a scalar's text stands: the place of an error inside an expression.
    ///
    /// Exact in plain, quoted and literal (`|`) scalars; of a folded one (`>`) the line is exact and the column is
    /// that of the line's first character.
    pub fn position_in(&self, path: &str, byte_offset: usize) -> Position {
        let place = |w: &Written| paths::inside(&w.source, paths::resolve(&w.root, path).0, byte_offset);
        self.0.written.as_ref().map_or_else(Position::default, place)
    }
}

impl PartialEq for Blueprint {
    fn eq(&self, other: &Self) -> bool {
        self.0.document == other.0.document
    }
}

impl fmt::Debug for Blueprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blueprint").field(&self.0.document.id).finish()
    }
}

#[cfg(test)]
mod tests;
