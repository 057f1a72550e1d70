//! Floor 3: one petgraph graph per journey: validation, exports, imports, atlas.
