//! A till in Rust. A guest agrees to be written to, then cancels an order; five minutes later a coupon is due. It is
//! handed over until it is acknowledged, and never again after that, whatever is sent twice and however often the till
//! restarts.
//!     cargo run -p cjm-io --example till -- examples/blueprints/restaurant.yaml till.db
//!
//! The file is to be new: what is expected of it stands in examples/expected/till.txt, for C, C++ and Python too.
use std::path::Path;

use cjm_core::{AckOutcome, Blueprint, Decision, Event, Timestamp};
use cjm_io::store::Store;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Done {
    let mut words = std::env::args().skip(1);
    let (blueprint, file) = words.next().zip(words.next()).ok_or("till BLUEPRINT FILE")?;
    let blueprint = Blueprint::parse(&std::fs::read_to_string(blueprint)?)?;
    let file = Path::new(&file);

    println!("# a cancelled order, six minutes later");
    let mut store = Store::open(file, &blueprint)?;
    happen(&mut store)?;
    hand_over(&mut store, false)?;
    store.close()?;

    println!("# the till starts again: what was not acknowledged comes again");
    let mut store = Store::open(file, &blueprint)?;
    hand_over(&mut store, true)?;

    println!("# the same events again");
    happen(&mut store)?;
    hand_over(&mut store, true)?;

    println!("# one of them with another body");
    if let Err(error) = store.push(&cancelled("other")?) {
        println!("{}", error.code().slug());
    }
    store.close()?;

    println!("# the till starts again");
    let mut store = Store::open(file, &blueprint)?;
    hand_over(&mut store, true)?;
    store.close()?;
    Ok(())
}

/// What happened until six minutes after noon.
fn happen(store: &mut Store) -> Done {
    let consent = Event::new("consent_changed", Timestamp::parse("2026-03-01T10:00:00+08:00")?)
        .id("till-1", "e0")
        .identity("member", "m-1")
        .with("channel", "wechat")
        .with("purpose", "marketing")
        .with("granted", true);
    store.push(&consent)?;
    store.push(&cancelled("too_slow")?)?;
    store.advance(Timestamp::parse("2026-03-02T12:06:00+08:00")?)?;
    Ok(())
}

fn cancelled(reason: &str) -> Done<Event> {
    Ok(Event::new("order_cancelled", Timestamp::parse("2026-03-02T12:00:00+08:00")?)
        .id("till-1", "e1")
        .identity("member", "m-1")
        .with("order_id", "o-2")
        .with("reason", reason))
}

/// One pass over the outbox.
fn hand_over(store: &mut Store, acknowledge: bool) -> Done {
    let waiting: Vec<Decision> = store.outbox().cloned().collect();
    for decision in &waiting {
        print_decision(decision);
        if acknowledge {
            store.ack(decision.id, AckOutcome::Delivered, None)?;
            println!("acknowledged");
        }
    }
    if waiting.is_empty() {
        println!("nothing");
    }
    Ok(())
}

/// One decision on two lines: in words, and whole.
fn print_decision(decision: &Decision) {
    let Decision { rule, action, target, customer, channel, due, .. } = decision;
    let channel = channel.as_deref().unwrap_or("");
    println!("{rule} {action} {target} to {} {} by {channel} due {due}", customer.kind, customer.value);
    println!("{}", decision.to_json());
}
