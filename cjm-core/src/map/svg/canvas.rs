//! The pencil: SVG elements written with attributes alone, so that any content security policy lets them be.
//!
//! Answers: how a line, a box or a text is written. Does not know: what is drawn.

use std::fmt::{self, Write};

use crate::map::escape;

/// A length in pixels with at most one digit after the point; what is not finite is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round() } else { 0.0 };
        let shown = tenths / 10.0 + 0.0;
        if shown.fract() == 0.0 { write!(f, "{shown:.0}") } else { write!(f, "{shown:.1}") }
    }
}

/// A point of the sheet.
pub(super) type Point = (f64, f64);

/// A box of the sheet: left, top, width, height.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) fill: &'static str,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    /// A white edge that keeps the text readable over lines.
    pub(super) halo: bool,
}

impl Face {
    pub(super) const fn new(size: f64, fill: &'static str) -> Self {
        Self { size, bold: false, fill, anchor: "start", halo: false }
    }

    pub(super) const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub(super) const fn anchored(mut self, anchor: &'static str) -> Self {
        self.anchor = anchor;
        self
    }

    pub(super) const fn with_halo(mut self) -> Self {
        self.halo = true;
        self
    }

    /// Distance from line to line.
    pub(super) const fn leading(&self) -> f64 {
        self.size * 1.35
    }
}

/// The elements written so far.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// Markup made by this module's users from fixed words and [`Px`] alone.
    pub(super) fn raw(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a String can not fail.
        let _ = self.out.write_fmt(markup);
        self.out.push('\n');
    }

    /// Opens a group that tells its title when pointed at.
    pub(super) fn open_group(&mut self, class: &'static str, title: &str) {
        self.raw(format_args!("<g class=\"{class}\"><title>{}</title>", escape::xml(title)));
    }

    pub(super) fn close_group(&mut self) {
        self.raw(format_args!("</g>"));
    }

    /// A box; `look` holds fixed attributes.
    pub(super) fn rect(&mut self, r: Rect, radius: f64, look: &str) {
        let Rect { x, y, width, height } = r;
        self.raw(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" {look}/>",
            Px(x),
            Px(y),
            Px(width),
            Px(height),
            Px(radius)
        ));
    }

    pub(super) fn line(&mut self, a: Point, b: Point, look: &str) {
        self.raw(format_args!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {look}/>",
            Px(a.0),
            Px(a.1),
            Px(b.0),
            Px(b.1)
        ));
    }

    pub(super) fn circle(&mut self, at: Point, radius: f64, look: &str) {
        self.raw(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {look}/>",
            Px(at.0),
            Px(at.1),
            Px(radius)
        ));
    }

    pub(super) fn path(&mut self, d: &str, look: &str) {
        self.raw(format_args!("<path d=\"{d}\" {look}/>"));
    }

    /// One line of text with its baseline at `at`.
    pub(super) fn text(&mut self, at: Point, face: Face, text: &str) {
        let weight = if face.bold { " font-weight=\"600\"" } else { "" };
        let anchor = match face.anchor {
            "start" => String::new(),
            other => format!(" text-anchor=\"{other}\""),
        };
        let halo = if face.halo {
            " stroke=\"#ffffff\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
        } else {
            ""
        };
        self.raw(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{weight}{anchor}{halo}>{}</text>",
            Px(at.0),
            Px(at.1),
            Px(face.size),
            face.fill,
            escape::xml(text)
        ));
    }

    /// Lines of text from a first baseline downwards.
    pub(super) fn lines(&mut self, at: Point, face: Face, lines: &[String]) {
        let mut y = at.1;
        for line in lines {
            self.text((at.0, y), face, line);
            y += face.leading();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_and_never_wild() {
        for (x, shown) in
            [(1.0, "1"), (1.25, "1.3"), (-0.01, "0"), (f64::NAN, "0"), (f64::INFINITY, "0"), (-2.5, "-2.5")]
        {
            assert_eq!(Px(x).to_string(), shown);
        }
    }
}
