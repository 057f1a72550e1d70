//! Broken, cut and hostile files: every one is a log or a typed error, in bounded time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::Write;
use std::time::Instant;

use cjm_core::event::Options;
use cjm_core::{Error, ErrorCode};
use cjm_io::{EventReader, Format, read_events_from};
use common::{options, read, show};
use proptest::prelude::*;

const FORMATS: [Format; 3] = [Format::Csv, Format::JsonLines, Format::Xes];

const TABLE: &str =
    "user,event,at,note\nu1,见面,2026-03-01,\"a,\n\"\"b\"\"\"\r\nu2,paid,2026-03-01T12:00:00Z,\n";
const LINES: &str = "{\"user\":\"u1\",\"event\":\"见面\",\"at\":\"2026-03-01\",\"x\":[{\"a\":1.5}]}\n{\"user\":\"u2\",\"event\":\"b\",\"at\":\"2026-03-01\",\"x\":null}\n";
const LOG: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<log><trace><string key=\"concept:name\" value=\"案件&lt;1\"/><event><string key=\"concept:name\" value=\"a\"/><date key=\"time:timestamp\" value=\"2026-03-01T00:00:00Z\"/></event></trace></log>\n";

fn options_of(format: Format) -> Options {
    if format == Format::Xes { Options::default() } else { options() }
}

/// Events and rejected rows, or the error; an error of an unexpected kind fails the test.
fn outcome(format: Option<Format>, bytes: &[u8], options: &Options) -> Result<(usize, u64), Error> {
    let log = read_events_from(bytes, format, options);
    if let Err(e) = &log {
        let known = [ErrorCode::Format, ErrorCode::Limit, ErrorCode::Argument];
        assert!(known.contains(&e.code()), "{e}");
        assert!(!e.message().ends_with('.'), "{e}");
    }
    log.map(|log| (log.n_events(), log.rejected().n_rejected()))
}

#[test]
fn every_cut_of_a_file_is_a_log_or_an_error() {
    for (format, text) in [(Format::Csv, TABLE), (Format::JsonLines, LINES), (Format::Xes, LOG)] {
        let whole = outcome(Some(format), text.as_bytes(), &options_of(format)).unwrap();
        for cut in 0..text.len() {
            let part = &text.as_bytes()[..cut];
            if let Ok((events, _)) = outcome(Some(format), part, &options_of(format)) {
                assert!(events <= whole.0, "{format} {cut}");
            }
            let _ = outcome(None, part, &options_of(format));
        }
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(outcome(Some(format), &packed, &options_of(format)), Ok(whole));
        for cut in 2..packed.len() {
            let e = outcome(Some(format), &packed[..cut], &options_of(format)).unwrap_err();
            assert_eq!(e.code(), ErrorCode::Format, "{format} {cut}: {e}");
        }
    }
}

#[test]
fn every_flipped_byte_of_a_file_is_a_log_or_an_error() {
    for (format, text) in [(Format::Csv, TABLE), (Format::JsonLines, LINES), (Format::Xes, LOG)] {
        for at in 0..text.len() {
            for byte in [0, b'"', b'<', b'{', b',', b'\n', b'\r', 0x80, 0xff] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                let _ = outcome(Some(format), &bytes, &options_of(format));
            }
        }
    }
}

/// 512 KiB; an eighth of it in a build that is not optimised.
const MUCH: usize = if cfg!(debug_assertions) { 64 * 1024 } else { 512 * 1024 };

/// Much of one thing.
fn much(of: &str) -> Vec<u8> {
    of.as_bytes().iter().copied().cycle().take(MUCH).collect()
}

#[test]
fn much_of_anything_ends() {
    let sparse: Vec<u8> =
        (0..4_000).flat_map(|i| format!("{{\"k{i}\":1}}\n").into_bytes()).chain(much("{}\n")).collect();
    let wide = (0..4_000).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",") + "\n";
    let wide: Vec<u8> =
        wide.into_bytes().into_iter().chain(much(&format!("{}\n", ",".repeat(3_999)))).collect();
    let header = |of: &str| [b"user,event,at\n".as_slice(), &much(of)].concat();
    let log = |of: &str| [b"<log><trace>".as_slice(), &much(of)].concat();
    let mut inputs: Vec<(&str, Vec<u8>)> = vec![
        ("commas", much(",")),
        ("line breaks", much("\n")),
        ("carriage returns", much("\r")),
        ("quotes", much("\"")),
        ("zero bytes", much("\0")),
        ("high bytes", much("\u{ff}")),
        ("rows of one field", header("x\n")),
        ("short rows", header("u,e,2026-03-01\n")),
        ("bad times", header("u,e,2026-99-99T99:99:99.999999999999Z\n")),
        ("quoted rows", header("\"u\",\"e\"\"e\",\"2026-03-01\"\n")),
        ("brackets", much("[")),
        ("objects", much("{\"a\":")),
        ("digits", much("9")),
        ("empty objects", much("{}\n")),
        ("nested lists", much(&format!("{{\"a\":{}1{}}}\n", "[".repeat(60), "]".repeat(60)))),
        ("escapes", much("{\"a\":\"\\u4e2d\\n\"}\n")),
        ("elements", much("<a>")),
        ("logs", much("<log>")),
        ("empty events", log("<event/>")),
        ("open events", log("<event>")),
        ("open attributes", log("<event><string key='a' value='b'>")),
        ("attributes in a tag", log("<event a='b' ")),
        ("entities", log("<event><string key='a' value='&amp;&lt;&#65;'/></event>")),
        ("ampersands", log("&")),
        ("comments", log("<!-- -- -->")),
        ("an open comment", log("<!--")),
        ("character data", log("<![CDATA[x]]>")),
        ("processing", log("<?x y?>")),
        ("document types", much("<!DOCTYPE a [<!ENTITY b 'c'>]>")),
        ("sparse columns", sparse),
        ("wide rows", wide),
    ];
    let different = (0..25_000).map(|i| format!("u{i},e,2026-03-01,n{i}\n")).collect::<String>();
    inputs.push(("different texts", format!("user,event,at,note\n{different}").into_bytes()));
    inputs.push(("byte order marks", much("\u{feff}")));
    let mut slowest = (0, String::new());
    for (name, bytes) in &inputs {
        for format in FORMATS.map(Some).into_iter().chain([None]) {
            let begun = Instant::now();
            let _ = outcome(format, bytes, &options_of(format.unwrap_or(Format::Csv)));
            let ms = begun.elapsed().as_millis();
            if ms > 300 {
                println!("{name} as {format:?}: {ms} ms");
            }
            slowest = slowest.max((ms, format!("{name} as {format:?}")));
        }
    }
    println!("slowest of {} inputs of {} KiB: {} ms, {}", inputs.len(), MUCH / 1024, slowest.0, slowest.1);
}

#[test]
fn hostile_tables_have_a_named_end() {
    let many = (0..100_000).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
    let long = format!("user,event,at\n{}", "x".repeat(2 << 20));
    let open = format!("user,event,at\n\"{}", "x\n".repeat(1 << 20));
    let nul = b"user,event,at\nu\0,e,2026-03-01\n".to_vec();
    for (name, bytes, code, word) in [
        ("10^5 columns", many.into_bytes(), ErrorCode::Limit, "max_columns"),
        ("a long line", long.into_bytes(), ErrorCode::Limit, "max_record_bytes"),
        ("an open quote", open.into_bytes(), ErrorCode::Limit, "is a quote unclosed?"),
        ("half an UTF-16 pair", b"\xff\xfea\x00,".to_vec(), ErrorCode::Format, "is not UTF-16LE"),
        ("a workbook", b"PK\x03\x04....".to_vec(), ErrorCode::Format, "Excel"),
    ] {
        let e = outcome(Some(Format::Csv), &bytes, &options()).unwrap_err();
        assert!(e.code() == code && e.message().contains(word), "{name}: {e}");
    }
    assert_eq!(outcome(Some(Format::Csv), &nul, &options()), Ok((0, 1)));
}

#[test]
fn deep_nesting_ends_on_a_small_stack() {
    let deep_json = format!("{{\"a\":{}", "[".repeat(400_000));
    let deep_xml = format!("<log><trace><event>{}", "<string key='a' value='b'>".repeat(10_000));
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(move || {
        let json = read(Format::JsonLines, deep_json.as_bytes(), &options()).map(|batch| show(&batch));
        let xml = read(Format::Xes, deep_xml.as_bytes(), &Options::default()).map(|batch| show(&batch));
        (json.unwrap(), xml.unwrap_err())
    });
    let (json, xml) = thread.unwrap().join().unwrap();
    assert!(json.contains("nested deeper than `max_depth`"), "{json}");
    assert!(xml.code() == ErrorCode::Limit && xml.message().contains("max_depth"), "{xml}");
}

#[test]
fn progress_rises_to_the_end_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, format!("user,event,at\n{}", "u,e,2026-03-01\n".repeat(50_000))).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    let mut seen = Vec::new();
    let mut report = |p: cjm_io::Progress| seen.push(p);
    EventReader::new().progress(&mut report).read(&path, &options()).unwrap();
    assert!(seen.len() > 2 && seen.is_sorted_by_key(|p| (p.rows, p.bytes)), "{seen:?}");
    let last = seen.last().unwrap();
    assert_eq!((last.rows, last.bytes, last.total_bytes), (50_000, size, Some(size)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_bytes_are_a_log_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in FORMATS.map(Some).into_iter().chain([None]) {
            let _ = outcome(format, &bytes, &options());
        }
    }

    #[test]
    fn any_mix_of_pieces_is_a_log_or_an_error(pieces in prop::collection::vec(prop::sample::select(vec![
        "user,event,at\n", "u1,", "\"", "\n", "\r\n", "2026-03-01", ";", "\t", "{", "}", "[", "]", ":", ",",
        "\"user\"", "\"a\\u0000\"", "1e999", "null", "<log>", "</log>", "<trace>", "</trace>", "<event>", "</event>",
        "<string key='a' value='b'/>", "<date key='time:timestamp' value='2026-03-01T00:00:00Z'/>", "<!--", "-->",
        "<![CDATA[", "]]>", "&amp;", "&x;", "<?xml version='1.0' encoding='gbk'?>", "\u{feff}", "味",
    ]), 0..40)) {
        let text = pieces.concat();
        for format in FORMATS.map(Some).into_iter().chain([None]) {
            let _ = outcome(format, text.as_bytes(), &options_of(format.unwrap_or(Format::Csv)));
        }
    }
}
