//! Floor 10: draws tables as one self-contained HTML file; computes nothing.
