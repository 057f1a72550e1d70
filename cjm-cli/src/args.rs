//! The words of the command line: every command, every flag, and help that teaches.
//!
//! Answers: what was asked for, as plain data. Does not know: how any command does it.

use std::ffi::OsString;
use std::path::PathBuf;

use cjm_core::Language;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::chinese;

/// Customer journeys from one blueprint file: check it, draw it, study events with it
#[derive(Debug, Parser)]
#[command(name = "cjm", version, disable_help_subcommand = true, after_help = TOUR)]
pub(crate) struct Cli {
    /// Language of messages and reports: en or zh (else that of the environment; of a report, the blueprint's)
    #[arg(long, global = true, value_name = "TAG", value_parser = language)]
    pub(crate) language: Option<Language>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const TOUR: &str = "\
A first look:
  cjm demo                                          simulated customers, a study and a report
  cjm check restaurant.yaml                         every finding with its place and what to do
  cjm map restaurant.yaml --format svg > map.svg    the map as a picture
  cjm report --blueprint shop.yaml events.csv.gz --customer user_id --event event --time timestamp --out r.html

Exit codes: 0 done, 1 what was looked at has errors, 2 the command line makes no sense, 3 a file could not be read or written.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find everything that is wrong with a blueprint
    #[command(after_help = "\
Examples:
  cjm check restaurant.yaml
  cjm check restaurant.yaml --json | jq '.[].code'")]
    Check(Check),
    /// Print the JSON Schema of the blueprint format, for editors
    #[command(after_help = "\
Example: complete and check blueprints while you type
  cjm schema --out cjm.schema.json
  then write as the first line of the blueprint:  # yaml-language-server: $schema=cjm.schema.json")]
    Schema(Schema),
    /// Write the tracking plan (what to record, when, with which attributes), or check events against it
    #[command(after_help = "\
Examples:
  cjm tracking restaurant.yaml --format md --out tracking.md
  cjm tracking restaurant.yaml --check events.csv.gz --customer member --event event --time time
  cjm tracking --infer events.csv.gz --customer user_id --event event --time timestamp --zone UTC")]
    Tracking(Tracking),
    /// Draw the journey maps of a blueprint
    #[command(after_help = "\
Examples:
  cjm map restaurant.yaml --journey dine_in --format mermaid
  cjm map restaurant.yaml --format svg --out map.svg
  cjm map --import journey.mmd --out draft.yaml")]
    Map(Map),
    /// Study events: stages, touchpoints, lifecycle, emotion curve, pains, losses, deviations
    #[command(after_help = "\
Examples:
  cjm study --blueprint shop.yaml events.parquet --customer user_id --event event --time timestamp
  cjm study --blueprint shop.yaml events.parquet --customer user_id --by persona --format json --out study.json")]
    Study(Study),
    /// Study events and write one self-contained HTML file
    #[command(after_help = "\
Example:
  cjm report --blueprint shop.yaml events.csv.gz --customer user_id --event event --time timestamp --zone UTC --out r.html")]
    Report(Report),
    /// Replay events through a blueprint's rules: what would have been decided, what refused and why
    #[command(after_help = "\
Examples:
  cjm replay --blueprint shop.yaml events.parquet --customer user_id --event event --time timestamp
  cjm replay --blueprint shop.yaml events.jsonl --until end_of_waits --format jsonl --out decisions.jsonl
  cjm replay --blueprint new.yaml --before old.yaml events.jsonl --until end_of_waits")]
    Replay(Replay),
    /// Say why a rule did or did not act on a customer: trigger, conditions, policy, the nearest change
    #[command(after_help = "\
Examples:
  cjm explain --blueprint shop.yaml events.jsonl --customer-id m-1 --rule cart_rescue
  cjm explain --blueprint shop.yaml events.csv --who phone=555 --rule cart_rescue --at 2026-03-01T12:30 --format json")]
    Explain(Explain),
    /// Five lines about a customer for front-line staff: where, last steps, mood, promises, open tickets
    #[command(after_help = "\
Example:
  cjm brief --blueprint shop.yaml events.jsonl --customer-id m-1 --language zh")]
    Brief(Brief),
    /// Run a live engine in a pipe: events as JSON lines in, decisions as JSON lines out
    #[command(after_help = "\
Lines: an event {\"name\", \"time\", \"source\", \"id\", \"identities\": {..}, \"attributes\": {..}}, or
  {\"tick\": TIME}  {\"ack\": DECISION, \"outcome\": \"sent\"}  {\"answer\": SURVEY, \"values\": {..}, \"at\": TIME, \"identities\": {..}}
With --state decisions that nobody acknowledged are printed again at the next start.

Examples:
  cjm simulate restaurant.yaml --customers 20 | cjm run --blueprint restaurant.yaml
  tail -f events.jsonl | cjm run --blueprint shop.yaml --state shop.state > decisions.jsonl")]
    Run(Run),
    /// Say what differs between two blueprints, part by part
    #[command(after_help = "\
Example:
  cjm diff restaurant-2026-10.yaml restaurant-2026-11.yaml")]
    Diff(Diff),
    /// Make up customers who walk a blueprint: for demos, load tests and dry runs
    #[command(after_help = "\
The same seed gives the same events.

Examples:
  cjm simulate restaurant.yaml --customers 2000 --days 90 --seed 7 --out events.jsonl
  cjm simulate restaurant.yaml --format csv | head")]
    Simulate(Simulate),
    /// Simulate, study and report in one go
    #[command(after_help = "\
Example:
  cjm demo --out demo && xdg-open demo/report.html")]
    Demo(Demo),
    /// Try a condition
    #[command(after_help = "\
Examples:
  cjm eval 'event.amount > 100 && customer.tier == \"gold\"' --with '{\"event\": {\"amount\": 120}, \"customer\": {\"tier\": \"gold\"}}'
  cjm eval 'duration(\"90m\") > duration(\"1h\")'

A condition that can not be read, or that ends in an error, exits 1.")]
    Eval(Eval),
    /// Lay many maps side by side: touchpoints they share, common pains and opportunities, stages compared
    #[command(after_help = "\
Example:
  cjm atlas dine_in.yaml delivery.yaml --format json")]
    Atlas(Atlas),
    /// Print completions for a shell
    #[command(after_help = "\
Example:
  cjm completions bash > ~/.local/share/bash-completion/completions/cjm")]
    Completions(Completions),
}

/// `cjm check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Blueprint, YAML or JSON; `-` reads stdin
    #[arg(required = true, value_name = "BLUEPRINT")]
    pub(crate) blueprints: Vec<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `cjm schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `cjm tracking`.
#[derive(Debug, Args)]
pub(crate) struct Tracking {
    /// Blueprint whose tracking plan is meant
    #[arg(required_unless_present = "infer", value_name = "BLUEPRINT")]
    pub(crate) blueprint: Option<PathBuf>,
    /// Events to check against the plan: missing, never filled, unmapped, late
    #[arg(long, value_name = "EVENTS", conflicts_with = "infer")]
    pub(crate) check: Option<PathBuf>,
    /// Events to infer a plan from
    #[arg(long, value_name = "EVENTS", conflicts_with = "blueprint")]
    pub(crate) infer: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: Columns,
    /// Form of the plan
    #[arg(long, default_value = "md")]
    pub(crate) format: PlanFormat,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Forms of a tracking plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// Markdown tables
    Md,
    /// One row per attribute
    Csv,
    /// Everything
    Json,
}

/// `cjm map`.
#[derive(Debug, Args)]
pub(crate) struct Map {
    /// Blueprint whose maps are meant
    #[arg(required_unless_present = "import", value_name = "BLUEPRINT")]
    pub(crate) blueprint: Option<PathBuf>,
    /// One journey by id; all without it
    #[arg(long, value_name = "ID")]
    pub(crate) journey: Option<String>,
    /// Form of the map
    #[arg(long, default_value = "mermaid")]
    pub(crate) format: MapFormat,
    /// Mermaid `journey` text to turn into a blueprint
    #[arg(long, value_name = "FILE", conflicts_with_all = ["blueprint", "journey", "format"])]
    pub(crate) import: Option<PathBuf>,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Forms of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MapFormat {
    /// Mermaid user journey
    Mermaid,
    /// Mermaid flowchart
    Flowchart,
    /// Graphviz
    Dot,
    /// Picture
    Svg,
    /// Data
    Json,
}

/// How the columns of an event file are to be read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Columns of the event file")]
pub(crate) struct Columns {
    /// Column that names the customer
    #[arg(long, value_name = "COLUMN")]
    pub(crate) customer: Option<String>,
    /// Column with the event's name
    #[arg(long, value_name = "COLUMN")]
    pub(crate) event: Option<String>,
    /// Name of every event, for files without such a column
    #[arg(long, value_name = "NAME", conflicts_with = "event")]
    pub(crate) event_name: Option<String>,
    /// Column with the event's time
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// Zone of times that name none, as in UTC or Asia/Shanghai
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Unit of times that are numbers since 1970
    #[arg(long, value_name = "UNIT")]
    pub(crate) time_unit: Option<Unit>,
    /// Column with the source
    #[arg(long, value_name = "COLUMN")]
    pub(crate) source: Option<String>,
    /// Column with the event's id (with the source the idempotency key)
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Column with the channel
    #[arg(long, value_name = "COLUMN")]
    pub(crate) channel: Option<String>,
    /// Column with the order among events at one instant
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sequence: Option<String>,
    /// Column with an identity of a kind; may be given several times
    #[arg(long, value_name = "KIND=COLUMN", value_parser = pair)]
    pub(crate) identity: Vec<(String, String)>,
    /// Of an XES file only the events of this lifecycle transition, as in complete
    #[arg(long, value_name = "NAME")]
    pub(crate) transition: Option<String>,
    /// Encoding of the text, as in windows-1252; without it UTF-8, UTF-16 and GBK are recognised
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Character between the columns of a table, or `tab`; found in the header without it
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// Columns that become attributes, by name; all others without it
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',')]
    pub(crate) attributes: Vec<String>,
    /// Make the first bad row an error
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Units of times that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unit {
    /// Seconds
    S,
    /// Milliseconds
    Ms,
    /// Microseconds
    Us,
    /// Nanoseconds
    Ns,
}

/// `cjm study`.
#[derive(Debug, Args)]
pub(crate) struct Study {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Form of the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: StudyFormat,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Forms of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StudyFormat {
    /// A summary to read
    Text,
    /// Every table
    Json,
}

/// What is studied.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Events: .csv, .jsonl (each also .gz), .parquet, .xes
    #[arg(value_name = "EVENTS")]
    pub(crate) events: PathBuf,
    /// Blueprint with the maps
    #[arg(long, short, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// Cut the tables by persona, scenario, segment or a dimension; may be given several times
    #[arg(long, value_name = "CUT")]
    pub(crate) by: Vec<String>,
    /// Study as of this instant; as of the last event without it
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Since when identities that events link are one customer
    #[arg(long, value_name = "VIEW", default_value = "final")]
    pub(crate) identity_view: Identity,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

/// Since when linked identities are one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Identity {
    /// From the beginning
    Final,
    /// From the event on that links them
    AsKnown,
}

/// `cjm report`.
#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) input: Input,
    /// HTML file to write
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    pub(crate) out: PathBuf,
}

/// `cjm replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Events: .csv, .jsonl (each also .gz), .parquet, .xes
    #[arg(value_name = "EVENTS")]
    pub(crate) events: PathBuf,
    /// Blueprint with the rules
    #[arg(long, short, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// Blueprint of before: tell what is decided differently
    #[arg(long, value_name = "FILE")]
    pub(crate) before: Option<PathBuf>,
    /// Up to when time passes: last_event, end_of_waits or a time
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Form of the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: ReplayFormat,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

/// Forms of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// A summary to read
    Text,
    /// Everything
    Json,
    /// One decision per line
    Jsonl,
}

/// `cjm explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) one: OneCustomer,
    /// Rule
    #[arg(long, value_name = "ID")]
    pub(crate) rule: String,
}

/// `cjm brief`.
#[derive(Debug, Args)]
pub(crate) struct Brief {
    #[command(flatten)]
    pub(crate) one: OneCustomer,
}

/// One customer of a file of events at an instant.
#[derive(Debug, Args)]
pub(crate) struct OneCustomer {
    /// Events: .csv, .jsonl (each also .gz), .parquet, .xes
    #[arg(value_name = "EVENTS")]
    pub(crate) events: PathBuf,
    /// Blueprint with the rules
    #[arg(long, short, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// Customer: the value of the first kind of identity
    #[arg(long, value_name = "VALUE", conflicts_with = "who", required_unless_present = "who")]
    pub(crate) customer_id: Option<String>,
    /// Customer: an identity of any kind
    #[arg(long, value_name = "KIND=VALUE", value_parser = pair)]
    pub(crate) who: Option<(String, String)>,
    /// As of when; the last event without it
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Form of the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: StudyFormat,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

/// `cjm run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Lines of JSON; `-` reads stdin
    #[arg(value_name = "LINES", default_value = "-")]
    pub(crate) events: PathBuf,
    /// Blueprint with the rules
    #[arg(long, short, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// File that keeps the engine: read at the start where there is one, written every 1,000 lines, at ticks and at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Stop at the first line that is refused, undeclared or lacks an attribute
    #[arg(long)]
    pub(crate) strict: bool,
}

/// `cjm diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Blueprint before
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// Blueprint after
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    /// Print the differences as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `cjm simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Blueprint that the customers walk
    #[arg(value_name = "BLUEPRINT")]
    pub(crate) blueprint: PathBuf,
    #[command(flatten)]
    pub(crate) crowd: Crowd,
    /// Form of the events
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<EventFormat>,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Forms of simulated events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventFormat {
    /// One JSON object per line
    Jsonl,
    /// One row per event
    Csv,
}

/// How many customers walk for how long.
#[derive(Debug, Clone, Args)]
pub(crate) struct Crowd {
    /// Customers
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) customers: u32,
    /// Days
    #[arg(long, value_name = "N", default_value_t = 90)]
    pub(crate) days: u32,
    /// Seed: the same seed gives the same events
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// First day
    #[arg(long, value_name = "DATE", default_value = "2026-01-01")]
    pub(crate) start: String,
}

/// `cjm demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Blueprint; the restaurant's without it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) blueprint: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) crowd: Crowd,
    /// Folder to write events.jsonl and report.html into
    #[arg(long, value_name = "FOLDER", default_value = "cjm-demo")]
    pub(crate) out: PathBuf,
}

/// `cjm eval`.
#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The condition
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) expression: String,
    /// The names it may use, as a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) with: String,
    /// Zone that `local(time)` speaks of
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) zone: String,
}

/// `cjm atlas`.
#[derive(Debug, Args)]
pub(crate) struct Atlas {
    /// Blueprints whose maps are laid side by side
    #[arg(required = true, value_name = "BLUEPRINT")]
    pub(crate) blueprints: Vec<PathBuf>,
    /// Form of the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: StudyFormat,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `cjm completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// The command line's grammar, its help in a language.
pub(crate) fn command(language: Language) -> clap::Command {
    match language {
        Language::En => Cli::command(),
        Language::Zh => chinese::help(Cli::command()),
    }
}

/// The language that the words ask for, read before anything else so that help and complaints speak it too.
pub(crate) fn language_asked(words: &[OsString]) -> Option<Language> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).take_while(|w| *w != "--").collect();
    let joined = words.iter().find_map(|word| word.strip_prefix("--language="));
    let apart = words.iter().zip(words.iter().skip(1)).find(|(word, _)| **word == "--language");
    Language::of_tag(joined.or(apart.map(|(_, tag)| *tag))?)
}

fn language(tag: &str) -> Result<Language, String> {
    Language::of_tag(tag).ok_or_else(|| "only `en` and `zh` are spoken".to_owned())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [one]) if one.is_ascii_punctuation() || *one == b'\t' => Ok(*one),
        _ => Err("one character is meant, as in `;`, or `tab`".to_owned()),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((kind, column)) if !kind.is_empty() && !column.is_empty() => {
            Ok((kind.to_owned(), column.to_owned()))
        }
        _ => Err("`KIND=COLUMN` is meant, as in `phone=phone_number`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cli, CommandFactory, Language, OsString, language_asked};

    #[test]
    fn the_grammar_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_language_is_known_before_the_rest() {
        let asked = |words: &[&str]| language_asked(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(asked(&["cjm", "--language", "zh", "check"]), Some(Language::Zh));
        assert_eq!(asked(&["cjm", "check", "--language=en"]), Some(Language::En));
        assert_eq!(asked(&["cjm", "eval", "--", "--language=zh"]), None);
        assert_eq!(asked(&["cjm"]), None);
    }
}
