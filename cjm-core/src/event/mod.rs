//! Floor 3: what happened: single events and the columnar log.
