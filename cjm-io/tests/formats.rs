//! Small files of every text format, good and hostile: what each gives, or the error it gives.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use cjm_core::event::{Options, TimeUnit};
use cjm_io::{EventReader, Format, TextLimits};
use common::{options, read, show};

/// The batch as text, or the error.
fn outcome(format: Format, text: &str, options: &Options) -> String {
    match read(format, text.as_bytes(), options) {
        Ok(batch) => show(&batch),
        Err(e) => format!("error {e}"),
    }
}

fn all(format: Format, cases: &[(&str, &str)]) -> String {
    let shown =
        cases.iter().map(|(name, text)| format!("## {name}\n{}\n", outcome(format, text, &options())));
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn tables() {
    let cases = [
        (
            "types",
            "user,event,at,n,x,day,flag,id\n7,seen,2026-03-01T12:00:00Z,1,1.5,2026-03-01,true,007\n8,seen,2026-03-01 12:00:00,,2,2026-03-02,false,8\n",
        ),
        (
            "semicolons and crlf",
            "user;event;at;note\r\nu1;a;2026-03-01T12:00Z;\"x;\r\ny\"\"z\"\r\nu2;b;2026-03-01T12:00Z;1,5\r\n",
        ),
        ("tabs, no last line break", "user\tevent\tat\nu1\ta\t2026-03-01"),
        ("blank lines and empty names", "\n\nuser, event ,at,\n\nu1,a,2026-03-01,x\n\n\nu2,a,2026-03-01,y\n"),
        (
            "bad rows",
            "user,event,at\nu1,a\nu1,a,2026-03-01,x\nu1,a,yesterday\nu1,a,2016-12-31T23:59:60Z\nu1,a,12\nu1,a,\nu1,\0,2026-03-01\nu1,a,2026-03-01T00:00:00+08:00[UTC]\nu1,a,9999-12-31T23:59:59-01:00\nu1,a,2026-03-01T00:00:00.1234567Z\n",
        ),
        (
            "amounts that are text",
            "user,event,at,x\nu1,a,2026-03-01,1e400\nu1,a,2026-03-01,0x10\nu1,a,2026-03-01,\"1,000\"\nu1,a,2026-03-01,１２\n",
        ),
        ("only a header", "user,event,at\n"),
        ("empty", ""),
        ("only line breaks", "\n\r\n\n"),
        ("duplicate header", "user,event,at,event\n"),
        ("duplicate after trimming", "user,event,at, event\n"),
        ("missing column", "userid,event,at\nu1,a,2026-03-01\n"),
        ("unclosed quote", "user,event,at\nu1,a,2026-03-01\nu2,\"a,2026-03-01\nu3,a,2026-03-01\n"),
        ("quote at the very end", "user,event,at\nu1,a,\""),
        ("quotes inside", "user,event,at\nu1,a\"b\"c,2026-03-01\nu2,\"a\"b,2026-03-01\n"),
        (
            "a formula and markup stay text",
            "user,event,at,note\nu1,a,2026-03-01,=1+1\nu1,a,2026-03-01,</script>\n",
        ),
    ];
    insta::assert_snapshot!(all(Format::Csv, &cases));
}

#[test]
fn times_need_a_zone_or_a_unit() {
    let plain = Options::new("user", "event", "at");
    let mut shown = String::new();
    for time in ["2026-03-01 12:00:00", "2026-03-01", "1772366400", "2026-03-01T12:00:00Z"] {
        let table = format!("user,event,at\n{}", format!("u1,a,{time}\n").repeat(3));
        let lines = format!("{{\"user\":\"u1\",\"event\":\"a\",\"at\":\"{time}\"}}\n");
        for unit in [None, Some(TimeUnit::Second)] {
            let options = Options { time_unit: unit, ..plain.clone() };
            shown.push_str(&format!("## {time} {unit:?}\n"));
            for (format, text) in [(Format::Csv, &table), (Format::JsonLines, &lines)] {
                let log = EventReader::new().format(format).read_from(text.as_bytes(), &options);
                let words = log.map_or_else(
                    |e| e.to_string(),
                    |log| format!("{} events from {:?}", log.n_events(), log.first()),
                );
                shown.push_str(&format!("{format}: {words}\n"));
            }
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn strict_makes_the_first_bad_row_an_error() {
    let strict = Options { strict: true, ..options() };
    let table = "user,event,at\nu1,a,2026-03-01\nu1,a\nu1,a,never\n";
    assert_eq!(
        outcome(Format::Csv, table, &strict),
        "error bad_event: row 3: the row can not be read: 2 fields where the header has 3"
    );
}

#[test]
fn json_lines() {
    let cases = [
        (
            "flat",
            "{\"user\":\"u1\",\"event\":\"a\",\"at\":\"2026-03-01\",\"n\":1,\"x\":1.5,\"ok\":true,\"no\":null}\n\n{\"user\":\"u2\",\"event\":\"b\",\"at\":\"2026-03-01\",\"n\":2.5}\r\n",
        ),
        (
            "nested",
            "{\"user\":\"u1\",\"items\":[{\"dish\":\"rice\",\"n\":2}],\"deep\":{\"a\":{\"b\":[1,null]}}}",
        ),
        (
            "bad lines",
            "{\"user\":1}\n{\"user\":1,\"user\":2}\n{\"user\":null,\"user\":2}\n{\"user\":1,\n[1]\n7\nnull\n{\"user\":1} x\n{\"x\":{\"a\":1,\"a\":2}}\n{\"x\":1e400}\n{\"x\":18446744073709551615}\n{\"x\":-9223372036854775809}\n{\"x\":\"\\u0000\"}\n{\"x\":\"\\ud800\"}\n{\"user\":2}",
        ),
        ("not JSON at all", "user,event\nu1,a\n"),
        ("empty", ""),
    ];
    insta::assert_snapshot!(all(Format::JsonLines, &cases));
}

#[test]
fn whole_events_name_their_columns_themselves() {
    let text = concat!(
        "{\"id\":\"e0\",\"source\":\"till-1\",\"name\":\"consent_changed\",\"time\":\"2026-03-01T10:00:00+08:00\",",
        "\"identities\":{\"member\":\"m-1\"},\"attributes\":{\"channel\":\"wechat\",\"granted\":true}}\n",
        "{\"id\":\"e1\",\"source\":\"till-1\",\"name\":\"paid\",\"time\":\"2026-03-02T12:00:00+08:00\",\"channel\":\"store\",",
        "\"identities\":{\"member\":\"m-1\",\"phone\":\"1\"},\"attributes\":{\"name\":\"x\"},\"sequence\":2}\n",
        "{\"name\":\"paid\",\"time\":\"2026-03-02T12:00:00+08:00\",\"user\":1}\n",
        "{\"name\":\"left\",\"time\":\"2026-03-02T12:00:00+08:00\",\"attributes\":null,\"identities\":{}}\n",
        "{\"name\":\"left\",\"time\":\"2026-03-02T12:00:00+08:00\",\"attributes\":{},\"attributes\":{}}\n",
    );
    let plain = Options::default();
    let (batch, options) =
        EventReader::new().format(Format::JsonLines).batch_from(text.as_bytes(), &plain).unwrap();
    insta::assert_snapshot!(format!("{}\n{options:#?}", show(&batch)));
}

fn xes(body: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<log>\n{body}\n</log>\n")
}

#[test]
fn process_logs() {
    let cases = [
        ("types", xes("<trace><string key='concept:name' value='c&amp;1'/><int key='n' value='7'/>\n<event><string key='concept:name' value='a'/><date key='time:timestamp' value='2026-03-01T12:00:00.000+01:00'/><float key='x' value='1.50'/><boolean key='b' value='true'/><id key='i' value='&#x41;'/><list key='l'><values><string key='v' value='1'/></values></list></event></trace>")),
        ("event outside traces", xes("<event><string key='concept:name' value='a'/></event>")),
        ("nested attributes", xes("<trace><event><string key='concept:name' value='a'><string key='meta' value='m'><int key='deeper' value='1'/></string></string></event></trace>")),
        ("bad values in events", xes("<trace><event><int key='n' value='x'/></event>\n<event><float key='x' value='1e400'/></event>\n<event><date key='d' value='soon'/></event>\n<event><boolean key='b' value='maybe'/></event>\n<event><string key='a' value='1'/><string key='a' value='2'/></event>\n<event><date key='d' value='2016-12-31T23:59:60Z'/></event></trace>")),
        ("bad value in a trace", xes("<trace>\n  <int key='n' value='x'/></trace>")),
        ("no key", xes("<trace>\n <event><string value='x'/></event></trace>")),
        ("no value", xes("<trace>\n <event><string key='x'/></event></trace>")),
        ("a key twice in a tag", xes("<string key='a' key='b' value='c'/>")),
        ("trace in event", xes("<trace><event><trace/></event></trace>")),
        ("attribute behind events", xes("<trace><event/><string key='a' value='b'/></trace>")),
        ("unknown element", xes("<trace><text key='a' value='b'/></trace>")),
        ("text", xes("<trace>hello</trace>")),
        ("character data", xes("<trace><![CDATA[hello]]></trace>")),
        ("unknown entity", xes("<string key='a' value='&bomb;'/>")),
        ("entity bomb", "<?xml version=\"1.0\"?><!DOCTYPE log [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><log><string key='x' value='&b;'/></log>".into()),
        ("external entity", "<!DOCTYPE log SYSTEM \"file:///etc/passwd\"><log/>".into()),
        ("not closed", "<log><trace><event>".into()),
        ("wrong end", "<log><trace></log>".into()),
        ("two logs", "<log/><log/>".into()),
        ("other root", "<html/>".into()),
        ("nothing", "".into()),
        ("cut tag", "<log><tra".into()),
        ("empty log", "<log/>".into()),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(name, text)| (*name, text.as_str())).collect();
    insta::assert_snapshot!(all(Format::Xes, &cases));
}

#[test]
fn formats_are_recognised_by_name_and_by_content() {
    let flat = "{\"user\":\"u1\",\"event\":\"a\",\"at\":\"2026-03-01\"}";
    let log = "<log><trace><string key='concept:name' value='u1'/><event><string key='concept:name' value='a'/><date key='time:timestamp' value='2026-03-01T00:00:00Z'/></event></trace></log>";
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a.csv", "user,event,at\nu1,a,2026-03-01\n"),
        ("b.tsv", "user\tevent\tat\nu1\ta\t2026-03-01\n"),
        ("c.jsonl", flat),
        ("d.xes", log),
        ("table", "\u{feff}user,event,at\nu1,a,2026-03-01\n"),
        ("lines", flat),
        ("log", log),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let options = if name.starts_with(['d']) || name == "log" { Options::default() } else { options() };
        let (batch, _) = EventReader::new().batch(&path, &options).unwrap();
        assert_eq!(batch.n_rows(), 1, "{name}");
    }
    let missing = EventReader::new().batch(folder.path().join("none.csv"), &options()).unwrap_err();
    assert_eq!(missing.code().slug(), "io");
    assert!(missing.message().contains("none.csv"), "{missing}");
}

#[test]
fn chinese_tables_and_logs_read_in_the_encoding_they_are_in() {
    let (table, _, _) = encoding_rs::GBK.encode("客户,事件,时间\n张三,下单,2026-03-01\n");
    let options = Options::new("客户", "事件", "时间").with_zone(cjm_core::Zone::utc());
    let batch = read(Format::Csv, &table, &options).unwrap();
    assert_eq!(show(&batch), "客户:text 事件:text 时间:time\n2: 张三 | 下单 | 2026-03-01T00:00:00Z");
    let latin = "<?xml version='1.0' encoding='ISO-8859-1'?><log><trace><event><string key='concept:name' value='caf\u{e9}'/></event></trace></log>";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(latin);
    let batch = read(Format::Xes, &bytes, &Options::default()).unwrap();
    assert_eq!(show(&batch), "concept:name:text\n1: café");
}

#[test]
fn limits_are_named() {
    let limits =
        TextLimits { max_record_bytes: 1_000, max_columns: 50, max_depth: 8, ..TextLimits::default() };
    let many = |n: usize| (0..n).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
    let keys = (0..60).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",");
    for (format, text, limit) in [
        (Format::Csv, format!("user,event,at\n{}", "x".repeat(2_000)), "max_record_bytes"),
        (Format::Csv, format!("user,event,at\n\"{}", "x\n".repeat(2_000)), "max_record_bytes"),
        (Format::Csv, many(100), "max_columns"),
        (Format::JsonLines, format!("{{\"a\":\"{}\"}}", "x".repeat(2_000)), "max_record_bytes"),
        (Format::JsonLines, format!("{{{keys}}}"), "max_columns"),
        (Format::Xes, xes(&format!("<trace><event>{}", "<string key='a' value='1'>".repeat(9))), "max_depth"),
        (Format::Xes, xes(&format!("<string key='a' value='{}'/>", "x".repeat(2_000))), "max_record_bytes"),
        (Format::Xes, format!("<log><!--{}--></log>", "x".repeat(2_000)), "max_record_bytes"),
        (Format::Xes, xes(&"<string key='a' value='1'>".repeat(20)), "max_depth"),
    ] {
        let read =
            EventReader::new().format(format).limits(limits).batch_from(text.as_bytes(), &Options::default());
        let e = read.unwrap_err();
        assert!(e.code().slug() == "limit" && e.message().contains(limit), "{format}: {e}");
    }
    let line = format!("{{\"a\":{deep}}}\n{{\"a\":1}}");
    let reader = EventReader::new().format(Format::JsonLines).limits(limits);
    let (batch, _) = reader.batch_from(line.as_bytes(), &Options::default()).unwrap();
    assert_eq!(batch.n_rows(), 1);
    assert_eq!(batch.rejected().n_rejected(), 1);
}
