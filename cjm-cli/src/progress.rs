//! Progress bars of long reads: on stderr, and only when it is a terminal.
//!
//! Answers: how a read comes along. Does not know: what is read.

use cjm_io::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::host::Host;

/// The bar of one read; nothing is drawn for a host without a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows once the first progress is known.
    pub(crate) fn new(host: &Host<'_>) -> Self {
        let bar = ProgressBar::with_draw_target(None, target(host));
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Moves the bar.
    pub(crate) fn at(&self, progress: Progress) {
        if let Some(total) = progress.total_bytes {
            self.0.set_length(total);
        }
        self.0.set_position(progress.bytes);
        self.0.set_message(progress.rows.to_string());
    }

    /// Takes the bar off the screen.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

fn target(host: &Host<'_>) -> ProgressDrawTarget {
    if host.progress { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() }
}
