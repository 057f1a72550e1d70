//! An estimate of a figure about people: value, interval, n, method.
//!
//! Answers: how an estimate looks everywhere. Does not know: how any estimate is computed.

use serde::Serialize;

/// A figure about people with its n, its 95 % interval and the method's name. "Not enough data" is `None`, never 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The value; `None` where it is undefined.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval; `None` where it is undefined.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval; `None` where it is undefined.
    pub high: Option<f64>,
    /// How many observations it rests on.
    pub n: u64,
    /// Name of the method of the interval.
    pub method: &'static str,
}

impl Estimate {
    /// Nothing to say: no observation.
    pub const fn none(method: &'static str) -> Self {
        Self { value: None, low: None, high: None, n: 0, method }
    }
}
