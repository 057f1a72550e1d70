//! Floor 5: what events mean on a map: landing, trips, stages, moments.
