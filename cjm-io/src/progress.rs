//! How far a long read has come.
//!
//! Answers: bytes read of how many, rows so far. Does not know: how it is shown.

use crate::source::ByteCount;

/// Rows between two reports.
const EVERY_ROWS: u64 = 16_384;

/// How far a read has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of the file that were read, packed ones where it is packed.
    pub bytes: u64,
    /// Bytes of the whole file, where known.
    pub total_bytes: Option<u64>,
    /// Rows read so far, good and bad.
    pub rows: u64,
}

/// Reports progress every now and then.
pub(crate) struct Meter<'a> {
    count: ByteCount,
    total_bytes: Option<u64>,
    rows: u64,
    next: u64,
    report: &'a mut dyn FnMut(Progress),
}

impl<'a> Meter<'a> {
    pub(crate) fn new(
        count: ByteCount,
        total_bytes: Option<u64>,
        report: &'a mut dyn FnMut(Progress),
    ) -> Self {
        Self { count, total_bytes, rows: 0, next: EVERY_ROWS, report }
    }

    /// Tells how many rows were read.
    #[inline]
    pub(crate) fn rows(&mut self, rows: u64) {
        self.rows = rows;
        if rows >= self.next {
            self.next = rows + EVERY_ROWS;
            self.done();
        }
    }

    /// Reports now.
    pub(crate) fn done(&mut self) {
        (self.report)(Progress { bytes: self.count.bytes(), total_bytes: self.total_bytes, rows: self.rows });
    }
}
