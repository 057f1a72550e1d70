//! An estimate of a figure about people: value, interval, n, method; and the difference of two such figures.
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

    /// A value with its interval; a `None` interval stays one, and an interval of no width is no interval.
    pub(crate) fn of(value: f64, interval: Option<(f64, f64)>, n: u64, method: &'static str) -> Self {
        let (low, high) = interval.filter(|(low, high)| low < high).unzip();
        Self { value: Some(value), low, high, n, method }
    }
}

/// How far apart two figures about people are: first minus second, with its 95 % interval and a two-sided test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// First minus second; `None` where either is undefined.
    pub difference: Option<f64>,
    /// Lower end of the 95 % interval of the difference.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval of the difference.
    pub high: Option<f64>,
    /// The test's statistic, a z or a t as `test` says; `None` where it is undefined.
    pub statistic: Option<f64>,
    /// Two-sided p of the statistic.
    pub p: Option<f64>,
    /// Observations behind the first figure.
    pub n_first: u64,
    /// Observations behind the second figure.
    pub n_second: u64,
    /// Name of the method of the interval.
    pub method: &'static str,
    /// Name of the test.
    pub test: &'static str,
}
