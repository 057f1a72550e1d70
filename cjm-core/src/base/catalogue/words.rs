//! The words of reports and summaries in English and Chinese.

use super::Words;

/// Declares words by name.
macro_rules! words {
    ($($key:literal => $en:literal, $zh:literal;)+) => {
        /// Every word, sorted by nothing but the order of this file: key, English, Chinese.
        pub static ALL: &[(&str, Words)] = &[$(($key, Words { en: $en, zh: $zh })),+];
    };
}

words! {
    "stage" => "Stage", "阶段";
    "touchpoint" => "Touchpoint", "触点";
    // the journey map's drawing and exports
    "map.journey_map" => "Journey map", "旅程图";
    "map.stages" => "Stages", "阶段";
    "map.touchpoints" => "Touchpoints", "触点";
    "map.emotion" => "Emotion", "情绪曲线";
    "map.does" => "Does", "行为";
    "map.thinks" => "Thinks", "想法";
    "map.expects" => "Expects", "期望";
    "map.pains" => "Pain points", "痛点";
    "map.opportunities" => "Opportunities", "机会点";
    "map.behind" => "Backstage", "后台";
    "map.pain" => "pain point", "痛点";
    "map.opportunity" => "opportunity", "机会点";
    "map.expected" => "expected", "期望情绪";
    "map.actual" => "measured", "实际情绪";
    "map.actual_with_band" => "measured, with 95 % interval and n", "实际情绪（95% 置信区间，n 为样本数）";
    "map.below_expected" => "clearly below expected", "明显低于期望";
    "map.not_measured" => "not measured", "未测量";
    "map.scenario" => "Scenario", "场景";
    "map.optional" => "optional", "可跳过";
    "map.repeat" => "may repeat", "可重复";
    "map.wait" => "wait", "等待";
    "map.digital" => "digital", "线上";
    "map.physical" => "physical", "线下";
    "map.start" => "start", "开始";
    "map.end" => "end", "结束";
}

/// The words behind a key; the key itself when there are none.
pub fn word(key: &'static str, language: super::Language) -> &'static str {
    ALL.iter().find(|(k, _)| *k == key).map_or(key, |(_, words)| words.get(language))
}
