//! `benches/RESULTS.md`: one section per bench program, each replaced by the program that owns it.
//!
//! Answers: where figures are kept and how they look. Does not know: what they mean.

use std::fmt::Write;
use std::path::PathBuf;

use crate::clock::Timed;
use crate::machine;

const HEAD: &str = "# Measured\n\nWritten by `cargo xtask bench`. Machines differ: compare figures of one section, which come from one run.\n";

/// The part of the file that one program owns: a table and what it says about it.
#[derive(Debug, Clone)]
pub struct Section {
    name: String,
    title: String,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Section {
    /// A section: a short name that never changes, a title, the heads of the table's columns.
    pub fn new(name: &str, title: &str, head: &[&str]) -> Self {
        let rows = vec![head.iter().map(|cell| (*cell).to_owned()).collect()];
        Self { name: name.to_owned(), title: title.to_owned(), rows, notes: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&str]) {
        self.rows.push(cells.iter().map(|cell| cell.replace('|', "\\|")).collect());
    }

    /// Adds a row of a name, the first call and the median of five in seconds, and a remark.
    pub fn timed(&mut self, name: &str, time: Timed, remark: &str) {
        self.row(&[name, &seconds(time.first_s), &seconds(time.median_s), remark]);
    }

    /// Adds a line under the table.
    pub fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    /// Prints the section and puts it in the place of its older self in `benches/RESULTS.md`.
    ///
    /// # Errors
    /// When the file can not be read or written.
    pub fn publish(&self) -> std::io::Result<()> {
        let text = self.text();
        println!("{text}");
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("RESULTS.md");
        let before = match std::fs::read_to_string(&file) {
            Ok(before) => before,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => HEAD.to_owned(),
            Err(error) => return Err(error),
        };
        std::fs::write(file, replaced(&before, &self.name, &text))
    }

    fn text(&self) -> String {
        let mut text = format!("## {}\n\nMachine: {}\n\n", self.title, machine::name());
        for (at, row) in self.rows.iter().enumerate() {
            // writing into a String does not fail
            let _ = writeln!(text, "| {} |", row.join(" | "));
            if at == 0 {
                let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
            }
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        text
    }
}

/// Seconds as people read them: three digits.
pub fn seconds(s: f64) -> String {
    match s {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 10.0 => format!("{s:.1} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.0} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.1} us", s * 1e6),
        s => format!("{:.1} ns", s * 1e9),
    }
}

/// The file with one section put in its place, or added at the end.
fn replaced(file: &str, name: &str, section: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let whole = format!("{start}{section}{end}");
    if let Some((before, tail)) = file.split_once(&start)
        && let Some((_, after)) = tail.split_once(&end)
    {
        return format!("{before}{whole}{after}");
    }
    format!("{}\n\n{whole}", file.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{Section, replaced, seconds};

    #[test]
    fn a_section_takes_its_own_place_alone() {
        let file = replaced(&replaced("# Head\n", "a", "one\n"), "b", "two\n");
        let file = replaced(&file, "a", "three\n");
        assert_eq!(file, "# Head\n\n<!-- a -->\nthree\n<!-- /a -->\n\n<!-- b -->\ntwo\n<!-- /b -->\n");
    }

    #[test]
    fn a_section_is_a_table() {
        let mut section = Section::new("x", "Title", &["work", "time"]);
        section.row(&["a|b", &seconds(0.0123)]);
        assert!(
            section.text().contains("| work | time |\n|---|---|\n| a\\|b | 12 ms |\n"),
            "{}",
            section.text()
        );
    }
}
