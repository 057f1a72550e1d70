//! What simulated customers say and what things are called, in English and Chinese.
//!
//! Answers: comments of topic words that fit a mood, names of dishes, products, coupons. Does not know: how
//! comments are understood; it only writes them.

use crate::base::random::Random;
use crate::base::text::Language;
use crate::base::value::Value;
use crate::blueprint::model::Topic;

/// Words that praise and words that blame: (English, Chinese), as far as topics commonly use them.
const PRAISE: [&[&str]; 2] = [
    &[
        "delicious",
        "fast",
        "good",
        "great",
        "nice",
        "easy",
        "clean",
        "friendly",
        "fresh",
        "cheap",
        "helpful",
        "quick",
    ],
    &["好吃", "快", "好", "干净", "便宜", "新鲜", "方便", "热情", "满意", "划算", "耐心", "简单"],
];
const BLAME: [&[&str]; 2] = [
    &[
        "slow",
        "bland",
        "bad",
        "dirty",
        "cold",
        "rude",
        "expensive",
        "broken",
        "hard",
        "late",
        "pushy",
        "confusing",
    ],
    &["慢", "难吃", "差", "脏", "贵", "冷", "难", "坏", "晚", "麻烦", "吵", "久"],
];

/// How each topic is spoken of.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) language: Language,
    topics: Vec<Spoken>,
}

/// One topic's words by what they say.
#[derive(Debug)]
struct Spoken {
    id: String,
    /// What the topic is called in a sentence.
    noun: String,
    praise: Vec<String>,
    blame: Vec<String>,
}

impl Voice {
    /// The voice for the topics of a blueprint.
    pub(super) fn of(topics: &[Topic], language: Language) -> Self {
        Self { language, topics: topics.iter().map(|topic| Spoken::of(topic, language)).collect() }
    }

    /// A comment on one of the topics (all when none is named) that fits a mood of -1 to 1; a middling mood praises
    /// one thing and blames another. After a wait that was too long the blame is for slowness where that is a topic.
    pub(super) fn comment(&self, random: &mut Random, topics: &[String], mood: f64, late: bool) -> String {
        let about: Vec<&Spoken> =
            self.topics.iter().filter(|t| topics.is_empty() || topics.contains(&t.id)).collect();
        let slow = about.iter().copied().find(|t| late && t.blame.iter().any(|word| is_slow(word)));
        let first = slow.or_else(|| random.pick(&about).copied());
        let other = about.iter().copied().find(|t| Some(&t.id) != first.map(|first| &first.id));
        let blames = mood < 0.15 || (late && mood < 0.4);
        match (first, other) {
            (Some(first), Some(other)) if blames && mood > -0.35 && random.chance(0.6) => {
                let (praise, blame) = (self.clause(random, other, true), self.clause(random, first, false));
                match self.language {
                    Language::En => format!("{praise}, but {blame}"),
                    Language::Zh => format!("{praise}，但是{blame}"),
                }
            }
            (Some(first), _) => self.clause(random, first, !blames),
            (None, _) => self.plain(random, !blames),
        }
    }

    fn clause(&self, random: &mut Random, topic: &Spoken, praises: bool) -> String {
        let (words, noun) = (if praises { &topic.praise } else { &topic.blame }, &topic.noun);
        match (self.language, random.pick(words), praises) {
            (Language::En, Some(word), true) => {
                format!("{noun} was {}{word}", one(random, ["really ", "very ", ""]))
            }
            (Language::En, Some(word), false) => {
                format!("{noun} was {}{word}", one(random, ["too ", "very ", "a bit "]))
            }
            (Language::En, None, true) => format!("{noun} was {}", one(random, ["fine", "good", "great"])),
            (Language::En, None, false) => {
                format!("{noun} was {}", one(random, ["disappointing", "bad", "not good"]))
            }
            (Language::Zh, Some(word), true) => format!("{noun}{}{word}", one(random, ["很", "挺", "非常"])),
            (Language::Zh, Some(word), false) => {
                format!("{noun}{}", one(random, ["太X了", "有点X", "非常X"]).replace('X', word))
            }
            (Language::Zh, None, true) => format!("{noun}{}", one(random, ["不错", "很好", "很满意"])),
            (Language::Zh, None, false) => format!("{noun}{}", one(random, ["太差了", "不太好", "让人失望"])),
        }
    }

    /// A comment about nothing in particular.
    fn plain(&self, random: &mut Random, praises: bool) -> String {
        let words: &[&str] = match (self.language, praises) {
            (Language::En, true) => &["all good", "happy with it", "will come again"],
            (Language::En, false) => &["not what i expected", "disappointing", "will not come again"],
            (Language::Zh, true) => &["很好", "很满意", "下次还来"],
            (Language::Zh, false) => &["不太满意", "让人失望", "不会再来"],
        };
        random.pick(words).copied().unwrap_or_default().to_owned()
    }
}

impl Spoken {
    fn of(topic: &Topic, language: Language) -> Self {
        let said = topic.words.iter().find(|(tag, _)| Language::of_tag(tag) == Some(language));
        let words: Vec<String> = said.map(|(_, words)| words.clone()).unwrap_or_default();
        let which = usize::from(language == Language::Zh);
        let among = |list: &[&[&str]; 2]| -> Vec<String> {
            let known = list.get(which).copied().unwrap_or_default();
            words.iter().filter(|word| known.contains(&word.as_str())).cloned().collect()
        };
        let (praise, blame) = (among(&PRAISE), among(&BLAME));
        let neutral = |word: &&String| !praise.contains(word) && !blame.contains(word);
        // the longest word that is neither praise nor blame names the topic; it must be found in the comment again
        let noun = words.iter().filter(neutral).max_by_key(|word| word.chars().count()).cloned();
        let title = topic.title.as_ref().map(|title| title.get(language).to_lowercase());
        let noun = noun.or(title).unwrap_or_else(|| topic.id.clone());
        let noun = if language == Language::En { format!("the {noun}") } else { noun };
        Self { id: topic.id.clone(), noun, praise, blame }
    }
}

fn one(random: &mut Random, words: [&'static str; 3]) -> &'static str {
    random.pick(&words).copied().unwrap_or_default()
}

fn is_slow(word: &str) -> bool {
    ["slow", "late", "wait", "慢", "晚", "久", "等"].contains(&word)
}

/// What a customer is called.
pub(super) fn person(index: u64, language: Language) -> String {
    match language {
        Language::En => format!("Customer {}", index + 1),
        Language::Zh => format!("顾客{}", index + 1),
    }
}

/// The name of the `place`-th thing of a kind: `Mapo tofu` for dishes, `coupon-3` where no names are known.
pub(super) fn thing(kind: &str, place: usize, language: Language) -> Value {
    let names: &[(&str, &str)] = match kind {
        "dish" => &DISHES,
        "product" | "product_id" | "item" => &PRODUCTS,
        "course" => &COURSES,
        _ => &[],
    };
    match names.get(place % names.len().max(1)) {
        Some((en, zh)) => Value::from(if language == Language::Zh { *zh } else { *en }),
        None => Value::from(format!("{kind}-{}", place + 1)),
    }
}

const DISHES: [(&str, &str); 12] = [
    ("Mapo tofu", "麻婆豆腐"),
    ("Kung pao chicken", "宫保鸡丁"),
    ("Steamed fish", "清蒸鲈鱼"),
    ("Dumplings", "水饺"),
    ("Beef noodles", "牛肉面"),
    ("Fried rice", "扬州炒饭"),
    ("Sweet and sour pork", "糖醋里脊"),
    ("Green beans", "干煸四季豆"),
    ("Roast duck", "烤鸭"),
    ("Hot pot", "火锅"),
    ("Plum juice", "酸梅汤"),
    ("Tofu pudding", "豆花"),
];

const PRODUCTS: [(&str, &str); 12] = [
    ("Desk lamp", "台灯"),
    ("Backpack", "双肩包"),
    ("Tea set", "茶具"),
    ("Running shoes", "跑鞋"),
    ("Headphones", "耳机"),
    ("Notebook", "笔记本"),
    ("Rice cooker", "电饭煲"),
    ("Umbrella", "雨伞"),
    ("Face cream", "面霜"),
    ("Water bottle", "保温杯"),
    ("Keyboard", "键盘"),
    ("Towel", "毛巾"),
];

const COURSES: [(&str, &str); 4] =
    [("Painting", "绘画"), ("Programming", "编程"), ("English", "英语"), ("Mathematics", "数学")];
