//! Floor 7: the one place that wires behaviour together: the per-customer kernel.
