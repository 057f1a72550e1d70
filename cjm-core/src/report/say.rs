//! How figures, times and missing values read in a language.
//!
//! Answers: counts, shares, emotions, durations, dates and estimates as text. Does not know: tables, pages, drawings.

use crate::base::catalogue::{Words, words};
use crate::base::text::Language;
use crate::base::time::Timestamp;
use crate::base::zone::Zone;
use crate::score::Estimate;

/// A language and a zone to speak in.
#[derive(Debug, Clone)]
pub(super) struct Say {
    pub(super) language: Language,
    zone: Zone,
}

/// What an estimate measures, and so how its figures read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// 0 to 1, shown in percent.
    Share,
    /// -1 to 1, shown with its sign.
    Emotion,
    /// -100 to 100.
    Nps,
    /// A mean answer on the question's own scale.
    Mean,
    /// Seconds, shown as a length of time.
    Time,
}

/// An estimate as text: the value, its interval, its n.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// The value, or the words for why there is none.
    pub(super) value: String,
    /// The interval; `None` where it is undefined.
    pub(super) range: Option<String>,
    /// `n = 820`.
    pub(super) n: String,
    /// Whether there is a value.
    pub(super) known: bool,
}

/// The words behind a key in the speaker's language; a key that is not in the catalogue does not compile.
macro_rules! w {
    ($say:expr, $key:literal) => {
        const { $crate::base::catalogue::words::of($key) }.get($say.language)
    };
}
pub(super) use w;

impl Say {
    pub(super) fn new(language: Language, zone: Zone) -> Self {
        Self { language, zone }
    }

    /// A whole number with its thousands apart: `12,345`.
    pub(super) fn count(&self, n: u64) -> String {
        group_thousands(&n.to_string())
    }

    /// A share in percent: `41%`, below ten percent and near the whole with one decimal; never a false 0 % or 100 %.
    pub(super) fn percent(&self, share: f64) -> String {
        let percent = share * 100.0;
        if !percent.is_finite() {
            return self.unknown(0).to_owned();
        }
        match percent {
            p if p <= 0.0 => "0%".to_owned(),
            p if p < 0.05 => "<0.1%".to_owned(),
            p if p < 9.95 => format!("{p:.1}%"),
            p if p < 99.0 => format!("{p:.0}%"),
            p if p < 99.95 => format!("{p:.1}%"),
            p if p < 100.0 => ">99.9%".to_owned(),
            _ => "100%".to_owned(),
        }
    }

    /// A figure in its unit.
    pub(super) fn figure(&self, value: f64, unit: Unit) -> String {
        match unit {
            Unit::Share => self.percent(value),
            Unit::Emotion => signed(value, 2),
            Unit::Nps => signed(value, 0).trim_start_matches('+').to_owned(),
            Unit::Mean => signed(value, 2).trim_start_matches('+').to_owned(),
            Unit::Time => self.duration(value),
        }
    }

    /// An estimate with its interval and n; what is missing is said in words.
    pub(super) fn estimate(&self, e: &Estimate, unit: Unit) -> Reading {
        let n = self.n(e.n);
        match e.value.filter(|v| v.is_finite()) {
            None => Reading { value: self.unknown(e.n).to_owned(), range: None, n, known: false },
            Some(value) => Reading {
                value: self.figure(value, unit),
                range: e.low.zip(e.high).map(|(low, high)| self.range(low, high, unit)),
                n,
                known: true,
            },
        }
    }

    /// An estimate in one line, as in `41% (39%–44%, n = 820)`.
    pub(super) fn line(&self, e: &Estimate, unit: Unit) -> String {
        let reading = self.estimate(e, unit);
        let comma = match self.language {
            Language::En => ", ",
            Language::Zh => "，",
        };
        match (reading.known, reading.range) {
            (true, Some(range)) => self.beside(&reading.value, &format!("{range}{comma}{}", reading.n)),
            (true, None) => self.beside(&reading.value, &reading.n),
            (false, _) => reading.value,
        }
    }

    /// Words with others in brackets behind them.
    pub(super) fn beside(&self, words: &str, others: &str) -> String {
        match self.language {
            Language::En => format!("{words} ({others})"),
            Language::Zh => format!("{words}（{others}）"),
        }
    }

    /// An interval: `39%–44%`; with words between the ends where one is negative.
    pub(super) fn range(&self, low: f64, high: f64, unit: Unit) -> String {
        let between = match self.language {
            _ if unit == Unit::Time => " – ",
            _ if low >= 0.0 && unit != Unit::Emotion => "–",
            Language::En => " to ",
            Language::Zh => " 至 ",
        };
        format!("{}{between}{}", self.figure(low, unit), self.figure(high, unit))
    }

    /// `n = 820`, never broken over two lines.
    pub(super) fn n(&self, n: u64) -> String {
        format!("n\u{A0}=\u{A0}{}", self.count(n))
    }

    /// Why there is no value: nothing was observed, or too little.
    pub(super) fn unknown(&self, n: u64) -> &'static str {
        if n == 0 { w!(self, "not_measured") } else { w!(self, "not_enough_data") }
    }

    /// A length of time in its two largest units: `12 min 30 s`, `2 天 4 小时`.
    pub(super) fn duration(&self, seconds: f64) -> String {
        if !seconds.is_finite() {
            return self.unknown(0).to_owned();
        }
        let minus = if seconds < 0.0 { "−" } else { "" };
        let seconds = seconds.abs();
        if seconds < 1.0 && seconds > 0.0 {
            return format!("{minus}{seconds:.1} {}", w!(self, "unit_second"));
        }
        // the second unit is rounded, so the sizes are tried from the one that keeps both
        let units: [(u32, &str); 4] = [
            (86_400, w!(self, "unit_day")),
            (3_600, w!(self, "unit_hour")),
            (60, w!(self, "unit_minute")),
            (1, w!(self, "unit_second")),
        ];
        let total = seconds.min(1e15);
        for pair in units.windows(2) {
            let [(large, large_name), (small, small_name)] = pair else { continue };
            let rounded = (total / f64::from(*small)).round() as u64;
            let per = u64::from(large / small);
            if rounded >= per {
                let (whole, rest) = (rounded / per, rounded % per);
                let head = format!("{minus}{} {large_name}", self.count(whole));
                return if rest == 0 { head } else { format!("{head} {rest} {small_name}") };
            }
        }
        format!("{minus}{total:.0} {}", w!(self, "unit_second"))
    }

    /// A length of time that may be missing.
    pub(super) fn duration_or(&self, seconds: Option<f64>, n: u64) -> String {
        seconds.map_or_else(|| self.unknown(n).to_owned(), |s| self.duration(s))
    }

    /// A day: `1 Mar 2026`, `2026年3月1日`, in the blueprint's zone.
    pub(super) fn day(&self, t: Timestamp) -> String {
        let civil = self.zone.civil(t);
        self.ymd(civil.year, civil.month, civil.day)
    }

    /// A day from its parts.
    pub(super) fn ymd(&self, year: i16, month: i8, day: i8) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        match self.language {
            Language::En => {
                let index = usize::try_from(month).unwrap_or(1).saturating_sub(1);
                format!("{day} {} {year}", MONTHS.get(index).copied().unwrap_or(""))
            }
            Language::Zh => format!("{year}年{month}月{day}日"),
        }
    }

    /// The name of the zone that days are said in.
    pub(super) fn zone(&self) -> String {
        self.zone.name()
    }

    /// Joins items as the language lists them: `a, b` or `a、b`.
    pub(super) fn list<T: AsRef<str>>(&self, items: &[T]) -> String {
        let between = match self.language {
            Language::En => ", ",
            Language::Zh => "、",
        };
        items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(between)
    }

    /// Words with `{name}` placeholders, filled.
    pub(super) fn fill(&self, words: &str, args: &[(&str, &str)]) -> String {
        let mut text = String::with_capacity(words.len() + 32);
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, tail)) = after.split_once('}') else { break };
            text.push_str(args.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value));
            rest = tail;
        }
        text.push_str(rest);
        text
    }

    /// A filled sentence in parts; the parts named in `data` come from the data and are marked.
    pub(super) fn sentence(
        &self,
        words: &str,
        args: &[(&str, String)],
        data: &[&str],
    ) -> Vec<(String, bool)> {
        let mut parts = Vec::new();
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else { break };
            parts.push((before.to_owned(), false));
            let value = args.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value);
            parts.push((value.to_owned(), data.contains(&name)));
            rest = tail;
        }
        parts.push((rest.to_owned(), false));
        parts.retain(|(text, _)| !text.is_empty());
        parts
    }

    /// The words of a key that is only known at run time; the key itself when there are none.
    pub(super) fn known<'k>(&self, prefix: &str, key: &'k str) -> std::borrow::Cow<'k, str> {
        let found = words::ALL.iter().find(|(k, _)| k.strip_prefix(prefix) == Some(key));
        found.map_or(key.into(), |(_, words): &(_, Words)| words.get(self.language).into())
    }
}

/// A number with its sign, a true minus, and no sign on zero.
fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.bytes().all(|b| b == b'0' || b == b'.');
    match value {
        v if !v.is_finite() => String::new(),
        _ if zero => text,
        v if v < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

fn group_thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> [Say; 2] {
        [Language::En, Language::Zh].map(|l| Say::new(l, Zone::utc()))
    }

    #[test]
    fn shares_are_never_rounded_to_a_false_none_or_all() {
        let [en, _] = both();
        let cases = [
            (0.0, "0%"),
            (0.0003, "<0.1%"),
            (0.0421, "4.2%"),
            (0.0994, "9.9%"),
            (0.0996, "10%"),
            (0.413, "41%"),
            (0.994, "99.4%"),
            (0.99999, ">99.9%"),
            (1.0, "100%"),
        ];
        for (share, text) in cases {
            assert_eq!(en.percent(share), text, "{share}");
        }
    }

    #[test]
    fn durations_keep_two_units_in_both_languages() {
        let [en, zh] = both();
        let cases = [
            (0.0, "0 s", "0 秒"),
            (0.25, "0.2 s", "0.2 秒"),
            (45.0, "45 s", "45 秒"),
            (59.7, "1 min", "1 分"),
            (750.0, "12 min 30 s", "12 分 30 秒"),
            (3_599.9, "1 h", "1 小时"),
            (5_400.0, "1 h 30 min", "1 小时 30 分"),
            (187_200.0, "2 d 4 h", "2 天 4 小时"),
            (-90.0, "−1 min 30 s", "−1 分 30 秒"),
        ];
        for (seconds, english, chinese) in cases {
            assert_eq!(en.duration(seconds), english);
            assert_eq!(zh.duration(seconds), chinese);
        }
    }

    #[test]
    fn an_estimate_says_its_interval_and_n_or_why_there_is_none() {
        let [en, zh] = both();
        let e =
            Estimate { value: Some(0.413), low: Some(0.387), high: Some(0.44), n: 1820, method: "wilson" };
        assert_eq!(en.line(&e, Unit::Share), "41% (39%–44%, n\u{A0}=\u{A0}1,820)");
        assert_eq!(zh.line(&e, Unit::Share), "41%（39%–44%，n\u{A0}=\u{A0}1,820）");
        let e = Estimate { value: Some(-0.41), low: Some(-0.6), high: Some(0.0), n: 9, method: "t" };
        assert_eq!(en.line(&e, Unit::Emotion), "−0.41 (−0.60 to 0.00, n\u{A0}=\u{A0}9)");
        assert_eq!(en.line(&Estimate::none("t"), Unit::Emotion), "not measured");
        assert_eq!(zh.line(&Estimate { n: 1, ..Estimate::none("t") }, Unit::Emotion), "数据不足");
        let e = Estimate { value: Some(750.0), low: Some(59.0), high: Some(5_400.0), n: 9, method: "" };
        assert_eq!(en.line(&e, Unit::Time), "12 min 30 s (59 s – 1 h 30 min, n\u{A0}=\u{A0}9)");
        let e = Estimate { value: Some(0.5), low: None, high: None, n: 1, method: "t" };
        assert_eq!(en.line(&e, Unit::Emotion), "+0.50 (n\u{A0}=\u{A0}1)");
    }

    #[test]
    fn days_are_said_in_the_zone() {
        let shanghai = Zone::named("Asia/Shanghai").unwrap();
        let t = Timestamp::parse("2026-02-28T16:00:00Z").unwrap();
        assert_eq!(Say::new(Language::En, shanghai.clone()).day(t), "1 Mar 2026");
        assert_eq!(Say::new(Language::Zh, shanghai).day(t), "2026年3月1日");
    }
}
