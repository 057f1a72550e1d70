//! Work shared out among threads, with results in the order of the items.
//!
//! Answers: the same list whatever the number of threads; one thread without the feature `parallel`.
//! Between two items the work heeds a wish to stop. Does not know: what the work is.

use super::stop;

/// How many threads work at most.
pub fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Applies `f` to every item; results keep the items' order.
pub fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    map_with(items, || (), |(), item| f(item))
}

/// Like [`map`], with scratch space that one thread uses for many items; results must not depend on it.
pub fn map_with<T: Send, R: Send, S>(
    items: Vec<T>,
    scratch: impl Fn() -> S + Send + Sync,
    f: impl Fn(&mut S, T) -> R + Send + Sync,
) -> Vec<R> {
    let wish = stop::heeded();
    let f = |space: &mut S, item: T| {
        stop::heed_of(wish.as_ref());
        f(space, item)
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        items.into_par_iter().map_init(scratch, f).collect()
    }
    #[cfg(not(feature = "parallel"))]
    {
        let mut space = scratch();
        items.into_iter().map(|item| f(&mut space, item)).collect()
    }
}

/// Folds every item of `items` into one value: pieces in any order, so `merge` must not depend on it.
pub fn fold<T: Send, R: Send>(
    items: Vec<T>,
    f: impl Fn(T) -> R + Send + Sync,
    empty: impl Fn() -> R + Send + Sync,
    merge: impl Fn(R, R) -> R + Send + Sync,
) -> R {
    let wish = stop::heeded();
    let f = |item: T| {
        stop::heed_of(wish.as_ref());
        f(item)
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        items.into_par_iter().map(f).reduce(empty, merge)
    }
    #[cfg(not(feature = "parallel"))]
    {
        items.into_iter().map(f).fold(empty(), merge)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_their_order() {
        let squares = super::map((0..1_000_u64).collect(), |x| x * x);
        assert!(squares.iter().enumerate().all(|(i, x)| *x == (i * i) as u64));
        assert!(super::threads() >= 1);
    }
}
