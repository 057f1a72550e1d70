//! What the attributes of simulated events say, by declared type and by name.
//!
//! Answers: values that fit their types and belong together within a visit: one order id, prices that add up,
//! the customer's own store, a score that fits the mood. Does not know: conditions over attributes.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::condition::Facts;
use super::route::Step;
use super::voice;
use super::walk::{Walk, is_removal};
use crate::base::hash::stable_id;
use crate::base::time::{DAY_US, Duration};
use crate::base::value::Value;
use crate::base::zone::Date;
use crate::blueprint::model::{AttributeKind, AttributeType};
use crate::score::ScoreKind;

/// How many different things a text attribute names.
const POOL: usize = 12;
/// How often attributes are drawn until the touchpoint's condition holds.
const MAX_DRAWS: usize = 40;
/// Most records of a list.
const MAX_RECORDS: usize = 8;

impl Walk<'_> {
    /// An event happens now, at a touchpoint or outside any.
    pub(super) fn happen(&mut self, name: &Arc<str>, step: Option<&Step>) {
        let source = step.map_or_else(|| self.world.own_source(), |step| step.source.clone());
        self.person.add(name, self.clock, &source, step.and_then(|step| step.channel.as_ref()));
        let Some(shape) = self.world.events.get(name) else { return };
        self.choose(shape, step, is_removal(name));
        let mut attributes = Vec::new();
        let (remembered, nothing) = (self.seen.clone(), Vec::new());
        for attempt in 0..MAX_DRAWS {
            // what was said before may be what keeps the condition from holding: the second half forgets it
            self.seen.clone_from(if attempt < MAX_DRAWS / 2 { &remembered } else { &nothing });
            attributes = self.draw(shape, step);
            let channel = step.and_then(|step| step.channel.as_deref());
            let facts =
                Facts { name, time: self.clock, channel, values: &attributes, zone: &self.world.zone };
            if step.is_none_or(|step| step.takes(facts)) {
                break;
            }
        }
        self.person.fill(attributes);
    }

    /// The attributes of an event, drawn once.
    fn draw(&mut self, shape: &[(Arc<str>, AttributeType)], step: Option<&Step>) -> Vec<(Arc<str>, Value)> {
        let attributes = shape.iter().map(|(attribute, kind)| {
            let score = step.and_then(|s| s.score.as_ref()).filter(|(_, carrier)| carrier == attribute);
            let value = match score {
                Some((kind, _)) => Value::Int(self.answer(*kind, self.feeling.mood(), 0.9)),
                None if kind.optional && !self.person.random.chance(self.presence(attribute)) => Value::Null,
                None => self.value(attribute, kind, step, 0),
            };
            (attribute.clone(), value)
        });
        attributes.collect()
    }

    /// Something is put into the basket, or taken out, where the event names a thing and the touchpoint repeats.
    fn choose(&mut self, shape: &[(Arc<str>, AttributeType)], step: Option<&Step>, removes: bool) {
        let priced = shape.iter().any(|(_, kind)| kind.kind == AttributeKind::Money);
        let Some((name, _)) =
            shape.iter().find(|(name, kind)| kind.kind == AttributeKind::Text && !is_id(name))
        else {
            return;
        };
        if !step.is_some_and(|step| step.repeat) || self.is_dimension(name) {
            return;
        }
        let taken_out = if removes { self.basket.pop() } else { None };
        let (thing, price) = taken_out.unwrap_or_else(|| {
            let thing = self.thing(name);
            let price = price_of(&thing);
            if priced && !removes {
                self.basket.push((thing.clone(), price));
            }
            (thing, price)
        });
        self.touched = price;
        self.see(name, thing);
    }

    /// How likely an optional attribute is there: texts of this visit often, comments by how strong the mood is.
    fn presence(&self, name: &str) -> f64 {
        if is_comment(name) {
            0.45 + 0.4 * self.feeling.mood().abs()
        } else if self.seen.iter().any(|(seen, _)| &**seen == name) {
            0.7
        } else {
            0.15
        }
    }

    /// A value of a declared type.
    pub(super) fn value(
        &mut self,
        name: &Arc<str>,
        kind: &AttributeType,
        step: Option<&Step>,
        depth: usize,
    ) -> Value {
        match &kind.kind {
            AttributeKind::Text => self.text(name, step),
            AttributeKind::Int if depth > 0 => Value::Int(self.count(name)),
            AttributeKind::Int => self.remembered(name, |walk| Value::Int(walk.count(name))),
            AttributeKind::Number => {
                Value::Number((self.person.random.log_normal(20.0, 0.6) * 100.0) as i64 as f64 / 100.0)
            }
            AttributeKind::Money => self.money(step),
            AttributeKind::Bool => Value::Bool(self.person.random.chance(0.85)),
            AttributeKind::Time => Value::Time(self.clock),
            AttributeKind::Date => Value::Date(self.date(name)),
            AttributeKind::Enum(options) => self.option(name, options),
            AttributeKind::IntRange(low, high) => Value::Int(self.in_range(*low, *high)),
            AttributeKind::List(_) if depth > 2 => Value::List(Arc::from([])),
            AttributeKind::List(fields) => {
                let n = self.basket.len().clamp(1, MAX_RECORDS);
                let records = (0..n).map(|place| {
                    let chosen = self.basket.get(place).cloned();
                    let fields = fields.iter().map(|(field, kind)| {
                        let name: Arc<str> = field.as_str().into();
                        let value = match (&kind.kind, &chosen) {
                            (AttributeKind::Text, Some((thing, _))) if !is_id(field) => thing.clone(),
                            (AttributeKind::Money, Some((_, price))) => hundredths(*price),
                            _ => self.value(&name, kind, step, depth + 1),
                        };
                        (name, value)
                    });
                    Value::Record(fields.collect())
                });
                Value::List(records.collect())
            }
        }
    }

    fn text(&mut self, name: &Arc<str>, step: Option<&Step>) -> Value {
        if self.is_dimension(name) {
            return self.person.value_of(name);
        }
        if is_comment(name) {
            let topics = step.map(|step| step.topics.as_slice()).unwrap_or_default();
            let mood = self.feeling.mood();
            return self.comment(topics, mood);
        }
        if is_id(name) {
            let prefix = name.get(..1).unwrap_or("i");
            return Value::from(format!("{prefix}-{}", self.tag));
        }
        if &**name == "name" {
            return Value::from(voice::person(self.person.index, self.world.voice.language));
        }
        self.remembered(name, |walk| walk.thing(name))
    }

    /// What this visit said under a name before; else something new.
    fn remembered(&mut self, name: &Arc<str>, new: impl FnOnce(&mut Self) -> Value) -> Value {
        if let Some((_, value)) = self.seen.iter().find(|(seen, _)| seen == name) {
            return value.clone();
        }
        let value = new(self);
        self.see(name, value.clone());
        value
    }

    /// A comment in the simulation's language.
    pub(super) fn comment(&mut self, topics: &[String], mood: f64) -> Value {
        let late = self.feeling.late;
        Value::from(self.world.voice.comment(&mut self.person.random, topics, mood, late))
    }

    fn see(&mut self, name: &Arc<str>, value: Value) {
        self.seen.retain(|(seen, _)| seen != name);
        self.seen.push((name.clone(), value));
    }

    /// One of the things of a name: half the time the customer's favourite, else by popularity.
    fn thing(&mut self, name: &str) -> Value {
        let favourite = self.person.favourite;
        let place = if self.person.random.chance(0.5) { favourite } else { self.person.random.popular(POOL) };
        voice::thing(name, place, self.world.voice.language)
    }

    /// The price of what was just chosen or taken out; the basket's total anywhere else.
    fn money(&mut self, step: Option<&Step>) -> Value {
        let total: i64 = self.basket.iter().map(|(_, price)| *price).sum();
        let one = step.is_some_and(|step| step.repeat) && self.touched > 0;
        hundredths(match (one, total) {
            (true, _) => self.touched,
            (false, 0) => self.unnamed_total(),
            (false, total) => total,
        })
    }

    /// The total of a visit that names no things: drawn once.
    fn unnamed_total(&mut self) -> i64 {
        let total = self.total.unwrap_or_else(|| self.person.random.log_normal(8_000.0, 0.5) as i64);
        self.total = Some(total);
        total
    }

    fn count(&mut self, name: &str) -> i64 {
        let most = match name {
            "party" | "guests" | "people" => 5,
            "quantity" | "items" | "pieces" => 3,
            _ => 10,
        };
        1 + self.person.random.popular(most) as i64
    }

    /// A day of the customer's own for birthdays, else the local day of the visit.
    fn date(&mut self, name: &str) -> Date {
        let today = self.world.zone.date(self.clock);
        if name.contains("birth") {
            return Date::from_days(3_650 + ((self.person.index * 7_919) % 14_000) as i64);
        }
        let ahead = self.person.random.between(0, 14 * DAY_US);
        self.world.zone.date(self.clock.plus(Duration::from_micros(ahead))).max(today)
    }

    /// An option: the first is the likeliest, but one that speaks of slowness after a wait that was too long.
    pub(super) fn option(&mut self, name: &str, options: &[String]) -> Value {
        let slow =
            options.iter().find(|o| ["slow", "wait", "late", "delay"].iter().any(|word| o.contains(word)));
        let chosen = match slow.filter(|_| self.feeling.late && self.person.random.chance(0.75)) {
            Some(slow) => Some(slow),
            None if self.is_dimension(name) => {
                options.get(self.person.home.min(options.len().saturating_sub(1)))
            }
            None => options.get(self.person.random.popular(options.len())),
        };
        chosen.map_or(Value::Null, |option| Value::from(option.as_str()))
    }

    /// A whole number of a range: wide ranges around their middle, narrow ones by mood.
    fn in_range(&mut self, low: i64, high: i64) -> i64 {
        if high.saturating_sub(low) > 10 {
            return self.person.random.between(low, high);
        }
        let share = (0.55 + 0.35 * self.feeling.mood() + 0.15 * self.person.random.normal()).clamp(0.0, 1.0);
        low + (share * (high - low) as f64 + 0.5) as i64
    }

    /// An answer on a kind's scale by an emotion of -1 to 1.
    pub(super) fn answer(&mut self, kind: ScoreKind, emotion: f64, spread: f64) -> i64 {
        let (low, high) = kind.scale();
        let (middle, slope) = match kind {
            ScoreKind::Nps => (7.4, 3.4),
            ScoreKind::Csat => (3.4, 1.7),
            ScoreKind::Ces => (4.6, 2.4),
        };
        let drawn = middle + slope * emotion + spread * self.person.random.normal();
        ((drawn + 0.5).clamp(low as f64, high as f64)) as i64
    }

    fn is_dimension(&self, name: &str) -> bool {
        self.world.dimensions.iter().any(|dimension| &**dimension == name)
    }
}

/// Whether a name is that of free words.
pub(super) fn is_comment(name: &str) -> bool {
    ["comment", "why", "text", "feedback", "remark", "message"].contains(&name)
}

/// Whether a name is that of one thing among many of a visit, such as `order_id`; products are no such things.
fn is_id(name: &str) -> bool {
    let things = ["product", "item", "article", "course", "dish", "sku", "category", "campaign"];
    name.ends_with("_id") && !things.iter().any(|thing| name.starts_with(thing))
}

/// A price in hundredths that a thing always has: 12.00 to 71.50.
fn price_of(thing: &Value) -> i64 {
    let Value::Text(name) = thing else { return 3_000 };
    1_200 + (stable_id("price", name) % 120) as i64 * 50
}

fn hundredths(amount: i64) -> Value {
    Value::Money(Decimal::new(amount, 2))
}
