//! Running other programs, and where the project stands on disk.
//!
//! Answers: whether a command went well. Does not know: what any command is for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a task gives back: nothing, or one clear line.
pub(crate) type Done = Result<(), String>;

/// The project's top folder.
pub(crate) fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let own = own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    own.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// A cargo command at the project's top.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command with its output on the screen.
pub(crate) fn run(mut command: Command) -> Done {
    let line = shown(&command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` ended with {status}")),
        Err(error) => Err(format!("`{line}` did not start: {error}")),
    }
}

/// What a command writes to stdout; its stderr goes to the screen.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let line = shown(&command);
    let out = command.stderr(Stdio::inherit()).output();
    let out = out.map_err(|error| format!("`{line}` did not start: {error}"))?;
    if !out.status.success() {
        return Err(format!("`{line}` ended with {}", out.status));
    }
    String::from_utf8(out.stdout).map_err(|_| format!("`{line}` wrote something that is not text"))
}

/// Where a program stands on PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
