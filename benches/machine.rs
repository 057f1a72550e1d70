//! The machine that measured.
//!
//! Answers: its name in one line, the memory of this process. Does not know: anything that `/proc` does not say.

use std::fs::read_to_string;

/// Processor, cores, memory and system in one line; what can not be told is left out.
pub fn name() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = kib("/proc/meminfo", "MemTotal").map(|kib| format!(", {:.0} GiB", kib as f64 / 1_048_576.0));
    format!("{processor}, {cores} cores{}, {}", memory.unwrap_or_default(), std::env::consts::OS)
}

/// Memory that this process holds now, in MB (10^6 bytes); `None` where `/proc` does not say.
pub fn resident_mb() -> Option<f64> {
    kib("/proc/self/status", "VmRSS").map(|kib| kib as f64 * 1024.0 / 1e6)
}

/// The most memory that this process ever held, in MB.
pub fn peak_mb() -> Option<f64> {
    kib("/proc/self/status", "VmHWM").map(|kib| kib as f64 * 1024.0 / 1e6)
}

fn kib(file: &str, key: &str) -> Option<u64> {
    field(file, key)?.split_whitespace().next()?.parse().ok()
}

fn field(file: &str, key: &str) -> Option<String> {
    let text = read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
