//! Drawings as SVG text: shapes with numbers and class names from code, words always escaped.
//!
//! Answers: a small canvas and the one escape of the report.
//! Does not know: what is drawn, colours (the style sheet has them).

pub(super) mod bars;
pub(super) mod moves;

use std::fmt::Write;

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    End,
}

/// An SVG in the making. Only [`escape`]d words and numbers get in; class names are literals of the code.
pub(super) struct Svg {
    out: String,
}

impl Svg {
    /// An image with words for those who can not see it.
    pub(super) fn new(width: f64, height: f64, class: &'static str, label: &str) -> Self {
        let mut out = String::with_capacity(4096);
        let (w, h) = (fixed(width), fixed(height));
        _ = write!(
            out,
            r#"<svg class="{class}" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label=""#
        );
        escape(&mut out, label);
        out.push_str(r#"">"#);
        Self { out }
    }

    /// A decoration that stretches with its box; the words beside it say the same.
    pub(super) fn stretched(height: f64, class: &'static str) -> Self {
        let h = fixed(height);
        let out = format!(
            r#"<svg class="{class}" viewBox="0 0 1000 {h}" preserveAspectRatio="none" aria-hidden="true">"#
        );
        Self { out }
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, class: &'static str) {
        let (x, y, w, h) = (fixed(x), fixed(y), fixed(width.max(0.0)), fixed(height.max(0.0)));
        _ = write!(self.out, r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}"/>"#);
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &'static str) {
        let (x1, y1, x2, y2) = (fixed(from.0), fixed(from.1), fixed(to.0), fixed(to.1));
        _ = write!(self.out, r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#);
    }

    /// A band that leaves `from` (x, top, bottom) level and reaches `to` level.
    pub(super) fn ribbon(
        &mut self,
        from: (f64, f64, f64),
        to: (f64, f64, f64),
        class: &'static str,
        tip: &str,
    ) {
        let middle = fixed((from.0 + to.0) / 2.0);
        let [x1, a1, b1, x2, a2, b2] = [from.0, from.1, from.2, to.0, to.1, to.2].map(fixed);
        let there = format!("M{x1},{a1}C{middle},{a1} {middle},{a2} {x2},{a2}");
        let back = format!("L{x2},{b2}C{middle},{b2} {middle},{b1} {x1},{b1}Z");
        _ = write!(self.out, r#"<path class="{class}" d="{there}{back}"><title>"#);
        escape(&mut self.out, tip);
        self.out.push_str("</title></path>");
    }

    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &'static str, words: &str) {
        self.text_with_tip(at, anchor, class, words, words);
    }

    /// Text that may be cut, with the whole of it as a tip.
    pub(super) fn text_with_tip(
        &mut self,
        at: (f64, f64),
        anchor: Anchor,
        class: &'static str,
        words: &str,
        whole: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::End => "end",
        };
        let (x, y) = (fixed(at.0), fixed(at.1));
        _ = write!(self.out, r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">"#);
        if words != whole {
            self.out.push_str("<title>");
            escape(&mut self.out, whole);
            self.out.push_str("</title>");
        }
        escape(&mut self.out, words);
        self.out.push_str("</text>");
    }

    pub(super) fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// Appends `text` so that an HTML or SVG parser reads back exactly that text, in content and in quoted attributes.
/// NUL, which no HTML document can hold, becomes U+FFFD.
pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\r' => out.push_str("&#13;"),
            '\0' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
}

/// A coordinate with one decimal; what is no number draws at 0.
fn fixed(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
