//! Visits to a restaurant: customers by number, three events each, in order of time.
//!
//! Answers: the event of a customer in a round. Does not know: what is measured. Nothing is drawn at random: the same
//! number gives the same events.

use std::sync::Arc;

use cjm_core::{Blueprint, Event, Plan, Timestamp, Value};

/// The blueprint of the restaurant.
pub const RESTAURANT: &str = include_str!("../examples/blueprints/restaurant.yaml");
/// Events of each customer.
pub const ROUNDS: u32 = 3;

/// 2026-03-02 11:00 at the restaurant.
const BEGIN_US: i64 = 1_772_420_400_000_000;
/// All customers have had a round after so long.
const ROUND_US: i64 = 4 * 3_600_000_000;

/// Four kinds of visits.
const VISITS: [[&str; ROUNDS as usize]; 4] = [
    ["order_placed", "paid", "review"],
    ["add_to_cart", "order_placed", "paid"],
    ["seated", "order_placed", "order_cancelled"],
    ["coupon_view", "add_to_cart", "paid"],
];

/// The restaurant's plan.
///
/// # Errors
/// When the blueprint has findings that are errors.
pub fn plan() -> Result<Arc<Plan>, Box<dyn std::error::Error>> {
    Ok(Arc::new(Blueprint::from_yaml(RESTAURANT)?.compile()?))
}

/// The instant of a customer's event, of so many customers, to the millisecond.
pub fn time(customer: u32, of: u32, round: u32) -> Timestamp {
    let within = i64::from(customer) * (ROUND_US / 1_000) / i64::from(of.max(1)) * 1_000;
    Timestamp::saturating(BEGIN_US + i64::from(round) * ROUND_US + within)
}

/// A customer's event in a round. The first one names member and phone, the others the member alone.
pub fn event(customer: u32, of: u32, round: u32) -> Event {
    let mixed = customer.wrapping_mul(2_654_435_761);
    let kinds = VISITS.get(customer as usize % VISITS.len()).copied().unwrap_or_default();
    let name = kinds.get(round as usize).copied().unwrap_or_default();
    let id = format!("{}-{}", 20_260_302, customer * ROUNDS + round);
    let event = Event::new(name, time(customer, of, round))
        .id("till-1", id)
        .identity("member", format!("M{:08}", customer));
    let event = match round {
        0 => event.identity("phone", format!("138{:08}", customer)),
        _ => event,
    };
    let order = format!("o{customer}");
    let dish = ["noodles", "soup", "tea", "rice"].get(mixed as usize >> 30).copied().unwrap_or_default();
    let amount = Value::from(format!("{}.{:02}", 20 + mixed % 180, mixed % 100));
    match name {
        "seated" => event.with("store", "s-12").with("table", "7").with("party", i64::from(1 + mixed % 6)),
        "coupon_view" => event.with("coupon", "spring"),
        "add_to_cart" => event.with("order_id", order).with("dish", dish).with("amount", amount),
        "order_placed" | "paid" => event.with("order_id", order).with("amount", amount),
        "order_cancelled" => event.with("order_id", order).with("reason", "too_slow"),
        _ => event.with("stars", i64::from(1 + mixed % 5)),
    }
}
