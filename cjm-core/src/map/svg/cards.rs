//! Touchpoint cards: where it happens, what it is called, who answers for it.
//!
//! Answers: what stands on a card, how high it is, how it is drawn. Does not know: columns and lanes.

use super::canvas::{Canvas, Face, Px, Rect};
use super::paint;
use crate::base::catalogue::words::word;
use crate::base::text::Language;
use crate::base::time::Duration;
use crate::blueprint::model::{Channel, Touchpoint, TouchpointKind};
use crate::map::measure;

const PAD: f64 = 8.0;
const TITLE: Face = Face::new(13.0, paint::INK).bold();
const LABEL: Face = Face::new(10.5, paint::MUTED);

/// A card measured for its width.
pub(super) struct Card<'a> {
    touchpoint: &'a Touchpoint,
    kind: Option<TouchpointKind>,
    channel: Option<String>,
    title: Vec<String>,
    labels: Vec<String>,
}

impl<'a> Card<'a> {
    pub(super) fn new(t: &'a Touchpoint, width: f64, channels: &[Channel], language: Language) -> Self {
        let inner = width - 2.0 * PAD;
        let channel = t.channel.as_deref().map(|id| channels.iter().find(|c| c.id == id).ok_or(id));
        let name = channel.map(|c| match c {
            Ok(c) => c.title.as_ref().map_or(c.id.as_str(), |title| title.get(language)),
            Err(id) => id,
        });
        let kind = t.kind.or_else(|| channel.and_then(Result::ok).and_then(|c| c.kind));
        let mut labels = Vec::new();
        if let Some(owner) = &t.owner {
            labels.extend(measure::wrap(owner, LABEL.size, inner, 2));
        }
        if let Some(wait) = t.wait {
            labels.push(measure::fit(&format!("≤ {}", spoken(wait, language)), LABEL.size, inner));
        }
        Self {
            touchpoint: t,
            kind,
            channel: name.map(|n| measure::fit(n, LABEL.size, inner - 30.0)),
            title: measure::wrap(title_of(t, language), TITLE.size, inner, 3),
            labels,
        }
    }

    pub(super) fn height(&self) -> f64 {
        let title = self.title.len().max(1) as f64 * TITLE.leading();
        PAD + 14.0 + title + self.labels.len() as f64 * LABEL.leading() + PAD
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect, language: Language) {
        canvas.open_group("touchpoint", &self.told(language));
        let dash = if self.touchpoint.optional { " stroke-dasharray=\"4 3\"" } else { "" };
        let edge = format!("fill=\"{}\" stroke=\"{}\"{dash}", paint::CARD, paint::CARD_EDGE);
        canvas.rect(area, 6.0, &edge);
        let left = area.x + PAD;
        let mut y = area.y + PAD + 9.0;
        let text_from = left + if self.kind.is_some() { 15.0 } else { 0.0 };
        if let Some(kind) = self.kind {
            icon(canvas, left, y - 9.0, kind);
        }
        if let Some(channel) = &self.channel {
            canvas.text((text_from, y), LABEL, channel);
        }
        if self.touchpoint.repeat {
            again(canvas, area.x + area.width - PAD - 5.0, y - 4.0);
        }
        y += 4.0 + TITLE.leading();
        canvas.lines((left, y), TITLE, &self.title);
        y += (self.title.len().max(1) as f64 - 1.0) * TITLE.leading() + LABEL.leading() + 1.0;
        canvas.lines((left, y), LABEL, &self.labels);
        canvas.close_group();
    }

    fn told(&self, language: Language) -> String {
        let t = self.touchpoint;
        let mut parts = vec![measure::plain(title_of(t, language))];
        let kind = self.kind.map(|k| match k {
            TouchpointKind::Digital => word("map.digital", language),
            TouchpointKind::Physical => word("map.physical", language),
        });
        parts.extend(kind.map(str::to_owned));
        parts.extend(self.channel.clone());
        parts.extend(t.owner.as_deref().map(measure::plain));
        parts.extend(t.optional.then(|| word("map.optional", language).to_owned()));
        parts.extend(t.repeat.then(|| word("map.repeat", language).to_owned()));
        parts.extend(t.wait.map(|w| format!("{} ≤ {}", word("map.wait", language), spoken(w, language))));
        parts.join(" · ")
    }
}

/// What people call a touchpoint; its id without a title.
pub(super) fn title_of(t: &Touchpoint, language: Language) -> &str {
    t.title.as_ref().map_or(t.id.as_str(), |title| title.get(language))
}

/// A phone or a house, 11 pixels high.
fn icon(canvas: &mut Canvas, x: f64, y: f64, kind: TouchpointKind) {
    let look =
        format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1.2\" stroke-linejoin=\"round\"", paint::MUTED);
    match kind {
        TouchpointKind::Digital => {
            canvas.rect(Rect { x: x + 2.0, y, width: 7.0, height: 11.0 }, 1.5, &look);
            canvas.line((x + 4.5, y + 8.8), (x + 6.5, y + 8.8), &look);
        }
        TouchpointKind::Physical => {
            canvas.path(
                &format!("M{} {}l5.5 -5l5.5 5M{} {}v6h8v-6", Px(x), Px(y + 5.5), Px(x + 1.5), Px(y + 4.5)),
                &look,
            );
        }
    }
}

/// An arrow that turns back on itself, around a centre.
fn again(canvas: &mut Canvas, x: f64, y: f64) {
    let look =
        format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\" stroke-linecap=\"round\"", paint::MUTED);
    canvas.path(&format!("M{} {}a4 4 0 1 1 -3 -3.6", Px(x + 4.0), Px(y)), &look);
    canvas.path(&format!("M{} {}l3 0.2l-1.4 2.8", Px(x - 1.6), Px(y - 4.3)), &look);
}

/// A length of time as people say it: its one or two largest units.
pub(super) fn spoken(length: Duration, language: Language) -> String {
    const UNITS: [(i64, &str, &str); 4] =
        [(86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒")];
    let mut rest = length.as_micros().saturating_abs() / 1_000_000;
    let mut parts: Vec<String> = Vec::new();
    for (seconds, en, zh) in UNITS {
        let count = rest / seconds;
        rest %= seconds;
        if count > 0 && parts.len() < 2 {
            parts.push(match language {
                Language::En => format!("{count} {en}"),
                Language::Zh => format!("{count}{zh}"),
            });
        }
    }
    match (parts.is_empty(), language) {
        (true, Language::En) => "0 s".to_owned(),
        (true, Language::Zh) => "0秒".to_owned(),
        (false, Language::En) => parts.join(" "),
        (false, Language::Zh) => parts.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_spoken() {
        for (text, en, zh) in [
            ("10m", "10 min", "10分钟"),
            ("1d12h", "1 d 12 h", "1天12小时"),
            ("0s", "0 s", "0秒"),
            ("90s", "1 min 30 s", "1分钟30秒"),
        ] {
            let d: Duration = text.parse().unwrap();
            assert_eq!((spoken(d, Language::En).as_str(), spoken(d, Language::Zh).as_str()), (en, zh));
        }
    }
}
