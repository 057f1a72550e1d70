//! Floor 4: one customer: identity, profile, consent, features, lifecycle, segments.
