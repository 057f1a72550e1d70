//! Text from bytes: which encoding they are in, and valid UTF-8 out of it, block by block.
//!
//! Answers: byte order marks, UTF-8, UTF-16 and GBK/GB18030; where the first byte stands that is none of them.
//! Does not know: tables, lines of a format, compression (see [`crate::source`]).
//!
//! Without a mark the encoding is decided at the first byte beyond ASCII: UTF-8 when the text around it is
//! UTF-8, GB18030 when it reads as everyday Chinese, an error otherwise. Nothing is ever replaced by `U+FFFD`.

use std::io::{self, BufRead, Read};

use cjm_core::{Error, ErrorCode};
use encoding_rs::{DecoderResult, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes decoded at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Bytes looked at to tell encodings apart.
const SAMPLE_BYTES: usize = 64 * 1024;

/// An encoding that text can be read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(&'static encoding_rs::Encoding);

impl TextEncoding {
    /// UTF-8.
    pub const UTF_8: Self = Self(UTF_8);

    /// By its usual name: `utf-8`, `utf-16le`, `gbk`, `gb18030`, `big5`, `windows-1252` and the like.
    ///
    /// # Errors
    /// `argument` when there is no such encoding.
    pub fn named(name: &str) -> Result<Self, Error> {
        let found =
            encoding_rs::Encoding::for_label(name.as_bytes()).filter(|e| *e != encoding_rs::REPLACEMENT);
        let unknown = || Error::new(ErrorCode::Argument, format!("there is no encoding `{name}`"));
        found.map(Self).ok_or_else(unknown)
    }

    /// The standard name, as in `UTF-8` or `GBK`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

/// Reads bytes of a recognised or given encoding as valid UTF-8; a byte order mark is left out.
///
/// Errors of the text travel inside [`io::Error`]; [`crate::source::error_of_io`] takes them out.
pub struct TextReader<'a> {
    inner: Box<dyn Read + 'a>,
    state: State,
    /// Raw bytes; in the plain state `raw[at..valid]` is text that can be handed out.
    raw: Vec<u8>,
    filled: usize,
    valid: usize,
    at: usize,
    ended: bool,
    /// Raw bytes before `raw`, and line breaks of the text before the current block.
    offset: u64,
    lines: u64,
    /// Decoded text of the transcoding states, `out[out_at..out_end]` still to be handed out.
    out: Vec<u8>,
    out_at: usize,
    out_end: usize,
}

enum State {
    /// Nothing was read yet; the encoding that the caller gave.
    Start(Option<TextEncoding>),
    /// Only ASCII so far.
    Ascii,
    /// UTF-8 for sure.
    Utf8,
    /// Another encoding, with its decoder and whether it has ended.
    Other(TextEncoding, Box<encoding_rs::Decoder>, bool),
}

impl<'a> TextReader<'a> {
    /// Reads `inner`, in `encoding` when given, else in the one recognised.
    pub fn new(inner: Box<dyn Read + 'a>, encoding: Option<TextEncoding>) -> Self {
        Self {
            inner,
            state: State::Start(encoding),
            raw: vec![0; BLOCK_BYTES],
            filled: 0,
            valid: 0,
            at: 0,
            ended: false,
            offset: 0,
            lines: 0,
            out: Vec::new(),
            out_at: 0,
            out_end: 0,
        }
    }

    /// The encoding recognised so far; ASCII counts as UTF-8.
    pub fn encoding(&self) -> TextEncoding {
        match &self.state {
            State::Other(encoding, ..) | State::Start(Some(encoding)) => *encoding,
            _ => TextEncoding::UTF_8,
        }
    }

    /// Reads until the raw block holds `n` bytes or the input ends.
    fn fill_to(&mut self, n: usize) -> io::Result<()> {
        while self.filled < n && !self.ended {
            let Some(free) = self.raw.get_mut(self.filled..).filter(|free| !free.is_empty()) else { break };
            match self.inner.read(free) {
                Ok(0) => self.ended = true,
                Ok(k) => self.filled += k,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn start(&mut self, given: Option<TextEncoding>) -> io::Result<()> {
        self.fill_to(SAMPLE_BYTES)?;
        let head = self.raw.get(..self.filled).unwrap_or_default();
        let marked = encoding_rs::Encoding::for_bom(head);
        let mark_bytes = marked.map_or(0, |(_, n)| n);
        let chosen = given.map(|e| e.0).or(marked.map(|(e, _)| e)).or_else(|| utf_16_by_zeros(head));
        self.state = match chosen {
            Some(encoding) if encoding == UTF_8 => State::Utf8,
            Some(encoding) => other(TextEncoding(encoding)),
            None => State::Ascii,
        };
        if marked.is_some_and(|(e, _)| chosen == Some(e)) {
            self.valid = mark_bytes;
            self.at = mark_bytes;
        }
        Ok(())
    }

    /// Makes the next block of text available; none is left when it makes none.
    fn refill(&mut self) -> io::Result<()> {
        if let State::Start(given) = self.state {
            self.start(given)?;
        }
        match self.state {
            State::Other(..) => self.refill_other(),
            _ => self.refill_plain(),
        }
    }

    /// Drops what was handed out of the raw block.
    fn shift(&mut self) {
        self.lines += count_lines(self.raw.get(..self.valid).unwrap_or_default());
        self.offset += self.valid as u64;
        self.raw.copy_within(self.valid..self.filled, 0);
        self.filled -= self.valid;
        (self.valid, self.at) = (0, 0);
    }

    fn refill_plain(&mut self) -> io::Result<()> {
        self.shift();
        self.fill_to(self.filled + 1)?;
        if matches!(self.state, State::Ascii) {
            let block = self.raw.get(..self.filled).unwrap_or_default();
            self.valid = if block.is_ascii() { block.len() } else { ascii_prefix(block) };
            if self.valid > 0 || self.filled == 0 {
                return Ok(());
            }
            return self.decide();
        }
        self.refill_utf_8()
    }

    fn refill_utf_8(&mut self) -> io::Result<()> {
        loop {
            match std::str::from_utf8(self.raw.get(..self.filled).unwrap_or_default()) {
                Ok(text) => self.valid = text.len(),
                Err(e) => {
                    self.valid = e.valid_up_to();
                    let broken = e.error_len().is_some() || self.ended;
                    if self.valid == 0 && broken {
                        return Err(self.refusal(0, "not UTF-8"));
                    }
                }
            }
            if self.valid > 0 || self.ended {
                return Ok(());
            }
            self.fill_to(self.filled + 1)?;
        }
    }

    /// The block begins with the first byte beyond ASCII: which encoding is it?
    fn decide(&mut self) -> io::Result<()> {
        self.fill_to(SAMPLE_BYTES)?;
        let sample = self.raw.get(..self.filled.min(SAMPLE_BYTES)).unwrap_or_default();
        let whole = self.ended && sample.len() == self.filled;
        let bad = std::str::from_utf8(sample).err().filter(|e| e.error_len().is_some() || whole);
        let Some(bad) = bad else {
            self.state = State::Utf8;
            return self.refill_utf_8();
        };
        if reads_as_chinese(sample, whole) {
            self.state = other(TextEncoding(GB18030));
            return self.refill_other();
        }
        let why = match bad.valid_up_to() {
            0 => "neither UTF-8 nor GBK; name the encoding, as in `windows-1252`",
            _ => "not UTF-8",
        };
        Err(self.refusal(bad.valid_up_to(), why))
    }

    fn refusal(&self, at: usize, why: &str) -> io::Error {
        let byte = self.raw.get(at).copied().unwrap_or_default();
        let line = self.lines + count_lines(self.raw.get(..at).unwrap_or_default()) + 1;
        let offset = self.offset + at as u64;
        let words = format!("byte 0x{byte:02x} at offset {offset}, line {line}, is {why}");
        io::Error::other(Error::new(ErrorCode::Format, words))
    }

    fn refill_other(&mut self) -> io::Result<()> {
        let done = self.out.get(..self.out_end).unwrap_or_default();
        self.lines += count_lines(done);
        (self.out_at, self.out_end) = (0, 0);
        self.out.resize(BLOCK_BYTES * 2, 0);
        while self.out_end == 0 {
            self.shift_raw_only();
            self.fill_to(self.filled + 1)?;
            let State::Other(encoding, decoder, over) = &mut self.state else { return Ok(()) };
            if *over {
                return Ok(());
            }
            let from = self.raw.get(..self.filled).unwrap_or_default();
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(from, &mut self.out, self.ended);
            (self.valid, self.out_end) = (read, written);
            match result {
                DecoderResult::InputEmpty => *over = self.ended,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(bad, after) => {
                    let at = read.saturating_sub(usize::from(bad) + usize::from(after));
                    let name = encoding.name();
                    return Err(self.refusal_decoded(at, written, name));
                }
            }
        }
        Ok(())
    }

    fn shift_raw_only(&mut self) {
        self.offset += self.valid as u64;
        self.raw.copy_within(self.valid..self.filled, 0);
        self.filled -= self.valid;
        (self.valid, self.at) = (0, 0);
    }

    fn refusal_decoded(&self, at: usize, written: usize, name: &str) -> io::Error {
        let byte = self.raw.get(at).copied().unwrap_or_default();
        let line = self.lines + count_lines(self.out.get(..written).unwrap_or_default()) + 1;
        let offset = self.offset + at as u64;
        let words = format!("byte 0x{byte:02x} at offset {offset}, line {line}, is not {name}");
        io::Error::other(Error::new(ErrorCode::Format, words))
    }
}

fn other(encoding: TextEncoding) -> State {
    State::Other(encoding, Box::new(encoding.0.new_decoder_without_bom_handling()), false)
}

impl Read for TextReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let n = text.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..n), text.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for TextReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let empty = match self.state {
            State::Other(..) => self.out_at >= self.out_end,
            _ => self.at >= self.valid,
        };
        if empty {
            self.refill()?;
        }
        Ok(match self.state {
            State::Other(..) if self.out_at < self.out_end => self.out.get(self.out_at..self.out_end),
            State::Other(..) => None,
            _ => self.raw.get(self.at..self.valid),
        }
        .unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        match self.state {
            State::Other(..) => self.out_at = (self.out_at + n).min(self.out_end),
            _ => self.at = (self.at + n).min(self.valid),
        }
    }
}

fn ascii_prefix(block: &[u8]) -> usize {
    block.iter().position(|b| !b.is_ascii()).unwrap_or(block.len())
}

fn count_lines(text: &[u8]) -> u64 {
    text.iter().filter(|b| **b == b'\n').count() as u64
}

/// UTF-16 without a mark: text of any language has commas, digits and line breaks, so every second byte is
/// often zero and the others never are, and a line break is a pair of its own.
fn utf_16_by_zeros(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let pairs = head.chunks_exact(2);
    let n = pairs.len();
    let (mut first, mut second) = (0, 0);
    let mut breaks = false;
    for pair in pairs {
        breaks |= matches!(pair, [b'\n' | b'\r', 0] | [0, b'\n' | b'\r']);
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.last() == Some(&0));
    }
    match (first, second) {
        _ if !breaks => None,
        (0, zeros) if zeros * 10 >= n => Some(UTF_16LE),
        (zeros, 0) if zeros * 10 >= n => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether bytes read as GB18030 and at least three quarters of their pairs are of the everyday plane
/// (GB 2312). Text of Western code pages fails one or the other.
fn reads_as_chinese(sample: &[u8], whole: bool) -> bool {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut out = vec![0; sample.len() * 3 + 16];
    let (result, ..) = decoder.decode_to_utf8_without_replacement(sample, &mut out, whole);
    if matches!(result, DecoderResult::Malformed(..)) {
        return false;
    }
    let (mut everyday, mut pairs) = (0_usize, 0_usize);
    let mut bytes = sample.iter();
    while let Some(lead) = bytes.next() {
        if *lead < 0x80 {
            continue;
        }
        let Some(trail) = bytes.next() else { break };
        pairs += 1;
        everyday += usize::from((0xa1..=0xf7).contains(lead) && *trail >= 0xa1);
    }
    pairs > 0 && everyday * 4 >= pairs * 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::error_of_io;

    /// Hands out a few bytes at a time, so that every block boundary is met.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(n);
            into[..n].copy_from_slice(now);
            self.0 = later;
            Ok(n)
        }
    }

    fn decode(bytes: &[u8], given: Option<&str>) -> Result<(String, &'static str), Error> {
        let given = given.map(TextEncoding::named).transpose()?;
        let mut seen = None;
        for step in [1, 3, usize::MAX] {
            let mut reader = TextReader::new(Box::new(Drip(bytes, step)), given);
            let mut text = Vec::new();
            let answer = match reader.read_to_end(&mut text) {
                Ok(_) => Ok((String::from_utf8(text).unwrap(), reader.encoding().name())),
                Err(e) => Err(error_of_io(e)),
            };
            assert!(seen.as_ref().is_none_or(|s| *s == answer), "{step}: {seen:?} {answer:?}");
            seen = Some(answer);
        }
        seen.unwrap()
    }

    const CHINESE: &str =
        "customer,event,time\n张三,下单,2026-03-01T12:00:00Z\n李四,付款，加菜,2026-03-01T12:00:00Z\n";

    fn utf_16(text: &str, little: bool) -> Vec<u8> {
        let units = text.encode_utf16();
        units.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    }

    #[test]
    fn encodings_are_recognised_with_and_without_marks() {
        let gbk = encoding_rs::GBK.encode(CHINESE).0;
        for (bytes, name) in [
            (CHINESE.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", CHINESE.as_bytes()].concat(), "UTF-8"),
            ([b"\xff\xfe", utf_16(CHINESE, true).as_slice()].concat(), "UTF-16LE"),
            ([b"\xfe\xff", utf_16(CHINESE, false).as_slice()].concat(), "UTF-16BE"),
            (utf_16(CHINESE, true), "UTF-16LE"),
            (utf_16(CHINESE, false), "UTF-16BE"),
            (gbk.to_vec(), "gb18030"),
        ] {
            assert_eq!(decode(&bytes, None), Ok((CHINESE.to_owned(), name)), "{name}");
        }
    }

    #[test]
    fn chinese_far_behind_ascii_is_still_recognised() {
        let far = format!("{}{CHINESE}", "a,b,c\n".repeat(100_000));
        let gbk = encoding_rs::GBK.encode(&far).0;
        let mut reader = TextReader::new(Box::new(&*gbk), None);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!((text.len(), reader.encoding().name()), (far.len(), "gb18030"));
        assert!(text == far);
    }

    #[test]
    fn what_is_no_known_encoding_is_refused_with_its_place() {
        for (bytes, place) in [
            (&b"a,b\ncaf\xe9,1\n"[..], "byte 0xe9 at offset 7, line 2, is neither UTF-8 nor GBK"),
            (b"\xe5\x90\x8d,b\n1,\xff\n", "byte 0xff at offset 8, line 2, is not UTF-8"),
            (b"\xe5\x90\x8d,b\n1,\xe5", "byte 0xe5 at offset 8, line 2, is not UTF-8"),
            (b"\xff\xfea\x00\n\x00\x00\xd8a\x00", "line 2, is not UTF-16LE"),
        ] {
            match decode(bytes, None) {
                Ok((text, _)) => assert!(place.is_empty(), "{text:?}"),
                Err(e) => {
                    assert_eq!(e.code(), ErrorCode::Format);
                    assert!(e.message().contains(place), "{e} | {place}");
                }
            }
        }
    }

    #[test]
    fn a_named_encoding_is_obeyed() {
        assert_eq!(decode(b"caf\xe9", Some("latin1")), Ok(("caf\u{e9}".into(), "windows-1252")));
        assert_eq!(decode(b"", Some("gbk")), Ok((String::new(), "GBK")));
        assert_eq!(TextEncoding::named("klingon").unwrap_err().code(), ErrorCode::Argument);
        assert!(decode("名".as_bytes(), Some("shift_jis")).is_err());
    }

    #[test]
    fn zero_bytes_alone_are_text() {
        assert_eq!(decode(b"a\0b,c\n1,2\n", None), Ok(("a\0b,c\n1,2\n".into(), "UTF-8")));
    }
}
