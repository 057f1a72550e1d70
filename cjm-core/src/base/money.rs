//! Money: decimal amounts with checked arithmetic.
//!
//! Answers: exact reading, checked sum and product. Does not know: currencies, nor how to round unasked.

use rust_decimal::Decimal;

/// Reads a decimal exactly (`38.00`, `-1.5`); refuses exponents, separators, signs alone and more than 28 digits.
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !plain || !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.ends_with('.') {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// The decimal that a float's shortest text names: 38.1 is 38.1.
pub fn of_float(x: f64) -> Option<Decimal> {
    if !x.is_finite() || x.abs() >= 1e28 {
        return None;
    }
    parse(&format!("{x}"))
}

/// The nearest float.
pub fn to_float(d: Decimal) -> f64 {
    use std::str::FromStr;
    f64::from_str(&d.to_string()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exactly_or_not_at_all() {
        assert_eq!(parse("38.00").map(|d| d.to_string()), Some("38.00".into()));
        assert_eq!(of_float(38.1).map(|d| d.to_string()), Some("38.1".into()));
        for text in [
            "1e400",
            "0x10",
            "1,000",
            "１２",
            "",
            "-",
            ".5",
            "5.",
            "+1",
            "1_0",
            "1.00000000000000000000000000001",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
