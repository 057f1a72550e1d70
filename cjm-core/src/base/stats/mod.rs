//! Statistics as plain arithmetic: intervals, tests, quantiles.
//!
//! Answers: the numbers behind every estimate, with `None` where a figure is undefined.
//! Does not know: what is being counted or measured, nor how an answer is shown.

pub mod distribution;
pub mod multiple;
pub mod proportion;
pub mod quantile;

pub use distribution::{Z95, t_quantile_95, two_sided_p};
pub use multiple::{benjamini_hochberg, holm};
pub use proportion::{adjusted_wald, newcombe, pooled_z, wilson};
pub use quantile::{Rank, at_rank, between, median, median_interval, quantile};
