//! A study as the commands need it: blueprint and events in, tables and a report out.
//!
//! Answers: the study of the files that a command line names. Does not know: what is computed or drawn.

use std::path::Path;

use cjm_core::base::zone::parse_instant;
use cjm_core::event::EventLog;
use cjm_core::report::{self, BadRows, ReportOptions};
use cjm_core::{Blueprint, IdentityView, Language, Study, StudyOptions};

use crate::args::{Identity, Input};
use crate::documents;
use crate::events;
use crate::failure::Failure;
use crate::host::Host;
use crate::words;

/// A study and what it rests on.
pub(crate) struct Studied {
    /// The blueprint.
    pub(crate) blueprint: Blueprint,
    /// The events.
    pub(crate) log: EventLog,
    /// Every table.
    pub(crate) study: Study,
    /// What the events are called.
    pub(crate) source: String,
}

/// Studies what the command line names.
pub(crate) fn of(input: &Input, host: &mut Host<'_>) -> Result<Studied, Failure> {
    let blueprint = documents::usable(&input.blueprint)?;
    let log = events::read(&input.events, &input.columns, Some(blueprint.document()), host)?;
    let zone = blueprint.document().zone.as_ref();
    let until = input.until.as_deref().map(|text| {
        parse_instant(text, zone).map_err(|error| Failure::Usage(format!("`--until {text}`: {error}")))
    });
    let identity = match input.identity_view {
        Identity::Final => IdentityView::Final,
        Identity::AsKnown => IdentityView::AsKnown,
    };
    let options = StudyOptions { by: input.by.clone(), until: until.transpose()?, identity };
    let study = blueprint.study(&log, &options)?;
    say_left_out(study.tables().summary.left_out, host)?;
    Ok(Studied { blueprint, log, study, source: name(&input.events) })
}

impl Studied {
    /// A summary to read on a terminal.
    pub(crate) fn text(&self, language: Language) -> String {
        report::text(self.blueprint.document(), self.study.tables(), language)
    }

    /// The report as one HTML document.
    pub(crate) fn html(&self, language: Language) -> Result<String, Failure> {
        let options = ReportOptions {
            language,
            title: None,
            source: Some(self.source.clone()),
            bad_rows: BadRows::of(&self.log, language),
        };
        Ok(report::html(self.blueprint.document(), self.study.tables(), &options)?)
    }
}

/// Says how many events lie after the instant up to which was looked.
pub(crate) fn say_left_out(n: u64, host: &mut Host<'_>) -> Result<(), Failure> {
    if n == 0 {
        return Ok(());
    }
    host.complain(&words::LATER_LEFT_OUT.say(host.language, &[&n.to_string()]))
}

/// The last part of a path: what a file is called in a report.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
