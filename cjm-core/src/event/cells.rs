//! The values of a column in a chunk of rows, as a source has them, without copying where it can be helped.
//!
//! Answers: the kinds of columns a reader can hand over. Does not know: what a column means, which rows are good.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::bits::Bits;
use super::strings::Strings;
use crate::base::value::Value;

/// An immutable slice that may belong to someone else: a `Vec`, or the buffer of another library.
pub struct Shared<T>(Arc<dyn AsRef<[T]> + Send + Sync>);

impl<T> Shared<T> {
    /// Shares what `owner` holds; the slice lives as long as any copy of this.
    pub fn of(owner: impl AsRef<[T]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(owner))
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        (*self.0).as_ref()
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> From<Vec<T>> for Shared<T> {
    fn from(values: Vec<T>) -> Self {
        Self::of(values)
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Codes into a dictionary, as narrow as the dictionary allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// At most 256 texts.
    U8(Vec<u8>),
    /// At most 65,536 texts.
    U16(Vec<u16>),
    /// More.
    U32(Vec<u32>),
}

impl Codes {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of a row; `u32::MAX` beyond the end.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => codes.get(row).map_or(u32::MAX, |c| u32::from(*c)),
            Self::U16(codes) => codes.get(row).map_or(u32::MAX, |c| u32::from(*c)),
            Self::U32(codes) => codes.get(row).copied().unwrap_or(u32::MAX),
        }
    }

    /// The codes in row order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// As narrow as `n` different codes allow.
    pub fn narrowed(codes: Vec<u32>, n: usize) -> Self {
        if n <= 1 << 8 {
            Self::U8(codes.into_iter().map(|c| c as u8).collect())
        } else if n <= 1 << 16 {
            Self::U16(codes.into_iter().map(|c| c as u16).collect())
        } else {
            Self::U32(codes)
        }
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::U8(codes) => codes.capacity(),
            Self::U16(codes) => codes.capacity() * 2,
            Self::U32(codes) => codes.capacity() * 4,
        }
    }
}

/// What one step of an epoch number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds: floored to microseconds, counted.
    Nano,
}

impl TimeUnit {
    /// Reads `s`, `ms`, `us` or `ns`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "s" => Some(Self::Second),
            "ms" => Some(Self::Milli),
            "us" => Some(Self::Micro),
            "ns" => Some(Self::Nano),
            _ => None,
        }
    }

    /// `ticks` in microseconds, floored; `None` on overflow.
    #[inline]
    pub fn micros(self, ticks: i64) -> Option<i64> {
        match self {
            Self::Second => ticks.checked_mul(1_000_000),
            Self::Milli => ticks.checked_mul(1_000),
            Self::Micro => Some(ticks),
            Self::Nano => Some(ticks.div_euclid(1_000)),
        }
    }
}

/// The values of one column in a chunk of rows. Rows that are null hold any value.
#[derive(Debug, Clone)]
pub enum Cells {
    /// One text per row: for columns whose texts are mostly different.
    Text(Strings),
    /// One code per row into texts (which may repeat and may be unused): for columns whose texts recur.
    Coded {
        /// Code of each row; only rows that are null may have a code beyond `texts`.
        codes: Codes,
        /// Texts by code.
        texts: Arc<Strings>,
    },
    /// Whole numbers.
    Int(Shared<i64>),
    /// Numbers; one that is not finite makes a bad row.
    Number(Shared<f64>),
    /// Decimal amounts.
    Money(Shared<Decimal>),
    /// True or false.
    Bool(Bits),
    /// Instants since 1970 in UTC.
    Time {
        /// Steps since 1970-01-01T00:00:00Z.
        ticks: Shared<i64>,
        /// What one step is.
        unit: TimeUnit,
    },
    /// Calendar days since 1970-01-01.
    Date(Shared<i32>),
    /// Lists of records, or values of several types.
    Mixed(Vec<Value>),
}

impl Cells {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.len(),
            Self::Coded { codes, .. } => codes.len(),
            Self::Int(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Money(values) => values.len(),
            Self::Bool(bits) => bits.len(),
            Self::Time { ticks, .. } => ticks.len(),
            Self::Date(days) => days.len(),
            Self::Mixed(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
