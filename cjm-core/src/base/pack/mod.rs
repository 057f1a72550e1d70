//! Values as few bytes for a while inside one process: neither versioned nor written anywhere.
//!
//! Answers: values packed and the very same values unpacked. What is said twice is written once: texts that are known
//! beforehand and repeated texts, hashes and instants are small numbers. Does not know: what the values mean, nor any
//! form that outlives the process; that is the encoded state's.

mod read;
mod values;
mod words;
mod write;

pub(crate) use self::read::Unpacker;
pub(crate) use self::words::Words;
pub(crate) use self::write::{Packer, Tables};

/// The instant that the first one of a value is measured from: 2026-01-01.
const EPOCH_US: i64 = 1_767_225_600_000_000;

/// A value that can be packed. Unpacking what was packed under the same words gives an equal value.
pub(crate) trait Pack: Sized {
    /// Writes the value.
    fn pack(&self, to: &mut Packer<'_>);

    /// Reads a value; `None` of bytes that no packing wrote.
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self>;
}

/// Packs structs field by field. A field that is no value of its own says how: `key as hash`.
macro_rules! packs {
    ($($type:ty { $($field:ident $(as $how:ident)?),+ $(,)? })+) => { $(
        impl $crate::base::pack::Pack for $type {
            fn pack(&self, to: &mut $crate::base::pack::Packer<'_>) {
                $( packs!(@pack self.$field, to $(, $how)?); )+
            }

            fn unpack(from: &mut $crate::base::pack::Unpacker<'_>) -> Option<Self> {
                $( let $field = packs!(@unpack from $(, $how)?); )+
                Some(Self { $($field),+ })
            }
        }
    )+ };
    (newtype $type:ident) => {
        impl $crate::base::pack::Pack for $type {
            fn pack(&self, to: &mut $crate::base::pack::Packer<'_>) {
                $crate::base::pack::Pack::pack(&self.0, to);
            }

            fn unpack(from: &mut $crate::base::pack::Unpacker<'_>) -> Option<Self> {
                $crate::base::pack::Pack::unpack(from).map(Self)
            }
        }
    };
    (@pack $value:expr, $to:ident) => { $crate::base::pack::Pack::pack(&$value, $to) };
    (@pack $value:expr, $to:ident, $how:ident) => { $to.$how($value) };
    (@unpack $from:ident) => { $crate::base::pack::Pack::unpack($from)? };
    (@unpack $from:ident, $how:ident) => { $from.$how()? };
}

pub(crate) use packs;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::sync::Arc;

    use super::*;
    use crate::base::time::{Duration, Timestamp};
    use crate::base::value::Value;

    fn words() -> Words {
        Words::of(["member", "till-1"], [7, u64::MAX])
    }

    fn through<T: Pack>(value: &T) -> (usize, T) {
        let words = words();
        let mut tables = Tables::default();
        let mut packer = Packer::new(&words, &mut tables);
        value.pack(&mut packer);
        let bytes = packer.finish();
        let mut unpacker = Unpacker::new(&words, &bytes);
        let value = T::unpack(&mut unpacker).unwrap();
        assert!(unpacker.is_at_end());
        (bytes.len(), value)
    }

    fn any_text() -> impl Strategy<Value = Arc<str>> {
        prop_oneof![
            Just(Arc::from("member")),
            Just(Arc::from("")),
            any::<u64>().prop_map(|n| Arc::from(n.to_string())),
            "[0-9]{0,20}".prop_map(Arc::from),
            ".{0,12}".prop_map(Arc::from),
        ]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<i64>().prop_map(|x| Value::Number(x as f64 / 7.0)),
            any_text().prop_map(Value::Text),
            (any::<i64>(), 0_u32..28).prop_map(|(n, scale)| Value::Money(
                rust_decimal::Decimal::from_i128_with_scale(i128::from(n), scale)
            )),
            any::<i64>().prop_map(|us| Value::Time(Timestamp::saturating(us))),
            any::<i64>().prop_map(|us| Value::Duration(Duration::from_micros(us))),
            (-100_000_i64..100_000).prop_map(|days| Value::Date(crate::base::zone::Date::from_days(days))),
            any_text().prop_map(|t| Value::List(
                [Value::Text(t.clone()), Value::Record([(t, Value::Null)].into())].into()
            )),
        ]
    }

    proptest! {
        #[test]
        fn values_come_back(values in prop::collection::vec(any_value(), 0..12)) {
            prop_assert_eq!(through(&values).1, values);
        }

        #[test]
        fn numbers_times_and_hashes_come_back(
            numbers in prop::collection::vec((any::<u64>(), any::<i64>(), any::<u32>(), any::<u128>()), 0..6),
            picks in prop::collection::vec((0_usize..4, -5_i64..5), 0..12),
        ) {
            let words = words();
            let mut tables = Tables::default();
            let mut packer = Packer::new(&words, &mut tables);
            let hashes = [0, 7, 1 << 40, u64::MAX];
            let times = [0, EPOCH_US, EPOCH_US + 1, i64::MIN];
            let pick = |n: usize, list: [i64; 4], by: i64| list[n].saturating_add(by * 3_600_000_000);
            for (a, b, c, d) in &numbers {
                a.pack(&mut packer);
                b.pack(&mut packer);
                c.pack(&mut packer);
                d.pack(&mut packer);
                packer.hash(*a);
                packer.time(*b);
                packer.half(*c);
                packer.half(*a as u32);
                packer.known(*a);
            }
            for (n, by) in &picks {
                packer.hash(hashes[*n]);
                packer.known(hashes[*n]);
                packer.time(pick(*n, times, *by));
            }
            let bytes = packer.finish();
            let mut from = Unpacker::new(&words, &bytes);
            for (a, b, c, d) in numbers {
                prop_assert_eq!(
                    (u64::unpack(&mut from), i64::unpack(&mut from), u32::unpack(&mut from), u128::unpack(&mut from)),
                    (Some(a), Some(b), Some(c), Some(d))
                );
                prop_assert_eq!((from.hash(), from.time(), from.half()), (Some(a), Some(b), Some(c)));
                prop_assert_eq!((from.half(), from.known()), (Some(a as u32), Some(a)));
            }
            for (n, by) in picks {
                prop_assert_eq!((from.hash(), from.known()), (Some(hashes[n]), Some(hashes[n])));
                prop_assert_eq!(from.time(), Some(pick(n, times, by)));
            }
            prop_assert!(from.is_at_end());
        }

        #[test]
        fn any_bytes_are_a_value_or_none(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let words = words();
            let _ = Vec::<Value>::unpack(&mut Unpacker::new(&words, &bytes));
            let _ = Vec::<Option<(u64, Arc<str>)>>::unpack(&mut Unpacker::new(&words, &bytes));
        }
    }

    #[test]
    fn what_is_known_or_said_again_is_short() {
        let text = |t: &str| Arc::<str>::from(t);
        assert_eq!(through(&text("member")).0, 1);
        assert_eq!(through(&text("13800000001")).0, 6);
        let once = through(&vec![text("order-1 of a till")]).0;
        assert_eq!(through(&vec![text("order-1 of a till"), text("order-1 of a till")]).0, once + 1);
        let at = |s: i64| Timestamp::saturating(EPOCH_US + s * 1_000_000);
        assert_eq!(through(&vec![at(3600), at(3600), at(0), at(3600)]).0, 1 + 3 + 1 + 3 + 1);
    }
}
