//! `cjm map`: journey maps in the forms that other tools read, and back from Mermaid.
//!
//! Answers: the map or maps as text. Does not know: how any form is written.

use std::path::Path;

use cjm_core::blueprint::model::Document;
use cjm_core::map::{JourneyMap, mermaid};
use cjm_core::{Blueprint, Error, ErrorCode};

use crate::args::{Map, MapFormat};
use crate::documents;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::words;

/// Draws one map or all.
pub(crate) fn run(args: &Map, host: &mut Host<'_>) -> Result<(), Failure> {
    if let Some(path) = &args.import {
        return import(args, path, host);
    }
    let Some(path) = &args.blueprint else {
        return Err(Failure::Usage("name a blueprint, or a Mermaid file with `--import`".to_owned()));
    };
    let blueprint = documents::usable(path)?;
    let language = host.language_of(blueprint.document());
    let maps: Vec<JourneyMap<'_>> = chosen(&blueprint, args.journey.as_deref(), host)?
        .into_iter()
        .map(|map| map.in_language(language))
        .collect();
    if maps.len() > 1 && args.format == MapFormat::Svg {
        return Err(Failure::Usage(words::ONE_AT_A_TIME.say(host.language, &[&ids(&maps)])));
    }
    let texts: Result<Vec<String>, Error> = maps.iter().map(|map| write(map, args.format)).collect();
    files::put(host, args.out.as_ref(), &joined(&texts?, args.format))
}

/// The map of that id, or all.
fn chosen<'a>(
    blueprint: &'a Blueprint,
    id: Option<&str>,
    host: &Host<'_>,
) -> Result<Vec<JourneyMap<'a>>, Failure> {
    let all = blueprint.journeys();
    if all.is_empty() {
        return Err(Failure::Engine(Error::new(
            ErrorCode::NotFound,
            words::NO_JOURNEYS.say(host.language, &[]),
        )));
    }
    let Some(id) = id else { return Ok(all) };
    match blueprint.journey(id) {
        Some(map) => Ok(vec![map]),
        None => Err(Failure::Usage(words::NO_JOURNEY.say(host.language, &[id, &ids(&all)]))),
    }
}

fn ids(maps: &[JourneyMap<'_>]) -> String {
    maps.iter().map(JourneyMap::id).collect::<Vec<_>>().join(", ")
}

fn write(map: &JourneyMap<'_>, format: MapFormat) -> Result<String, Error> {
    match format {
        MapFormat::Mermaid => Ok(map.to_mermaid()),
        MapFormat::Flowchart => map.to_flowchart(),
        MapFormat::Dot => map.to_dot(),
        MapFormat::Svg => Ok(map.to_svg()),
        MapFormat::Json => map.to_json(),
    }
}

/// Several maps one after another; as JSON a list.
fn joined(texts: &[String], format: MapFormat) -> String {
    match (format, texts) {
        (_, [one]) => one.clone(),
        (MapFormat::Json, all) => {
            format!("[{}]", all.iter().map(|t| t.trim_end()).collect::<Vec<_>>().join(",\n"))
        }
        (_, all) => all.join("\n"),
    }
}

/// A blueprint that holds nothing but the map of a Mermaid `journey` diagram.
fn import(args: &Map, path: &Path, host: &mut Host<'_>) -> Result<(), Failure> {
    let name = path.display().to_string();
    let read = mermaid::read(&files::read(path)?)
        .map_err(|error| Error::new(ErrorCode::Format, format!("`{name}`: {error}")))?;
    let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let journey = read.to_journey(&id);
    let document =
        Document { cjm: 1, id: journey.id.clone(), journeys: vec![journey], ..Document::default() };
    files::put(host, args.out.as_ref(), &Blueprint::from_document(document).to_yaml()?)
}
