//! A disk in memory of two layers: what the system was told, and what a power cut leaves of it.
//!
//! Answers: bytes of files, what remains of them when the power goes at any moment, faults at any access. Does not know:
//! databases.

use std::collections::BTreeMap;

use super::story::{next, pick};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Why an access failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    Full,
    Missing,
}

/// A fault to come: from which access on, for how many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) from: usize,
    pub(crate) n: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything that changes a file fails; a write may have been done in part.
    Broken,
    /// Writes that make a file longer fail.
    Full,
    /// Reads fail.
    Unread,
}

/// What a power cut leaves of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// All: a program was killed, the machine runs on.
    Kill,
    /// Nothing.
    Nothing,
    /// All but the last write, which is torn between sectors.
    Torn,
    /// Any of the sectors, in any order; where a file grew, it grew with nought.
    Some,
    /// The same; where a file grew, it grew with whatever lay there.
    Garbage,
}

impl Cut {
    pub(crate) const ALL: [Self; 5] = [Self::Kill, Self::Nothing, Self::Torn, Self::Some, Self::Garbage];
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    bytes: Vec<u8>,
    /// What is safe; none while not even the name is.
    safe: Option<Vec<u8>>,
    /// What came since.
    unsafe_yet: Vec<Change>,
}

/// One access that changed something, to be done again on another disk.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    Create(String),
    Write(String, usize, Vec<u8>),
    Truncate(String, usize),
    Sync(String),
    /// Whether it is safe at once.
    Delete(String, bool),
}

/// A disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    pub(crate) files: BTreeMap<String, File>,
    /// Deleted, but not safely so.
    pub(crate) ghosts: BTreeMap<String, File>,
    /// Accesses that changed something, and reads.
    pub(crate) n_changes: usize,
    pub(crate) n_reads: usize,
    pub(crate) fault: Option<Fault>,
    /// How many accesses failed.
    pub(crate) n_failed: usize,
    /// What was done, where somebody wants to know.
    pub(crate) trace: Option<Vec<Access>>,
    /// From which change on nothing is done any more: the power is off.
    pub(crate) off_at: Option<usize>,
}

impl Disk {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    pub(crate) fn is_off(&self) -> bool {
        self.off_at.is_some_and(|at| self.n_changes >= at)
    }

    /// Whether any file holds such bytes.
    pub(crate) fn holds(&self, part: &[u8]) -> Option<&str> {
        let has = |file: &File| file.bytes.windows(part.len()).any(|bytes| bytes == part);
        self.files.iter().find(|(_, file)| has(file)).map(|(name, _)| name.as_str())
    }

    /// Changes something; trouble may come before it is done or after a part of it.
    pub(crate) fn change(&mut self, access: Access) -> Result<(), Trouble> {
        let number = self.n_changes;
        if self.is_off() {
            return Err(Trouble::Write);
        }
        self.n_changes += 1;
        if let Some(fault) = self.fault.filter(|fault| (fault.from..fault.from + fault.n).contains(&number))
            && let Some(trouble) = self.trouble(&access, fault.kind)
        {
            self.n_failed += 1;
            if let Access::Write(name, at, bytes) = access {
                // the first half of it may have been done
                let half = if number.is_multiple_of(2) { bytes.len() / 2 } else { 0 };
                self.apply(&Access::Write(name, at, bytes[..half].to_vec()));
            }
            return Err(trouble);
        }
        self.apply(&access);
        if let Some(trace) = &mut self.trace {
            trace.push(access);
        }
        Ok(())
    }

    fn trouble(&self, access: &Access, kind: Kind) -> Option<Trouble> {
        match (kind, access) {
            (Kind::Unread, _) => None,
            (Kind::Full, Access::Write(name, at, bytes)) => {
                let grows = self.files.get(name).is_none_or(|file| at + bytes.len() > file.bytes.len());
                grows.then_some(Trouble::Full)
            }
            (Kind::Full, Access::Create(_)) => Some(Trouble::Full),
            (Kind::Full, _) => None,
            (Kind::Broken, Access::Write(..) | Access::Create(_)) => Some(Trouble::Write),
            (Kind::Broken, Access::Truncate(..)) => Some(Trouble::Truncate),
            (Kind::Broken, Access::Sync(_)) => Some(Trouble::Sync),
            (Kind::Broken, Access::Delete(..)) => Some(Trouble::Delete),
        }
    }

    /// Does it without trouble.
    pub(crate) fn apply(&mut self, access: &Access) {
        match access {
            Access::Create(name) => {
                self.files.entry(name.clone()).or_default();
            }
            Access::Write(name, at, bytes) => self.put(name, Change::Write(*at, bytes.clone())),
            Access::Truncate(name, length) => self.put(name, Change::Truncate(*length)),
            Access::Sync(name) => {
                let Some(file) = self.files.get_mut(name) else { return };
                let is_new = file.safe.is_none();
                file.safe = Some(file.bytes.clone());
                file.unsafe_yet.clear();
                self.ghosts.remove(name);
                // SQLite has the names of a folder written when it syncs a new log there
                if is_new && name.contains('-') {
                    self.ghosts.clear();
                    self.files.values_mut().for_each(|file| {
                        file.safe.get_or_insert_default();
                    });
                }
            }
            Access::Delete(name, safely) => {
                let file = self.files.remove(name).filter(|file| file.safe.is_some() && !safely);
                if let Some(file) = file {
                    self.ghosts.insert(name.clone(), file);
                }
            }
        }
    }

    fn put(&mut self, name: &str, change: Change) {
        let file = self.files.entry(name.to_owned()).or_default();
        match &change {
            Change::Write(at, bytes) => write(&mut file.bytes, *at, bytes, 0),
            Change::Truncate(length) => file.bytes.truncate(*length),
        }
        file.unsafe_yet.push(change);
    }

    /// Bytes of a file; fewer where it ends.
    pub(crate) fn read(&mut self, name: &str, at: usize, length: usize) -> Result<&[u8], Trouble> {
        let number = self.n_reads;
        self.n_reads += 1;
        let fails =
            |fault: Fault| fault.kind == Kind::Unread && (fault.from..fault.from + fault.n).contains(&number);
        if self.is_off() || self.fault.is_some_and(fails) {
            self.n_failed += 1;
            return Err(Trouble::Read);
        }
        let bytes = &self.files.get(name).ok_or(Trouble::Missing)?.bytes;
        Ok(&bytes[at.min(bytes.len())..(at + length).min(bytes.len())])
    }

    pub(crate) fn size(&self, name: &str) -> Result<usize, Trouble> {
        self.files.get(name).map(|file| file.bytes.len()).ok_or(Trouble::Missing)
    }

    /// The disk that is there after the power was cut, or the program killed.
    pub(crate) fn cut(&self, cut: Cut, seed: &mut u64) -> Self {
        let mut after = Self::default();
        for (name, file) in &self.files {
            let bytes = match cut {
                Cut::Kill => Some(file.bytes.clone()),
                _ if file.safe.is_none() && (cut == Cut::Nothing || pick(seed, 2) == 0) => None,
                _ => Some(file.left(cut, seed)),
            };
            if let Some(bytes) = bytes {
                after
                    .files
                    .insert(name.clone(), File { safe: Some(bytes.clone()), bytes, unsafe_yet: Vec::new() });
            }
        }
        for (name, file) in &self.ghosts {
            let comes_back = match cut {
                Cut::Kill | Cut::Torn => false,
                Cut::Nothing => true,
                Cut::Some | Cut::Garbage => pick(seed, 2) == 0,
            };
            // a name is of the new file or of the old one
            if comes_back && self.files.get(name).is_none_or(|new| new.safe.is_none()) {
                let bytes = file.left(cut, seed);
                after
                    .files
                    .insert(name.clone(), File { safe: Some(bytes.clone()), bytes, unsafe_yet: Vec::new() });
            }
        }
        after
    }
}

impl File {
    /// What the cut leaves of it.
    fn left(&self, cut: Cut, seed: &mut u64) -> Vec<u8> {
        let mut bytes = self.safe.clone().unwrap_or_default();
        let n_safe = bytes.len();
        if cut == Cut::Nothing {
            return bytes;
        }
        let fill = if cut == Cut::Garbage { 0xa5 } else { 0 };
        for (place, change) in self.unsafe_yet.iter().enumerate() {
            let is_last = place + 1 == self.unsafe_yet.len();
            match change {
                Change::Write(at, new) => {
                    let mut start = 0;
                    let torn = pick(seed, new.len() / SECTOR + 1);
                    let mut n_sectors = 0;
                    while start < new.len() {
                        let end = (start + SECTOR - (at + start) % SECTOR).min(new.len());
                        let stays = match cut {
                            Cut::Torn => !is_last || n_sectors < torn,
                            _ => next(seed).is_multiple_of(2),
                        };
                        if stays {
                            write(&mut bytes, at + start, &new[start..end], fill);
                        } else if cut == Cut::Garbage && at + start >= n_safe {
                            let garbage: Vec<u8> = (start..end).map(|_| next(seed) as u8).collect();
                            write(&mut bytes, at + start, &garbage, fill);
                        }
                        n_sectors += 1;
                        start = end;
                    }
                }
                Change::Truncate(length) => {
                    if (cut == Cut::Torn && !is_last) || next(seed).is_multiple_of(2) {
                        bytes.truncate(*length);
                    }
                }
            }
        }
        bytes
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, new: &[u8], fill: u8) {
    if bytes.len() < at + new.len() {
        bytes.resize(at + new.len(), fill);
    }
    bytes[at..at + new.len()].copy_from_slice(new);
}
