//! Floor 1: the condition language. Knows no blueprint: checks against a `Types` trait, evaluates against a `Scope` trait.
