//! What everything is made of: numbers, lists, options, texts, values.
//!
//! Answers: each of them packed. Does not know: structs; each packs its own fields.

use std::collections::VecDeque;
use std::sync::Arc;

use rust_decimal::Decimal;
use smallvec::{Array, SmallVec};

use super::read::{unzigzag, zigzag};
use super::{Pack, Packer, Unpacker};
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::base::zone::{Date, Zone};

/// Longest list of which most is nothing: more than a blueprint declares of anything.
const MAX_SPARSE: usize = 1 << 20;

macro_rules! whole {
    ($($type:ty),+) => { $(
        impl Pack for $type {
            fn pack(&self, to: &mut Packer<'_>) {
                to.number(u64::from(*self));
            }

            fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
                from.number()?.try_into().ok()
            }
        }
    )+ };
}

whole!(u8, u16, u32, u64);

impl Pack for i64 {
    fn pack(&self, to: &mut Packer<'_>) {
        to.number(zigzag(*self));
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.number().map(unzigzag)
    }
}

impl Pack for i32 {
    fn pack(&self, to: &mut Packer<'_>) {
        i64::from(*self).pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        i64::unpack(from)?.try_into().ok()
    }
}

impl Pack for u128 {
    fn pack(&self, to: &mut Packer<'_>) {
        to.number((*self >> 64) as u64);
        to.number(*self as u64);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self::from(from.number()?) << 64 | Self::from(from.number()?))
    }
}

impl Pack for bool {
    fn pack(&self, to: &mut Packer<'_>) {
        to.byte(u8::from(*self));
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.byte().map(|byte| byte != 0)
    }
}

impl Pack for () {
    fn pack(&self, _: &mut Packer<'_>) {}

    fn unpack(_: &mut Unpacker<'_>) -> Option<Self> {
        Some(())
    }
}

/// A long hash.
impl Pack for [u8; 16] {
    fn pack(&self, to: &mut Packer<'_>) {
        to.digest(self);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.digest()
    }
}

impl Pack for Timestamp {
    fn pack(&self, to: &mut Packer<'_>) {
        to.time(self.as_micros());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Self::from_micros(from.time()?)
    }
}

impl Pack for Duration {
    fn pack(&self, to: &mut Packer<'_>) {
        let us = self.as_micros();
        let seconds = us % 1_000_000 == 0;
        let number = if seconds { us / 1_000_000 } else { us };
        to.byte(u8::from(seconds));
        number.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let unit = if from.byte()? == 0 { 1 } else { 1_000_000 };
        Some(Self::from_micros(i64::unpack(from)?.checked_mul(unit)?))
    }
}

impl Pack for Date {
    fn pack(&self, to: &mut Packer<'_>) {
        self.days().pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self::from_days(i64::from(i32::unpack(from)?)))
    }
}

impl Pack for Zone {
    fn pack(&self, to: &mut Packer<'_>) {
        to.text(&self.name());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Self::named(&from.text()?).ok()
    }
}

impl Pack for Decimal {
    fn pack(&self, to: &mut Packer<'_>) {
        let mantissa = self.mantissa().unsigned_abs();
        to.byte(self.scale() as u8 | u8::from(self.is_sign_negative()) << 7);
        to.number(mantissa as u64);
        to.number((mantissa >> 64) as u64);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let signs = from.byte()?;
        let (low, high) = (from.number()?, from.number()?);
        let mantissa = i128::from(high) << 64 | i128::from(low);
        let mut decimal = Self::try_from_i128_with_scale(mantissa, u32::from(signs & 0x7f)).ok()?;
        decimal.set_sign_negative(signs & 0x80 != 0);
        Some(decimal)
    }
}

impl Pack for Arc<str> {
    fn pack(&self, to: &mut Packer<'_>) {
        to.text(self);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.text()
    }
}

/// What is shared is written once, and shared again.
impl<T: Pack + Send + Sync + 'static> Pack for Arc<T> {
    fn pack(&self, to: &mut Packer<'_>) {
        let address = Self::as_ptr(self) as usize;
        if !to.sharer(address) {
            T::pack(self, to);
            to.share(address);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.shared()
    }
}

impl Pack for Value {
    fn pack(&self, to: &mut Packer<'_>) {
        match self {
            Self::Null => to.byte(0),
            Self::Bool(false) => to.byte(1),
            Self::Bool(true) => to.byte(2),
            Self::Int(number) => (to.byte(3), number.pack(to)).1,
            Self::Number(number) => (to.byte(4), to.lone(number.to_bits())).1,
            Self::Text(text) => (to.byte(5), text.pack(to)).1,
            Self::Money(amount) => (to.byte(6), amount.pack(to)).1,
            Self::Time(at) => (to.byte(7), at.pack(to)).1,
            Self::Date(date) => (to.byte(8), date.pack(to)).1,
            Self::Duration(length) => (to.byte(9), length.pack(to)).1,
            Self::List(_) | Self::Record(_) => {
                to.byte(10);
                to.encoded(self);
            }
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(match from.byte()? {
            0 => Self::Null,
            1 => Self::Bool(false),
            2 => Self::Bool(true),
            3 => Self::Int(Pack::unpack(from)?),
            4 => Self::Number(f64::from_bits(from.lone()?)),
            5 => Self::Text(Pack::unpack(from)?),
            6 => Self::Money(Pack::unpack(from)?),
            7 => Self::Time(Pack::unpack(from)?),
            8 => Self::Date(Pack::unpack(from)?),
            9 => Self::Duration(Pack::unpack(from)?),
            10 => from.encoded()?,
            _ => return None,
        })
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, to: &mut Packer<'_>) {
        to.byte(u8::from(self.is_some()));
        if let Some(value) = self {
            value.pack(to);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        if from.byte()? == 0 { Some(None) } else { T::unpack(from).map(Some) }
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, to: &mut Packer<'_>) {
        T::pack(self, to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        T::unpack(from).map(Self::new)
    }
}

fn pack_all<'v, T: Pack + 'v>(to: &mut Packer<'_>, all: impl ExactSizeIterator<Item = &'v T>) {
    to.number(all.len() as u64);
    all.for_each(|value| value.pack(to));
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, to: &mut Packer<'_>) {
        pack_all(to, self.iter());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let n = from.count()?;
        let mut all = from.room(n);
        for _ in 0..n {
            all.push(T::unpack(from)?);
        }
        Some(all)
    }
}

impl<T: Pack> Pack for VecDeque<T> {
    fn pack(&self, to: &mut Packer<'_>) {
        pack_all(to, self.iter());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Vec::unpack(from).map(Self::from)
    }
}

impl<T: Pack> Pack for Box<[T]> {
    fn pack(&self, to: &mut Packer<'_>) {
        pack_all(to, self.iter());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Vec::unpack(from).map(Self::from)
    }
}

impl<A: Array<Item: Pack>> Pack for SmallVec<A> {
    fn pack(&self, to: &mut Packer<'_>) {
        pack_all(to, self.iter());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let n = from.count()?;
        let mut all = Self::new();
        for _ in 0..n {
            all.push(A::Item::unpack(from)?);
        }
        Some(all)
    }
}

macro_rules! tuple {
    ($($name:ident $place:tt),+) => {
        impl<$($name: Pack),+> Pack for ($($name,)+) {
            fn pack(&self, to: &mut Packer<'_>) {
                $( self.$place.pack(to); )+
            }

            fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
                Some(($($name::unpack(from)?,)+))
            }
        }
    };
}

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);

impl Packer<'_> {
    /// Something rare by its own binary form.
    pub(crate) fn encoded(&mut self, value: &impl serde::Serialize) {
        let bytes = postcard::to_stdvec(value).unwrap_or_default();
        self.number(bytes.len() as u64);
        self.raw(&bytes);
    }

    /// Hashes that may stand elsewhere too.
    pub(crate) fn hashes(&mut self, hashes: &[u64]) {
        self.number(hashes.len() as u64);
        hashes.iter().for_each(|hash| self.hash(*hash));
    }

    /// A list of which most is nothing: how long, how many are something, each behind its distance.
    pub(crate) fn sparse<T: Pack>(&mut self, list: &[T], is_nothing: impl Fn(&T) -> bool) {
        let some = || list.iter().enumerate().filter(|(_, value)| !is_nothing(value));
        self.number(list.len() as u64);
        self.number(some().count() as u64);
        let mut next = 0;
        for (place, value) in some() {
            self.number((place - next) as u64);
            value.pack(self);
            next = place + 1;
        }
    }
}

impl Unpacker<'_> {
    /// Something rare by its own binary form.
    pub(crate) fn encoded<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        let n = self.count()?;
        postcard::from_bytes(self.raw(n)?).ok()
    }

    /// Hashes that may stand elsewhere too.
    pub(crate) fn hashes<C: FromIterator<u64>>(&mut self) -> Option<C> {
        let n = self.count()?;
        (0..n).map(|_| self.hash()).collect()
    }

    /// A list of which most is nothing.
    pub(crate) fn sparse<T: Pack + Default>(&mut self) -> Option<Vec<T>> {
        let (n, n_some) = (self.count()?, self.count()?);
        if n > MAX_SPARSE {
            return None;
        }
        let mut list: Vec<T> = self.room(n);
        for _ in 0..n_some {
            let gap = self.count()?;
            if gap > n - list.len() {
                return None;
            }
            list.extend((0..gap).map(|_| T::default()));
            list.push(T::unpack(self)?);
        }
        if list.len() > n {
            return None;
        }
        list.resize_with(n, T::default);
        Some(list)
    }
}
