//! `cjm explain`: why a rule did or did not act on one customer of a log.
//!
//! Answers: the explanation to read, or as JSON. Does not know: how it is found out.

use cjm_core::base::zone::parse_instant;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::event::EventLog;
use cjm_core::{Blueprint, Plan, Timestamp, Zone};

use crate::args::{Explain, OneCustomer, StudyFormat};
use crate::documents;
use crate::events;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;

/// A blueprint, its events, one customer and an instant.
pub(super) struct Asked {
    pub(super) blueprint: Blueprint,
    pub(super) plan: Plan,
    pub(super) log: EventLog,
    pub(super) customer: IdentityKey,
    pub(super) at: Option<Timestamp>,
}

/// Explains and writes.
pub(crate) fn run(args: &Explain, host: &mut Host<'_>) -> Result<(), Failure> {
    let asked = asked(&args.one, host)?;
    let Asked { blueprint, plan, log, customer, at } = &asked;
    let told = plan.explain_log(log, customer, &args.rule, *at)?;
    let text = match args.one.format {
        StudyFormat::Text => told.text(plan, host.language_of(blueprint.document())),
        StudyFormat::Json => files::json(&told)?,
    };
    files::put(host, args.one.out.as_ref(), &text)
}

/// What a command about one customer of a log names.
pub(super) fn asked(args: &OneCustomer, host: &mut Host<'_>) -> Result<Asked, Failure> {
    let blueprint = documents::usable(&args.blueprint)?;
    let document = blueprint.document();
    let (kind, value) = match (&args.who, &args.customer_id) {
        (Some((kind, value)), _) => (kind.clone(), value.clone()),
        (None, value) => {
            let first = document.identities.first().map_or("customer", |kind| kind.id.as_str());
            (first.to_owned(), value.clone().unwrap_or_default())
        }
    };
    let zone = document.zone.clone().unwrap_or_else(Zone::utc);
    let at = args.at.as_deref().map(|text| {
        parse_instant(text, Some(&zone)).map_err(|error| Failure::Usage(format!("`--at {text}`: {error}")))
    });
    let at = at.transpose()?;
    let log = events::read(&args.events, &args.columns, Some(document), host)?;
    let plan = blueprint.compile()?;
    let customer = IdentityKey { kind: kind.into(), value: value.into() };
    Ok(Asked { blueprint, plan, log, customer, at })
}
