//! Seeded pseudo-random numbers: the same seed gives the same numbers on every machine and for ever.
//!
//! Answers: whole numbers, fractions, choices and waiting times drawn from a seed. Only additions,
//! multiplications, divisions and square roots are used, which round alike everywhere; no `ln`, `exp` or `cos`
//! of the platform. Does not know: entropy, clocks, secrets. Not for cryptography.

/// A stream of pseudo-random numbers (xoshiro256**, seeded by splitmix64).
///
/// ```
/// use cjm_core::base::random::Random;
/// let mut a = Random::new(7);
/// let mut b = Random::new(7);
/// assert_eq!(a.bits(), b.bits());
/// assert!(a.fraction() < 1.0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        Self { state: [0; 4].map(|_: u64| splitmix(&mut mixer)) }
    }

    /// The stream of one of many things under a seed, such as the 12th customer: independent of all the others.
    pub fn of(seed: u64, index: u64) -> Self {
        let mut mixer = seed ^ 0x6a09_e667_f3bc_c908;
        let first = splitmix(&mut mixer);
        Self::new(first ^ index.wrapping_mul(0xd129_42c4_a7d1_6b2d))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number in [0, 1) with 53 random bits.
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number in [0, n), each alike; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // the high half of bits * n is even but for a short band of low halves, which is drawn again
        let mut product = u128::from(self.bits()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n.max(1);
            while (product as u64) < threshold {
                product = u128::from(self.bits()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included; `low` when there is nothing between them.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.wrapping_sub(low) as u64;
        if high <= low {
            return low;
        }
        let step = if span == u64::MAX { self.bits() } else { self.below(span + 1) };
        low.wrapping_add(step as i64)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// One of the items, each alike; `None` when there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// A position, chosen in proportion to the weights; `None` when they sum to nothing. Weights that are negative
    /// or no numbers count as 0.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let weight = |w: &f64| if w.is_finite() && *w > 0.0 { *w } else { 0.0 };
        let total: f64 = weights.iter().map(weight).sum();
        if total <= 0.0 || !total.is_finite() {
            return None;
        }
        let mut left = self.fraction() * total;
        for (place, w) in weights.iter().enumerate() {
            if weight(w) > 0.0 && left < weight(w) {
                return Some(place);
            }
            left -= weight(w);
        }
        weights.iter().rposition(|w| weight(w) > 0.0)
    }

    /// A position in [0, n), the first the likeliest: the k-th is taken 1 / k as often as the first.
    pub fn popular(&mut self, n: usize) -> usize {
        let weights: Vec<f64> = (1..=n.min(1_024)).map(|k| 1.0 / k as f64).collect();
        self.weighted(&weights).unwrap_or(0)
    }

    /// A nearly normal number of mean 0 and variance 1, never beyond 6: the sum of twelve fractions less six.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0
    }

    /// An exponentially distributed number of this mean (von Neumann's method: comparisons alone).
    pub fn exponential(&mut self, mean: f64) -> f64 {
        let mut whole = 0.0;
        loop {
            let first = self.fraction();
            let (mut last, mut falling) = (first, 1_u32);
            loop {
                let next = self.fraction();
                if next >= last {
                    break;
                }
                last = next;
                falling += 1;
            }
            if falling % 2 == 1 {
                return mean * (whole + first);
            }
            whole += 1.0;
        }
    }

    /// A log-normal number: half of them lie below `median`; `spread` is the standard deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * exp(spread * self.normal())
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// e to the power of `x`, held to [-40, 40], to about 12 digits and alike on every machine.
fn exp(x: f64) -> f64 {
    let small = x.clamp(-40.0, 40.0) / 1_024.0;
    let mut sum = 1.0;
    for k in (1..=8).rev() {
        sum = 1.0 + small * sum / f64::from(k);
    }
    (0..10).fold(sum, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_variance(n: usize, mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = (0..n).map(|_| draw()).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        (mean, values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64)
    }

    /// The first numbers of splitmix64 and xoshiro256** as their authors publish them.
    #[test]
    fn published_vectors() {
        let mut state = 1_234_567;
        let first = [0; 3].map(|_: u64| splitmix(&mut state));
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        let mut random = Random { state: [1, 2, 3, 4] };
        let first = [0; 4].map(|_: u64| random.bits());
        assert_eq!(first, [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn distributions_have_their_mean_and_variance() {
        let mut random = Random::new(1);
        let (mean, variance) = mean_and_variance(20_000, || random.normal());
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        let (mean, variance) = mean_and_variance(20_000, || random.exponential(3.0));
        assert!((mean - 3.0).abs() < 0.09 && (variance - 9.0).abs() < 0.6, "{mean} {variance}");
        let (below, _) = mean_and_variance(20_000, || f64::from(random.log_normal(5.0, 0.7) < 5.0));
        assert!((below - 0.5).abs() < 0.02, "{below}");
        let (mean, _) = mean_and_variance(20_000, || random.below(7) as f64);
        assert!((mean - 3.0).abs() < 0.06, "{mean}");
        let (heads, _) =
            mean_and_variance(20_000, || f64::from(random.weighted(&[1.0, 0.0, 3.0]) == Some(2)));
        assert!((heads - 0.75).abs() < 0.02, "{heads}");
    }

    #[test]
    fn exp_is_exp() {
        for x in [-40.0, -3.3, -1e-9, 0.0, 0.5, 1.0, 7.25, 40.0] {
            assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-11, "{x}");
        }
    }

    #[test]
    fn edges() {
        let mut random = Random::new(3);
        assert_eq!((random.below(0), random.below(1)), (0, 0));
        assert_eq!((random.between(5, 5), random.between(5, 1)), (5, 5));
        assert!((0..100).all(|_| (-2..=2).contains(&random.between(-2, 2))));
        random.between(i64::MIN, i64::MAX);
        assert_eq!(random.pick::<u8>(&[]), None);
        assert_eq!(random.weighted(&[]), None);
        assert_eq!(random.weighted(&[0.0, f64::NAN, -1.0]), None);
        assert_eq!(random.popular(0), 0);
        assert_ne!(Random::of(1, 0), Random::of(1, 1));
    }
}
