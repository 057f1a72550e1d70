//! Bytes from the outside: counted, bounded, unpacked from gzip by their first bytes.
//!
//! Answers: how many bytes were read of how many, whether a packed file unpacks to an absurd size,
//! which archive somebody took for a table. Does not know: text, encodings, events.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use cjm_core::{Error, ErrorCode};
use flate2::bufread::GzDecoder;

/// Bytes taken from the disk at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Gzip output below this size is never suspicious, in bytes.
const RATIO_FREE_BYTES: u64 = 64 << 20;

/// What a hostile or broken file may cost. Every limit is named in the error that it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Longest record in bytes: one CSV record, one line of JSON, one XML tag. Default 1 MiB.
    pub max_record_bytes: usize,
    /// Most columns of a table. Default 4,096.
    pub max_columns: usize,
    /// How many bytes one byte of gzip may become, once 64 MiB came out. Default 250.
    pub max_gzip_ratio: u64,
    /// Deepest nesting of JSON values and XML elements. Default 24.
    pub max_depth: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self { max_record_bytes: 1 << 20, max_columns: 4_096, max_gzip_ratio: 250, max_depth: 24 }
    }
}

/// Counts the packed bytes that were read so far; clones share the count.
#[derive(Debug, Clone, Default)]
pub struct ByteCount(Rc<Cell<u64>>);

impl ByteCount {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.0.get()
    }

    fn add(&self, n: usize) {
        self.0.set(self.0.get().saturating_add(n as u64));
    }
}

struct Counted<R> {
    inner: R,
    count: ByteCount,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.count.add(n);
        Ok(n)
    }
}

/// Opens a stream: counts its bytes and unpacks gzip (also several members one after another).
///
/// # Errors
/// `io` when the stream can not be read, `format` when it is an archive or workbook instead of a table.
pub fn open<'a>(
    inner: impl Read + 'a,
    limits: &TextLimits,
    count: &ByteCount,
) -> Result<Box<dyn Read + 'a>, Error> {
    let mut counted = Counted { inner, count: count.clone() };
    let head = read_head(&mut counted).map_err(error_of_io)?;
    refuse_archives(&head)?;
    let packed = head.starts_with(&[0x1f, 0x8b]);
    let whole = io::Cursor::new(head).chain(counted);
    if !packed {
        return Ok(Box::new(whole));
    }
    let member = Some(GzDecoder::new(BufReader::with_capacity(CHUNK_BYTES, whole)));
    Ok(Box::new(Unpacked { member, out: 0, count: count.clone(), ratio: limits.max_gzip_ratio }))
}

fn read_head(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(8);
    inner.take(8).read_to_end(&mut head)?;
    Ok(head)
}

/// What people take for a table: workbooks and archives, by their first bytes.
fn refuse_archives(head: &[u8]) -> Result<(), Error> {
    const KNOWN: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a zip archive or an Excel workbook; save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
        (b"\x28\xb5\x2f\xfd", "packed with zstd; unpack it or pack it with gzip"),
        (b"\xfd7zXZ\x00", "packed with xz; unpack it or pack it with gzip"),
        (b"BZh", "packed with bzip2; unpack it or pack it with gzip"),
        (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    ];
    match KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, what)) => Err(Error::new(ErrorCode::Format, format!("the file is {what}"))),
        None => Ok(()),
    }
}

struct Unpacked<R> {
    /// The member that is being read; none behind the last.
    member: Option<GzDecoder<R>>,
    out: u64,
    count: ByteCount,
    ratio: u64,
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.unpack(into)?;
        self.out = self.out.saturating_add(n as u64);
        let allowed = self.count.bytes().saturating_mul(self.ratio).max(RATIO_FREE_BYTES);
        if self.out > allowed {
            let words = format!("the gzip data unpacks to more than `max_gzip_ratio` {} times", self.ratio);
            return Err(io::Error::other(Error::new(ErrorCode::Limit, words)));
        }
        Ok(n)
    }
}

impl<R: BufRead> Unpacked<R> {
    /// Reads of one member after the other.
    fn unpack(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n = member.read(into).map_err(gzip_error)?;
            if n > 0 || into.is_empty() {
                return Ok(n);
            }
            let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) else { break };
            self.member = match rest.fill_buf()? {
                [] => None,
                [0x1f] | [0x1f, 0x8b, ..] => Some(GzDecoder::new(rest)),
                _ => {
                    let words = "bytes that are no gzip stand behind the gzip data";
                    return Err(io::Error::other(Error::new(ErrorCode::Format, words)));
                }
            };
        }
        Ok(0)
    }
}

fn gzip_error(e: io::Error) -> io::Error {
    let what = match e.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip data ends too early".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("the gzip data is damaged: {e}")
        }
        _ => return e,
    };
    io::Error::other(Error::new(ErrorCode::Format, what))
}

/// The typed error behind an I/O error: ours when it carries one, else `io` with the system's words.
pub fn error_of_io(e: io::Error) -> Error {
    match e.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(ours) => ours.clone(),
        None => Error::new(ErrorCode::Io, e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn read(bytes: &[u8], limits: &TextLimits) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        open(bytes, limits, &ByteCount::default())?.read_to_end(&mut out).map_err(error_of_io)?;
        Ok(out)
    }

    #[test]
    fn plain_packed_and_twice_packed_members_give_the_same_bytes() {
        let limits = TextLimits::default();
        assert_eq!(read(b"a,b\n1,2\n", &limits), Ok(b"a,b\n1,2\n".to_vec()));
        assert_eq!(read(b"", &limits), Ok(Vec::new()));
        let members = [gz(b"a,b\n"), gz(b"1,2\n")].concat();
        assert_eq!(read(&members, &limits), Ok(b"a,b\n1,2\n".to_vec()));
    }

    #[test]
    fn every_cut_of_a_gzip_file_is_an_error() {
        let packed = gz(b"a,b\n1,2\n3,4\n");
        for cut in 3..packed.len() {
            let e = read(&packed[..cut], &TextLimits::default()).unwrap_err();
            assert_eq!(e.code(), ErrorCode::Format, "{cut}: {e}");
        }
    }

    #[test]
    fn what_stands_behind_the_last_member_and_is_no_gzip_is_an_error_that_says_so() {
        for rest in [&b"x"[..], b"\0\0\0\0", b"more text\n", b"\x1f."] {
            let e = read(&[&gz(b"a,b\n1,2\n"), rest].concat(), &TextLimits::default()).unwrap_err();
            assert_eq!(e.code(), ErrorCode::Format, "{e}");
            assert!(e.message().contains("behind the gzip data"), "{e}");
        }
        let cut = [gz(b"a,b\n"), gz(b"1,2\n")[..9].to_vec()].concat();
        assert!(read(&cut, &TextLimits::default()).unwrap_err().message().contains("too early"));
    }

    #[test]
    fn a_bomb_stops_at_the_named_limit() {
        let bomb = gz(&vec![0; (RATIO_FREE_BYTES + (1 << 20)) as usize]);
        let e = read(&bomb, &TextLimits::default()).unwrap_err();
        assert_eq!(e.code(), ErrorCode::Limit);
        assert!(e.message().contains("max_gzip_ratio"), "{e}");
    }

    #[test]
    fn workbooks_and_archives_are_named() {
        for (bytes, word) in [(&b"PK\x03\x04rest"[..], "Excel"), (b"\x28\xb5\x2f\xfd1234", "zstd")] {
            let e = read(bytes, &TextLimits::default()).unwrap_err();
            assert!(e.code() == ErrorCode::Format && e.message().contains(word), "{e}");
        }
    }
}
