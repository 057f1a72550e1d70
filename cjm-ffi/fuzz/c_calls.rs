//! Any bytes as a sequence of C calls on engines, a store and whatever else there is a handle of: a status, whatever is
//! handed in. Pointers lead where the header says; all else is hostile.

#![no_main]

use std::cell::RefCell;
use std::ffi::c_char;

use cjm::answer::{cjm_answer, cjm_answer_free, cjm_answer_text};
use cjm::ask::cjm_ask;
use cjm::blueprint::{cjm_blueprint, cjm_blueprint_free, cjm_blueprint_parse};
use cjm::decision::{cjm_decision, cjm_id};
use cjm::engine::*;
use cjm::event::{cjm_attribute, cjm_event, cjm_identity, cjm_value};
use cjm::last_error::{cjm_last_error, cjm_last_error_json};
use cjm::status::{cjm_status, cjm_status_name};
use cjm::store::*;
use cjm::text::cjm_text;
use cjm::time::{CJM_NOW, cjm_time_format, cjm_time_parse};

const SHOP: &str = "
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: phone }]
events: { cart: { n: int, amount: money, name: text, at: time, ok: bool, x: number }, paid: {} }
surveys: [{ id: nps, questions: [{ id: score, kind: nps }] }]
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind, with: { n: event.n } }] }
  - { id: thank, when: { event: paid }, do: [{ call: thank }] }
";
/// Calls of one input.
const MAX_CALLS: usize = 64;
/// The first instant of events, in microseconds.
const START: i64 = 1_772_366_400_000_000;

/// Texts that mean something, between which the input's own come.
const WORDS: [&str; 24] = [
    "cart", "paid", "member", "phone", "m-1", "m-2", "till", "e1", "e2", "n", "amount", "name", "at", "ok", "x", "12.50",
    "1e400", "-0", "", "\0", "味", "2026-03-01T12:00:00Z", "web", "nps",
];
const QUESTIONS: [&str; 16] = [
    r#"{"ask": "status"}"#,
    r#"{"ask": "customer", "customer": {"member": "m-1"}}"#,
    r#"{"ask": "brief", "customer": {"member": "m-1"}, "language": "zh"}"#,
    r#"{"ask": "explain", "customer": {"member": "m-1"}, "rule": "forgot"}"#,
    r#"{"ask": "outbox"}"#,
    r#"{"ask": "tickets"}"#,
    r#"{"ask": "refusals"}"#,
    r#"{"ask": "refused"}"#,
    r#"{"ask": "refused_links"}"#,
    r#"{"ask": "outcomes"}"#,
    r#"{"ask": "check"}"#,
    r#"{"ask": "blueprint"}"#,
    r#"{"ask": "diff", "blueprint": "{cjm: 1, id: shop}"}"#,
    r#"{"ask": "preview", "blueprint": "{cjm: 1, id: shop}"}"#,
    r#"{"ask": "replay", "events": []}"#,
    r#"{"ask": "objection", "decision": "00000000000000000000000000000000"}"#,
];

thread_local! {
    /// What lives from one input to the next: a folder for the store's file.
    static FOLDER: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = FOLDER.with_borrow_mut(|folder| {
        let made = folder.get_or_insert_with(|| tempfile::tempdir().expect("a folder"));
        made.path().to_path_buf()
    });
    for left in std::fs::read_dir(&folder).expect("it is there").flatten() {
        std::fs::remove_file(left.path()).expect("it can go");
    }
    let mut caller = Caller::new(bytes, folder.join("till.db").display().to_string());
    for _ in 0..MAX_CALLS {
        if caller.bytes.is_empty() {
            break;
        }
        caller.call();
    }
    caller.end();
});

struct Caller<'b> {
    bytes: &'b [u8],
    path: String,
    blueprint: cjm_blueprint,
    engine: cjm_engine,
    store: cjm_store,
    answer: cjm_answer,
    /// The decision that was handed out last.
    decision: cjm_id,
    /// Numbers that named something once, and some that never did.
    stale: Vec<u64>,
}

impl<'b> Caller<'b> {
    fn new(bytes: &'b [u8], path: String) -> Self {
        let mut made = Self {
            bytes,
            path,
            blueprint: cjm_blueprint { raw: 0 },
            engine: cjm_engine { raw: 0 },
            store: cjm_store { raw: 0 },
            answer: cjm_answer { raw: 0 },
            decision: cjm_id { bytes: [0; 16] },
            stale: vec![0, 1, u64::MAX],
        };
        let parsed = unsafe { cjm_blueprint_parse(cjm_text::of(SHOP), &raw mut made.blueprint) };
        let engine = unsafe { cjm_engine_new(made.blueprint, &raw mut made.engine) };
        assert_eq!((parsed, engine), (cjm_status::CJM_OK, cjm_status::CJM_OK));
        made.open_store();
        made
    }

    fn open_store(&mut self) {
        let path = cjm_text::of(&self.path);
        let mut options = cjm_store_options {
            struct_size: size_of::<cjm_store_options>(),
            durability: 2,
            batch_ms: 0,
            last_sequence: 0,
            has_last_sequence: 0,
            reserved: 0,
            hold: 2,
        };
        options.last_sequence = u64::from(self.byte());
        options.has_last_sequence = i32::from(options.last_sequence > 200);
        let mut made = cjm_store { raw: 0 };
        let status = unsafe { cjm_store_open_with(path, self.blueprint, &raw const options, &raw mut made) };
        // a store that is open is locked; a closed one can always be opened again
        assert!(matches!(status, cjm_status::CJM_OK | cjm_status::CJM_LOCKED), "{status:?}");
        if status == cjm_status::CJM_OK {
            self.store = made;
        }
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    fn number(&mut self) -> i64 {
        match self.byte() {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => -1,
            3 => CJM_NOW + 1,
            n if n < 8 => i64::from_le_bytes(std::array::from_fn(|_| self.byte())),
            n => START + i64::from(n) * 600_000_000,
        }
    }

    /// A text that means something, a part of the input, or none at all.
    fn text(&mut self) -> cjm_text {
        let n = usize::from(self.byte());
        if let Some(word) = WORDS.get(n) {
            return cjm_text::of(word);
        }
        let part = match n {
            250 => return cjm_text { ptr: std::ptr::null(), len: 0 },
            251 => return cjm_text { ptr: std::ptr::null(), len: 1 },
            252 => return cjm_text { ptr: c"x".as_ptr(), len: usize::MAX },
            253 => return cjm_text { ptr: c"x".as_ptr(), len: usize::MAX / 2 + 1 },
            254 => self.bytes,
            _ => self.bytes.get(..n - WORDS.len()).unwrap_or(self.bytes),
        };
        self.bytes = &self.bytes[part.len()..];
        cjm_text { ptr: part.as_ptr().cast(), len: part.len() }
    }

    /// A handle, now and then a wrong one.
    fn handle(&mut self, own: u64) -> u64 {
        let n = usize::from(self.byte());
        match n {
            0..8 => [self.blueprint.raw, self.engine.raw, self.store.raw, self.answer.raw][n % 4],
            8..16 => self.stale[n % self.stale.len()],
            _ => own,
        }
    }

    /// Calls something with an event that the input describes.
    fn with_event(&mut self, call: impl FnOnce(*const cjm_event, usize) -> cjm_status) -> cjm_status {
        let mut identities = [cjm_identity { kind: cjm_text::EMPTY, value: cjm_text::EMPTY }; 2];
        for identity in &mut identities {
            *identity = cjm_identity { kind: self.text(), value: self.text() };
        }
        let n = usize::from(self.byte() % 4);
        let attributes: Vec<cjm_attribute> = (0..n)
            .map(|_| {
                let (name, kind) = (self.text(), i32::from(self.byte() % 10));
                let value = match kind {
                    3 => cjm_value { number: f64::from_bits(self.number().cast_unsigned()) },
                    4 | 5 => cjm_value { text: self.text() },
                    _ => cjm_value { integer: self.number() },
                };
                cjm_attribute { name, kind, value }
            })
            .collect();
        let mut event = cjm_event {
            struct_size: size_of::<cjm_event>(),
            name: self.text(),
            time: self.number(),
            source: self.text(),
            id: self.text(),
            channel: self.text(),
            sequence: i64::from(self.byte()),
            identities: identities.as_ptr(),
            n_identities: usize::from(self.byte() % 3),
            attributes: attributes.as_ptr(),
            n_attributes: n,
        };
        match self.byte() {
            0 => event.struct_size = 0,
            1 => event.struct_size = usize::MAX,
            2 => event.identities = std::ptr::null(),
            3 => event.attributes = std::ptr::null(),
            4 => event.n_identities = usize::MAX,
            5 => event.n_attributes = usize::MAX,
            6 => return call(std::ptr::null(), 1),
            7 => return call(&raw const event, usize::MAX),
            _ => {}
        }
        let events = [event; 3];
        call(events.as_ptr(), usize::from(self.byte() % 4))
    }

    fn call(&mut self) {
        let which = self.byte();
        let status = match which % 40 {
            0..20 => self.call_engine(which % 20),
            20..36 => self.call_store(which % 40 - 20),
            36 => self.ask(),
            37 => self.parse(),
            38 => {
                let mut time = 0;
                unsafe { cjm_time_parse(self.text(), &raw mut time) }
            }
            _ => self.words(),
        };
        // a name of every status; a fault of the library is none of a caller's
        assert!(cjm_status_name(status as i32).len > 0);
        assert_ne!(status, cjm_status::CJM_INTERNAL);
        assert_ne!(status, cjm_status::CJM_BUSY);
    }

    fn call_engine(&mut self, which: u8) -> cjm_status {
        let engine = cjm_engine { raw: self.handle(self.engine.raw) };
        let (mut due, mut valid, mut taken) = (0, 0, 7);
        match which {
            0..4 => self.with_event(|event, _| unsafe { cjm_engine_push(engine, event) }),
            4 => {
                let now = self.number();
                self.with_event(|event, _| unsafe { cjm_engine_push_at(engine, event, now) })
            }
            5 => self.with_event(|event, n| {
                let status = unsafe { cjm_engine_push_many(engine, event, n, &raw mut taken) };
                assert!(taken <= n && (status != cjm_status::CJM_OK || taken == n));
                status
            }),
            6 | 7 => unsafe { cjm_engine_push_json(engine, self.text()) },
            8 | 9 => cjm_engine_advance(engine, self.number()),
            10 => unsafe { cjm_engine_next_due(engine, &raw mut due) },
            11 | 12 => self.next(|decision| unsafe { cjm_engine_next_decision(engine, decision) }),
            13 => {
                let (id, outcome, at) = (self.decision, i32::from(self.byte() % 12), self.number());
                cjm_engine_ack_at(engine, id, outcome, at)
            }
            14 => unsafe { cjm_engine_still_valid(engine, self.decision, self.number(), &raw mut valid) },
            15 => unsafe { cjm_engine_retract(engine, self.text(), self.text(), self.text(), self.text()) },
            16 => unsafe { cjm_engine_erase(engine, self.text(), self.text()) },
            17 => {
                let (later, how) = (cjm_blueprint { raw: self.handle(self.blueprint.raw) }, self.text());
                self.answered(|to| unsafe { cjm_engine_install(engine, later, how, to) })
            }
            18 => self.restored(engine),
            _ => {
                let status = cjm_engine_free(engine);
                if self.engine.raw == engine.raw {
                    self.stale.push(engine.raw);
                    let made = unsafe { cjm_engine_new(self.blueprint, &raw mut self.engine) };
                    assert_eq!(made, cjm_status::CJM_OK);
                }
                status
            }
        }
    }

    fn call_store(&mut self, which: u8) -> cjm_status {
        let store = cjm_store { raw: self.handle(self.store.raw) };
        let (mut due, mut valid, mut taken) = (0, 0, 7);
        match which {
            0 | 1 => self.with_event(|event, _| unsafe { cjm_store_push(store, event) }),
            2 => self.with_event(|event, n| {
                let status = unsafe { cjm_store_push_many(store, event, n, &raw mut taken) };
                assert!(taken <= n && (status != cjm_status::CJM_OK || taken == n));
                status
            }),
            3 => unsafe { cjm_store_push_json(store, self.text()) },
            4 => cjm_store_advance(store, self.number()),
            5 => unsafe { cjm_store_next_due(store, &raw mut due) },
            6 => self.next(|decision| unsafe { cjm_store_next_decision(store, decision) }),
            7 => cjm_store_ack_at(store, self.decision, i32::from(self.byte() % 12), self.number()),
            8 => unsafe { cjm_store_still_valid(store, self.decision, self.number(), &raw mut valid) },
            9 => unsafe { cjm_store_retract(store, self.text(), self.text(), self.text(), self.text()) },
            10 => {
                let (kind, customer) = (self.text(), self.text());
                self.answered(|to| unsafe { cjm_store_erase(store, kind, customer, to) })
            }
            11 => {
                let (kind, customer) = (self.text(), self.text());
                self.answered(|to| unsafe { cjm_store_export(store, kind, customer, to) })
            }
            12 => {
                let (later, how) = (cjm_blueprint { raw: self.handle(self.blueprint.raw) }, self.text());
                self.answered(|to| unsafe { cjm_store_install(store, later, how, to) })
            }
            13 => {
                let n = self.byte() % 3;
                let copy = format!("{}.{n}", self.path);
                unsafe { cjm_store_backup(store, cjm_text::of(&copy)) }
            }
            14 => cjm_store_caught_up(store),
            _ => {
                let status = cjm_store_close(store);
                if store.raw == self.store.raw {
                    self.stale.push(store.raw);
                }
                self.open_store();
                status
            }
        }
    }

    /// Calls for a decision, whose texts are read.
    fn next(&mut self, call: impl FnOnce(*mut cjm_decision) -> cjm_status) -> cjm_status {
        let mut row = std::mem::MaybeUninit::<cjm_decision>::zeroed();
        let status = unsafe {
            (*row.as_mut_ptr()).struct_size = size_of::<cjm_decision>();
            call(row.as_mut_ptr())
        };
        if status == cjm_status::CJM_ROW {
            let row = unsafe { row.assume_init() };
            self.decision = row.id;
            for text in [row.rule, row.action, row.target, row.customer_kind, row.customer, row.json, row.key, row.arm] {
                read(text);
            }
        }
        status
    }

    /// Calls for an answer, which is read; the one before is freed.
    fn answered(&mut self, call: impl FnOnce(*mut cjm_answer) -> cjm_status) -> cjm_status {
        let (before, mut made) = (self.answer, cjm_answer { raw: 0 });
        let status = call(&raw mut made);
        assert_eq!(status == cjm_status::CJM_OK, made.raw != 0);
        if made.raw != 0 {
            let mut text = cjm_text::EMPTY;
            assert_eq!(unsafe { cjm_answer_text(made, &raw mut text) }, cjm_status::CJM_OK);
            read(text);
            assert_eq!(cjm_answer_free(before), cjm_status::CJM_OK);
            self.stale.push(before.raw);
            self.answer = made;
        }
        status
    }

    /// An engine as it was, or from bytes of the input.
    fn restored(&mut self, engine: cjm_engine) -> cjm_status {
        let status = self.answered(|to| unsafe { cjm_engine_snapshot(engine, to) });
        if status != cjm_status::CJM_OK {
            return status;
        }
        let (mut bytes, mut again) = (cjm_text::EMPTY, cjm_engine { raw: 0 });
        assert_eq!(unsafe { cjm_answer_text(self.answer, &raw mut bytes) }, cjm_status::CJM_OK);
        let place = usize::from(self.byte());
        let mut copy = read(bytes);
        let is_whole = place == 0;
        if !is_whole {
            let n = copy.len();
            copy[place % n] ^= 1 << (place % 8);
        }
        let status = unsafe { cjm_engine_restore(self.blueprint, copy.as_ptr(), copy.len(), &raw mut again) };
        assert_eq!(status == cjm_status::CJM_OK, again.raw != 0);
        assert!(!is_whole || again.raw != 0, "a snapshot is one");
        assert_eq!(cjm_engine_free(again), cjm_status::CJM_OK);
        status
    }

    fn ask(&mut self) -> cjm_status {
        let handle = self.handle([self.engine.raw, self.store.raw][usize::from(self.bytes.len() % 2 == 0)]);
        let question = match self.byte() {
            n if usize::from(n) < QUESTIONS.len() => cjm_text::of(QUESTIONS[usize::from(n)]),
            _ => self.text(),
        };
        self.answered(|to| unsafe { cjm_ask(handle, question, to) })
    }

    /// A blueprint of the input's, under which an engine is made.
    fn parse(&mut self) -> cjm_status {
        let (mut blueprint, mut engine) = (cjm_blueprint { raw: 0 }, cjm_engine { raw: 0 });
        let status = unsafe { cjm_blueprint_parse(self.text(), &raw mut blueprint) };
        if status == cjm_status::CJM_OK {
            assert_eq!(unsafe { cjm_engine_new(blueprint, &raw mut engine) }, cjm_status::CJM_OK);
            assert_eq!(cjm_engine_free(engine), cjm_status::CJM_OK);
            assert_eq!(cjm_blueprint_free(blueprint), cjm_status::CJM_OK);
            self.stale.extend([engine.raw, blueprint.raw]);
        }
        status
    }

    /// Words in a buffer of any size, which holds a text and a zero behind it.
    fn words(&mut self) -> cjm_status {
        let (mut buffer, size, time) = ([1_u8; 64], usize::from(self.byte() % 65), self.number());
        for which in 0..3 {
            let at = buffer.as_mut_ptr().cast::<c_char>();
            let whole = match which {
                0 => unsafe { cjm_last_error(at, size) },
                1 => unsafe { cjm_last_error_json(at, size) },
                _ => unsafe { cjm_time_format(time, at, size) },
            };
            let Some(end) = buffer[..size].iter().position(|byte| *byte == 0) else {
                assert_eq!(size, 0);
                continue;
            };
            let cut = std::str::from_utf8(&buffer[..end]).expect("it is cut at a character");
            assert!(cut.len() <= whole && cut.len() + 4 >= whole.min(size - 1) || cut.contains('\0'));
        }
        cjm_status::CJM_OK
    }

    /// Ends everything once; what it named names nothing then.
    fn end(self) {
        let ends: [&dyn Fn() -> cjm_status; 4] = [
            &|| cjm_engine_free(self.engine),
            &|| cjm_store_close(self.store),
            &|| cjm_answer_free(self.answer),
            &|| cjm_blueprint_free(self.blueprint),
        ];
        for end in ends {
            assert_eq!(end(), cjm_status::CJM_OK);
        }
        assert_eq!(cjm_engine_free(self.engine), cjm_status::CJM_BAD_HANDLE);
        assert_eq!(cjm_store_close(self.store), cjm_status::CJM_BAD_HANDLE);
        assert_eq!(cjm_blueprint_free(self.blueprint), cjm_status::CJM_BAD_HANDLE);
    }
}

/// Every byte of a text, as a caller would read it.
fn read(text: cjm_text) -> Vec<u8> {
    unsafe { std::slice::from_raw_parts(text.ptr.cast::<u8>(), text.len) }.to_vec()
}
