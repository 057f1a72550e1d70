//! `cjm atlas`: many maps side by side.
//!
//! Answers: what maps share and how their stages compare, as text tables or JSON. Does not know: customers.

use cjm_core::Language;
use cjm_core::map::atlas::{Atlas, AtlasTables, CommonRow, SameBy};

use crate::args::{self, StudyFormat};
use crate::documents;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::table::{Align, lines};
use crate::words::{self, Phrase};

/// Compares the maps of all blueprints.
pub(crate) fn run(args: &args::Atlas, host: &mut Host<'_>) -> Result<(), Failure> {
    let blueprints =
        args.blueprints.iter().map(|path| documents::usable(path)).collect::<Result<Vec<_>, _>>()?;
    let tables = Atlas::of(blueprints.iter().map(|b| b.document()), host.language).tables();
    let text = match args.format {
        StudyFormat::Json => files::json(&tables)?,
        StudyFormat::Text => text(&tables, host.language),
    };
    files::put(host, args.out.as_ref(), &text)
}

fn text(tables: &AtlasTables, language: Language) -> String {
    let mut text = stages(tables, language);
    for (title, rows) in [
        (words::SHARED, &tables.shared),
        (words::COMMON_PAINS, &tables.pains),
        (words::COMMON_OPPORTUNITIES, &tables.opportunities),
    ] {
        text.push_str(&format!("\n{}\n", title.say(language, &[])));
        text.push_str(&common(rows, language));
    }
    text
}

fn stages(tables: &AtlasTables, language: Language) -> String {
    let head = [
        (words::JOURNEY, Align::Left),
        (words::STAGE, Align::Left),
        (words::TOUCHPOINTS, Align::Right),
        (words::DIGITAL, Align::Right),
        (words::PHYSICAL, Align::Right),
        (words::PAINS, Align::Right),
        (words::OPPORTUNITIES, Align::Right),
        (words::EXPECTED, Align::Right),
        (words::OWNERS, Align::Left),
    ];
    let rows: Vec<Vec<String>> = tables
        .stages
        .iter()
        .map(|row| {
            let counts = [row.touchpoints, row.digital, row.physical, row.pains, row.opportunities];
            let expected = row.expected.map_or_else(|| "-".to_owned(), |e| format!("{e:.2}"));
            let stage = if row.title.is_empty() { row.stage.clone() } else { row.title.clone() };
            let mut cells = vec![format!("{}/{}", row.blueprint, row.journey), stage];
            cells.extend(counts.map(|n| n.to_string()));
            cells.extend([expected, row.owners.join(", ")]);
            cells
        })
        .collect();
    table(&head, &rows, language)
}

fn common(rows: &[CommonRow], language: Language) -> String {
    if rows.is_empty() {
        return format!("{}\n", words::NOTHING_IN_COMMON.say(language, &[]));
    }
    let head = [(words::MAPS, Align::Right), (words::SAME, Align::Left), (words::WHERE, Align::Left)];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let same = format!("{} {}", same_by(row.by).say(language, &[]), row.key);
            let places = row.places.iter().map(|p| format!("{}/{}/{}", p.blueprint, p.journey, p.touchpoint));
            vec![row.maps.to_string(), same, places.collect::<Vec<_>>().join(", ")]
        })
        .collect();
    table(&head, &rows, language)
}

fn same_by(by: SameBy) -> Phrase {
    match by {
        SameBy::Event => words::SAME_EVENT,
        SameBy::Id => words::SAME_ID,
        SameBy::Text => words::SAME_TEXT,
        SameBy::Channel => words::SAME_CHANNEL,
    }
}

fn table(head: &[(Phrase, Align)], rows: &[Vec<String>], language: Language) -> String {
    let names: Vec<String> = head.iter().map(|(name, _)| name.say(language, &[])).collect();
    let head: Vec<(&str, Align)> =
        names.iter().map(String::as_str).zip(head.iter().map(|(_, a)| *a)).collect();
    lines(&head, rows)
}
