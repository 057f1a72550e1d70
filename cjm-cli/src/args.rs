//! The words of the command line: every command, every flag, and help that teaches.
//!
//! Answers: what was asked for, as plain data. Does not know: how any command does it.

use std::ffi::OsString;
use std::path::PathBuf;

use cjm_core::Language;
use clap::{Args, CommandFactory, Parser, Subcommand};

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
    /// Try a condition
    #[command(after_help = "\
Examples:
  cjm eval 'event.amount > 100 && customer.tier == \"gold\"' --with '{\"event\": {\"amount\": 120}, \"customer\": {\"tier\": \"gold\"}}'
  cjm eval 'duration(\"90m\") > duration(\"1h\")'

A condition that can not be read, or that ends in an error, exits 1.")]
    Eval(Eval),
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
