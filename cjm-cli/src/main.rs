//! The `cjm` program: hands its words to the library and ends with its code.

use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let progress = stderr.is_terminal();
    let (mut out, mut err) = (std::io::BufWriter::new(stdout.lock()), stderr);
    let mut host =
        cjm_cli::Host::new(&mut out, &mut err).language(cjm_cli::language_of_env()).progress(progress);
    let code = cjm_cli::run(std::env::args_os(), &mut host);
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
