//! A headless Chromium that opens pages from a server of this test, and what it saw there.
//!
//! Answers: the facts of each page as a script of the test, not of the report, reads them; every request made.
//! Does not know: what the facts should be.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What to install where it is missing.
const INSTALL: &str = "apt-get install --no-install-recommends chromium fonts-noto-cjk";
/// Longest time for all pages of one visit.
const PATIENCE: Duration = Duration::from_secs(480);

/// What was seen of all pages of one visit.
pub(crate) struct Seen {
    /// One set of facts per page, in the order given.
    pub(crate) facts: Vec<serde_json::Value>,
    /// Requests other than those for the pages themselves.
    pub(crate) strange: Vec<String>,
}

/// One page to look at, at a width in pixels.
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) width: u32,
}

/// The browser, or `None` with a loud word where there is none. Under CI a missing browser is a failure.
pub(crate) fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect()).unwrap_or_default();
    let found = names.iter().flat_map(|n| folders.iter().map(move |f| f.join(n))).find(|p| p.is_file());
    let missing = match &found {
        None => "no Chromium found",
        Some(_) if !has_chinese_font() => "no Chinese font found",
        Some(_) => return found,
    };
    let word = format!("{missing}: the report was not looked at in a browser; install with `{INSTALL}`");
    assert!(std::env::var_os("CI").is_none_or(|v| v == "false" || v.is_empty()), "{word}");
    eprintln!("SKIPPED: {word}");
    None
}

fn has_chinese_font() -> bool {
    let list = Command::new("fc-list").arg(":lang=zh").output();
    list.is_ok_and(|out| !out.stdout.is_empty())
}

/// Opens every page, reads its facts with `probe` (the body of a function of `document` and `window`), and closes.
pub(crate) fn visit(chromium: &Path, pages: &[Page], probe: &str) -> Seen {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let site = Arc::new(Site {
        start: start_page(pages, probe),
        pages: pages.iter().map(|p| p.html.clone()).collect(),
        result: Mutex::new(None),
        strange: Mutex::new(Vec::new()),
    });
    let server = Arc::clone(&site);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = Arc::clone(&server);
            std::thread::spawn(move || site.answer(stream));
        }
    });
    run(chromium, port, &site);
    let result = site.result.lock().unwrap().take().expect("the browser brought no result");
    let facts: Vec<serde_json::Value> = serde_json::from_str(&result).expect("the probe's result is JSON");
    assert_eq!(facts.len(), pages.len(), "the browser did not read every page");
    let strange = site.strange.lock().unwrap().clone();
    Seen { facts, strange }
}

fn run(chromium: &Path, port: u16, site: &Site) {
    let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("chromium-{port}"));
    let mut browser = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions"])
        .args(["--disable-domain-reliability", "--disable-default-apps", "--hide-scrollbars"])
        // the host that payloads name is this server; no other name is known, also to the browser's own errands
        .arg(format!(
            "--host-resolver-rules=MAP leak.example 127.0.0.1:{port},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"
        ))
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--window-size=1400,1000", "--remote-debugging-port=0"])
        .arg(format!("http://127.0.0.1:{port}/start"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Chromium starts");
    let started = Instant::now();
    while site.result.lock().unwrap().is_none() && started.elapsed() < PATIENCE {
        if browser.try_wait().expect("Chromium can be asked").is_some() {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    end(&mut browser);
    _ = std::fs::remove_dir_all(profile);
}

fn end(browser: &mut Child) {
    _ = browser.kill();
    _ = browser.wait();
}

/// The page that holds each report in a frame of its width, one after the other, and reports what the probe says.
fn start_page(pages: &[Page], probe: &str) -> String {
    let widths: Vec<String> = pages.iter().map(|p| p.width.to_string()).collect();
    format!(
        r#"<!doctype html><meta charset=utf-8><link rel=icon href=data:,><body><script>
const widths = [{}], facts = [];
const probe = (document, window) => {{ {probe} }};
const next = () => {{
  if (facts.length === widths.length) {{
    fetch('/result', {{ method: 'POST', body: JSON.stringify(facts) }});
    return;
  }}
  const frame = document.createElement('iframe');
  frame.style = `border:0;height:900px;width:${{widths[facts.length]}}px`;
  frame.src = '/page/' + facts.length;
  frame.onload = () => setTimeout(() => {{
    let fact;
    try {{ fact = probe(frame.contentDocument, frame.contentWindow); }} catch (e) {{ fact = {{ failed: String(e) }}; }}
    facts.push(fact);
    frame.remove();
    next();
  }}, 0);
  document.body.append(frame);
}};
next();
</script>"#,
        widths.join(",")
    )
}

struct Site {
    start: String,
    pages: Vec<String>,
    result: Mutex<Option<String>>,
    strange: Mutex<Vec<String>>,
}

impl Site {
    fn answer(&self, mut stream: TcpStream) {
        _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let Some((head, body)) = read_request(&mut stream) else { return };
        let path = head.split(' ').nth(1).unwrap_or("").to_owned();
        let page = path.strip_prefix("/page/").and_then(|i| self.pages.get(i.parse::<usize>().ok()?));
        match (path.as_str(), page) {
            ("/start", _) => send(&mut stream, &self.start),
            ("/result", _) => {
                send(&mut stream, "");
                *self.result.lock().unwrap() = Some(body);
            }
            (_, Some(page)) => send(&mut stream, page),
            _ => {
                let first = head.lines().next().unwrap_or("").chars().take(200).collect();
                self.strange.lock().unwrap().push(first);
                send(&mut stream, "");
            }
        }
    }
}

/// The head and body of a request; `None` where a connection was opened but nothing asked.
/// What is no HTTP (a handshake for https) comes back as a head.
fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 65_536];
    loop {
        let n = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !text.starts_with("GET ") && !text.starts_with("POST ") {
            return Some((text, String::new()));
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

fn send(stream: &mut TcpStream, body: &str) {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
