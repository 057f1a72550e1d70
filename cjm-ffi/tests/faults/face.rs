//! What C is told when a disk fails while a customer is erased or a store is closed: whether it is done, and that what
//! was not can be finished.
//!
//! Answers: statuses and receipts. Does not know: every access at which a disk may fail (see the files beside it).

use cjm::answer::{cjm_answer, cjm_answer_free, cjm_answer_text};
use cjm::blueprint::{cjm_blueprint, cjm_blueprint_free, cjm_blueprint_parse};
use cjm::status::cjm_status::{self, CJM_BAD_HANDLE, CJM_IO, CJM_NOT_FOUND, CJM_OK};
use cjm::store::*;
use cjm::text::cjm_text;
use cjm_io::store::Durability;

use super::disk::{Cut, Disk, Fault, Kind};
use super::erased::{Person, crowd};
use super::story::{is_long, shop};
use super::vfs::Mounted;

const CART: &str = r#"{"name": "cart", "time": "2026-03-01T10:00:00Z", "identities": {"member": "m1"}, "attributes": {"n": 1}}"#;

/// Opens the store of a disk as C does.
fn opened(mounted: &Mounted, durability: cjm_durability) -> cjm_store {
    let text = shop().to_json().expect("it is written");
    let path = mounted.path();
    let path = cjm_text::of(path.to_str().expect("it is text"));
    let (mut blueprint, mut store) = (cjm_blueprint { raw: 0 }, cjm_store { raw: 0 });
    let options = cjm_store_options {
        struct_size: size_of::<cjm_store_options>(),
        durability: durability as i32,
        batch_ms: 0,
        last_sequence: 0,
        has_last_sequence: 0,
        reserved: 0,
        hold: 0,
    };
    // SAFETY: all texts and places live as long as the calls
    unsafe {
        assert_eq!(cjm_blueprint_parse(cjm_text::of(&text), &raw mut blueprint), CJM_OK);
        assert_eq!(cjm_store_open_with(path, blueprint, &raw const options, &raw mut store), CJM_OK);
    }
    assert_eq!(cjm_blueprint_free(blueprint), CJM_OK);
    store
}

/// Erases a member as C does; the receipt where there is one.
fn erase(store: cjm_store, member: &str) -> Result<String, cjm_status> {
    let (mut receipt, mut text) = (cjm_answer { raw: 7 }, cjm_text::EMPTY);
    // SAFETY: all texts and places live as long as the calls, the receipt's text until it is freed
    unsafe {
        let (kind, member) = (cjm_text::of("member"), cjm_text::of(member));
        let status = cjm_store_erase(store, kind, member, &raw mut receipt);
        if status != CJM_OK {
            assert_eq!(receipt.raw, 7, "nothing is written by a call that errs");
            return Err(status);
        }
        assert_eq!(cjm_answer_text(receipt, &raw mut text), CJM_OK);
        let bytes = std::slice::from_raw_parts(text.ptr.cast::<u8>(), text.len).to_vec();
        assert_eq!(cjm_answer_free(receipt), CJM_OK);
        Ok(String::from_utf8(bytes).expect("it is text"))
    }
}

/// Erases somebody on a disk that fails for a while; gives the receipt, and whether the disk failed.
fn erased(mounted: &Mounted, person: &Person, fault: Fault) -> (String, bool) {
    let store = opened(mounted, cjm_durability::CJM_DURABILITY_FULL);
    mounted.with(|disk| disk.fault = Some(Fault { from: disk.n_changes + fault.from, ..fault }));
    let member = &*person.key().value;
    let mut n_errors = 0;
    let receipt = loop {
        match erase(store, member) {
            Ok(receipt) => break receipt,
            Err(status) => assert_eq!(status, CJM_IO, "{fault:?}"),
        }
        n_errors += 1;
        assert!(n_errors < 20, "{fault:?}: the disk is well again");
        // who asks for somebody whom nobody knows is not told of what another call left
        let stranger = erase(store, "nobody").expect_err("nobody is known as that");
        assert!(stranger == CJM_IO || stranger == CJM_NOT_FOUND, "{fault:?}: {stranger:?}");
        let is_known = {
            let mut answer = cjm_answer { raw: 0 };
            let (kind, member) = (cjm_text::of("member"), cjm_text::of(member));
            // SAFETY: all texts and places live as long as the call
            let status = unsafe { cjm_store_export(store, kind, member, &raw mut answer) };
            assert_eq!(cjm_answer_free(answer), CJM_OK);
            status == CJM_OK
        };
        if stranger == CJM_NOT_FOUND && !is_known {
            assert_eq!(mounted.with(|disk| person.left_on(disk)), None, "{fault:?}: that finishes it, too");
        }
    };
    assert_eq!(mounted.with(|disk| person.left_on(disk)), None, "{fault:?}");
    assert_eq!(erase(store, member), Err(CJM_NOT_FOUND), "{fault:?}: it is done");
    mounted.with(|disk| disk.fault = None);
    assert_eq!(cjm_store_close(store), CJM_OK);
    (receipt, n_errors > 0)
}

#[test]
fn an_erasure_that_failed_and_was_asked_for_again_is_told_from_one_of_nobody() {
    let mounted = Mounted::new(Disk::default());
    let (store, people) = crowd(&mounted, (12, 12), Durability::Full);
    let before = mounted.with(|disk| disk.cut(Cut::Kill, &mut 0));
    drop(store);
    let (mut n_whole, mut n_half, mut from) = (0, 0, 0);
    loop {
        let mounted = Mounted::new(before.clone());
        let n = n_whole + n_half;
        let kind = [Kind::Broken, Kind::Full][n % 2];
        let (receipt, failed) = erased(&mounted, &people[5], Fault { from, n: 1 + n % 5, kind });
        let is_half = receipt.contains(r#""customers":0"#);
        assert!(is_half || receipt.contains(r#""customers":1"#), "{receipt}");
        assert!(failed || !is_half, "{receipt}");
        *if is_half { &mut n_half } else { &mut n_whole } += 1;
        if mounted.with(|disk| disk.n_changes < from) {
            break;
        }
        from += if is_long() { 1 } else { 7 };
    }
    assert!(n_whole > 0 && n_half > 0);
    println!("{} erasures in C, {n_half} of them finished by a later call", n_whole + n_half);
}

#[test]
fn a_store_whose_end_fails_is_closed_all_the_same() {
    let mounted = Mounted::new(Disk::default());
    let store = opened(&mounted, cjm_durability::CJM_DURABILITY_OFF);
    // SAFETY: the text lives as long as the call
    assert_eq!(unsafe { cjm_store_push_json(store, cjm_text::of(CART)) }, CJM_OK);
    mounted.with(|disk| {
        disk.fault = Some(Fault { from: disk.n_changes, n: usize::MAX / 2, kind: Kind::Broken })
    });
    assert_eq!(cjm_store_close(store), CJM_IO);
    assert_eq!(cjm_store_close(store), CJM_BAD_HANDLE);
    // what was taken in is there, and nobody has the file
    mounted.with(|disk| disk.fault = None);
    let store = opened(&mounted, cjm_durability::CJM_DURABILITY_FULL);
    assert!(erase(store, "m1").expect("the member is known").contains(r#""events":1"#));
    assert_eq!(cjm_store_close(store), CJM_OK);
}
