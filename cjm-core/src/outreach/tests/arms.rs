//! Ramps and arms: their shares, what moves when shares change, what stays.

use proptest::prelude::*;

use super::super::{ArmSpec, Arms, ExperimentSpec, Exposure, in_ramp};
use super::cases;
use crate::base::hash::bucket;
use crate::base::time::Timestamp;

fn experiment(shares: &[f64]) -> ExperimentSpec {
    let arms = shares.iter().map(|share| ArmSpec { share: *share, hold: false }).collect();
    ExperimentSpec { salt: "x".into(), arms }
}

#[test]
fn arms_take_their_shares_in_order() {
    for (shares, bucket, arm) in [
        (&[0.5, 0.5][..], 0.0, Some(0)),
        (&[0.5, 0.5], 0.499_999_999, Some(0)),
        (&[0.5, 0.5], 0.5, Some(1)),
        (&[0.0, 1.0], 0.0, Some(1)),
        (&[1.0, 0.0], 0.999_999_999_999, Some(0)),
        (&[0.2, 0.0, 0.8], 0.2, Some(2)),
        // 0.7 + 0.2 + 0.1 is a little below 1
        (&[0.7, 0.2, 0.1], 1.0 - f64::EPSILON / 2.0, Some(2)),
        (&[0.7, 0.2, 0.1, 0.0], 1.0 - f64::EPSILON / 2.0, Some(2)),
        (&[0.0, 0.0], 0.3, None),
        (&[], 0.3, None),
        (&[f64::NAN, 1.0], 0.3, Some(1)),
    ] {
        assert_eq!(experiment(shares).arm_of(bucket), arm, "{shares:?} {bucket}");
    }
}

/// Buckets of ten thousand members, counted apart with another implementation of SHA-256.
#[test]
fn counted_shares() {
    let spec = experiment(&[0.5, 0.3, 0.2]);
    let arms: Vec<u32> = (0..10_000).filter_map(|n| spec.arm("member", &format!("m-{n}"))).collect();
    let n = |arm: u32| arms.iter().filter(|a| **a == arm).count();
    assert_eq!([n(0), n(1), n(2)], [5_024, 2_979, 1_997]);
}

#[test]
fn held_arms() {
    let mut spec = experiment(&[0.9, 0.1]);
    spec.arms[1].hold = true;
    assert!(!spec.holds(0) && spec.holds(1) && !spec.holds(2));
}

#[test]
fn ramps() {
    for (share, inside) in [(0.0, false), (1.0, true), (f64::NAN, false), (2.0, true), (-1.0, false)] {
        let all = (0..200).filter(|n| in_ramp("r", share, "member", &n.to_string())).count();
        assert_eq!(all, if inside { 200 } else { 0 }, "{share}");
    }
    let half = (0..10_000).filter(|n| in_ramp("r", 0.5, "member", &n.to_string())).count();
    assert!((4_800..5_200).contains(&half), "{half}");
}

#[test]
fn the_first_exposure_stays() {
    let day = |n: i64| Timestamp::saturating(n * 86_400_000_000);
    let mut arms = Arms::default();
    let old = experiment(&[0.9, 0.1]);
    let first = arms.assign(3, &old, "member", "m-1").unwrap(); // bucket 0.467
    assert_eq!(first, 0);
    arms.expose(Exposure { experiment: 3, by: 0, since: day(1), arm: first });
    arms.expose(Exposure { experiment: 3, by: 1, since: day(2), arm: 1 });
    assert_eq!(arms.iter().count(), 1);
    let new = experiment(&[0.1, 0.9]);
    assert_eq!((new.arm("member", "m-1"), arms.assign(3, &new, "member", "m-1")), (Some(1), Some(0)));
    assert_eq!(arms.assign(4, &new, "member", "m-1"), Some(1), "another experiment");
    // an arm that is gone gives its customers back
    let mut late = Arms::default();
    late.expose(Exposure { experiment: 3, by: 0, since: day(0), arm: 7 });
    assert_eq!(late.assign(3, &new, "member", "m-1"), Some(1));
    // a merge keeps the earlier, a split gives both back
    let (mut one, mut two) = (arms.clone(), Arms::default());
    two.expose(Exposure { experiment: 3, by: 0, since: day(0), arm: 1 });
    one.merge(&two, &|by| by + 1);
    assert_eq!(one.exposure(3).map(|e| (e.arm, e.since)), Some((1, day(0))));
    assert_eq!((one.split(&|by| by == 1, &|_| 0), one), (two, arms));
}

fn shares() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0..5_u32, 1..5).prop_filter("someone", |w| w.iter().any(|n| *n > 0)).prop_map(
        |weights| {
            let sum: u32 = weights.iter().sum();
            weights.iter().map(|n| f64::from(*n) / f64::from(sum)).collect()
        },
    )
}

fn arms() -> impl Strategy<Value = Arms> {
    let exposure = (0..3_u32, 0..3_u8, 0..4_i64, 0..3_u32);
    prop::collection::vec(exposure, 0..6).prop_map(|list| {
        let mut arms = Arms::default();
        for (experiment, by, since, arm) in list {
            arms.insert(Exposure { experiment, by, since: Timestamp::saturating(since), arm });
        }
        arms
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(128)))]

    /// Each arm gets its share of customers, within what chance allows.
    #[test]
    fn arms_get_their_shares(shares in shares(), salt in "[a-z]{1,8}") {
        let spec = ExperimentSpec { salt, ..experiment(&shares) };
        let n = 2_000_u32;
        let mut counts = vec![0_u32; shares.len()];
        for i in 0..n {
            counts[spec.arm("member", &i.to_string()).unwrap() as usize] += 1;
        }
        for (count, share) in counts.iter().zip(&shares) {
            let spread = (share * (1.0 - share) * f64::from(n)).sqrt();
            prop_assert!((f64::from(*count) - share * f64::from(n)).abs() <= 6.0 * spread, "{:?} {:?}", counts, shares);
        }
    }

    /// Only customers between an old and a new border move; a ramp that grows loses nobody.
    #[test]
    fn changed_shares_move_those_between_the_borders(old in shares(), new in shares(), us in 0..500_u32) {
        let (old, new) = (experiment(&old), experiment(&new));
        let key = us.to_string();
        let b = bucket("x", "member", &key);
        let border = |spec: &ExperimentSpec, n: usize| spec.arms.iter().take(n).map(|a| a.share).sum::<f64>();
        let (before, after) = (old.arm("member", &key), new.arm("member", &key));
        let between = (1..5).any(|n| {
            let (a, b2) = (border(&old, n), border(&new, n));
            (a.min(b2) - 1e-9..a.max(b2) + 1e-9).contains(&b)
        });
        prop_assert!(before == after || between, "{:?} {:?} {}", before, after, b);
        for share in [0.0, 0.1, 0.4, 0.9] {
            prop_assert!(!in_ramp("r", share, "member", &key) || in_ramp("r", share + 0.1, "member", &key));
        }
    }

    /// Uniting is commutative, associative, and keeps the earliest.
    #[test]
    fn uniting_has_no_order(a in arms(), b in arms(), c in arms()) {
        let unite = |x: &Arms, y: &Arms| {
            let mut one = x.clone();
            one.merge(y, &|by| by);
            one
        };
        prop_assert_eq!(unite(&a, &b), unite(&b, &a));
        prop_assert_eq!(unite(&unite(&a, &b), &c), unite(&a, &unite(&b, &c)));
        for experiment in 0..3 {
            let earliest = [&a, &b].iter().filter_map(|s| s.exposure(experiment)).map(|e| (e.since, e.arm)).min();
            prop_assert_eq!(unite(&a, &b).exposure(experiment).map(|e| (e.since, e.arm)), earliest);
        }
    }

    /// What was united is dealt out again; bytes and text read back.
    #[test]
    fn united_and_split_again(mut a in arms(), mut b in arms()) {
        a.renumber(&|_| 0);
        b.renumber(&|_| 0);
        let mut one = a.clone();
        one.merge(&b, &|by| by + 1);
        prop_assert_eq!(&one.split(&|by| by == 1, &|_| 0), &b);
        prop_assert_eq!(&one, &a);
        let bytes = postcard::to_stdvec(&a).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Arms>(&bytes).unwrap(), &a);
        let text = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Arms>(&text).unwrap(), &a);
    }
}
