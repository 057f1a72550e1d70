//! What the command itself says, in English and Chinese.
//!
//! Answers: the words. Does not know: findings and reports; their words are in the core's catalogue.

use cjm_core::Language;

/// The same phrase in both languages; `{0}`, `{1}` .. stand for values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phrase {
    en: &'static str,
    zh: &'static str,
}

impl Phrase {
    /// The phrase in a language with its values.
    pub(crate) fn say(self, language: Language, values: &[&str]) -> String {
        let mut rest = match language {
            Language::En => self.en,
            Language::Zh => self.zh,
        };
        let mut text = String::with_capacity(rest.len() + 32);
        while let Some((before, after)) = rest.split_once('{') {
            let (number, tail) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(before);
            text.push_str(
                number.parse().ok().and_then(|at: usize| values.get(at)).copied().unwrap_or_default(),
            );
            rest = tail;
        }
        text.push_str(rest);
        text
    }
}

macro_rules! phrases {
    ($($name:ident = $en:literal, $zh:literal;)+) => {
        $(pub(crate) static $name: Phrase = Phrase { en: $en, zh: $zh };)+
        #[cfg(test)]
        static ALL: &[(&str, Phrase)] = &[$((stringify!($name), $name)),+];
    };
}

phrases! {
    ERROR = "error", "错误";
    WARNING = "warning", "警告";
    HINT = "hint", "提示";
    HELP = "help", "建议";
    NO_FINDING = "{0}: no finding", "{0}：未发现问题";
    FINDINGS = "{0}: {1}", "{0}：{1}";
    N_ERROR = "{0} error", "{0} 个错误";
    N_ERRORS = "{0} errors", "{0} 个错误";
    N_WARNING = "{0} warning", "{0} 个警告";
    N_WARNINGS = "{0} warnings", "{0} 个警告";
    N_HINT = "{0} hint", "{0} 个提示";
    N_HINTS = "{0} hints", "{0} 个提示";
    AND = ", ", "，";
    BAD_USAGE = "error: {0}", "错误：{0}";
    BAD_FILE = "error: `{0}`: {1}", "错误：`{0}`：{1}";
    ROWS = "{0}[{1}]: {2}: {3} (rows: {4})", "{0}[{1}]：{2}：{3}（行数：{4}）";
    IS_DROPPED = "{0}; it is dropped", "{0}，已丢弃";
    IS_UNMAPPED = "{0}; it is kept as unmapped", "{0}，保留为未映射";
    LEFT_OUT = "warning: the column `{0}` is left out: conditions can not read its name; rename it to letters, digits and _ (values: {1})", "警告：列 `{0}` 未纳入：条件无法读取该列名；请改用英文字母、数字与下划线（值数：{1}）";
    PLAN_HOLDS = "{0} events hold to the tracking plan", "{0} 个事件符合埋点方案";
    NO_JOURNEY = "there is no journey `{0}`; there are: {1}", "没有旅程 `{0}`；现有：{1}";
    NO_JOURNEYS = "the blueprint has no journey", "蓝图中没有旅程";
    ONE_AT_A_TIME = "an svg file holds one map; name one with --journey: {0}", "一个 svg 文件只能放一张图；请用 --journey 指定：{0}";
    SIMULATED = "simulated: {0} events of {1} customers over {2} days", "已模拟：{1} 位客户、{2} 天、{0} 个事件";
    NO_DIFFERENCE = "no difference", "没有差异";
    JOURNEY = "journey", "旅程";
    STAGE = "stage", "阶段";
    TOUCHPOINTS = "touchpoints", "触点";
    DIGITAL = "digital", "线上";
    PHYSICAL = "physical", "线下";
    PAINS = "pains", "痛点";
    OPPORTUNITIES = "opportunities", "机会点";
    EXPECTED = "expected", "期望情绪";
    OWNERS = "owners", "责任部门";
    MAPS = "maps", "旅程图数";
    SAME = "the same", "相同之处";
    WHERE = "where", "位置";
    SAME_EVENT = "event", "事件";
    SAME_ID = "id", "标识";
    SAME_TEXT = "words", "文字";
    SAME_CHANNEL = "channel", "渠道";
    SHARED = "Touchpoints that several maps share", "多张旅程图共有的触点";
    COMMON_PAINS = "Pains that several maps name", "共同的痛点";
    COMMON_OPPORTUNITIES = "Opportunities that several maps name", "共同的机会点";
    NOTHING_IN_COMMON = "none", "无";
    READ_WITH = "to read it: {0}", "读取时请加：{0}";
    WRITTEN = "written: {0}", "已写入：{0}";
    REFUSED = "error[{0}]: {1}", "错误[{0}]：{1}";
    LINE_REFUSED = "{0}:{1}: error[{2}]: {3}", "{0}:{1}：错误[{2}]：{3}";
    SET_BACK = "{0}:{1}: warning: the time {2} is earlier than {3} and counts as it", "{0}:{1}：警告：时间 {2} 早于 {3}，按后者计";
    EVENTS_REFUSED = "error[{0}]: {1} events were not taken in; the first: {2}", "错误[{0}]：{1} 个事件未被接受；第一个：{2}";
    LATER_LEFT_OUT = "{0} events after `--until` are left out", "{0} 个事件晚于 --until，不计入";
    REPLAYED = "{0} events: {1} decisions, {2} refusals, {3} still waiting", "{0} 个事件：决策 {1}，拒绝 {2}，仍在等待 {3}";
    DECISIONS = "Decisions", "决策";
    COMPARED = "{0} events: {1} decisions before, {2} after; {3} differ", "{0} 个事件：之前 {1} 个决策，之后 {2} 个；{3} 处不同";
    DIFFERING = "Decisions that differ", "不同的决策";
    BEFORE = "before", "之前";
    AFTER = "after", "之后";
    UNCHANGED = "same", "相同";
    CHANGED = "changed", "有变";
    GONE = "gone", "不再";
    NEW = "new", "新增";
    DUE = "due", "时间";
    CUSTOMER = "customer", "客户";
    REFUSALS = "Refusals", "拒绝";
    BY_DAY = "Handed over by day", "按日交付";
    OVERLAP = "Rules that met the same customers", "触及相同客户的规则";
    RULE = "rule", "规则";
    ACTION = "action", "动作";
    REASON = "reason", "原因";
    DAY = "day", "日期";
    COUNT = "n", "次数";
    CUSTOMERS = "customers", "客户数";
    LOOP = "One detractor's closed loop", "一位贬损者的闭环";
    LOOP_ANSWER = "{0}, after {1} events, answers {2}: {3} of 10", "{0} 在 {1} 个事件之后回答 {2}：{3} 分（满分 10）";
    LOOP_TICKET = "rule {0} opens a ticket for {1}, taken by {2}, contact due by {3}", "规则 {0} 为 {1} 开出工单，由 {2} 接手，须在 {3} 前联系";
    LOOP_STEP = "{0} by {1}, {2}", "{0}：{1}，{2}";
    ACCEPTED = "accepted", "已接手";
    CONTACTED = "customer contacted", "已联系客户";
    RESOLVED = "resolved", "已解决";
    TOLD = "customer told the result", "已告知客户结果";
    CLOSED = "closed", "已关闭";
    LOOP_IN_TIME = "in time", "未超时";
    LOOP_LATE = "overdue", "已超时";
    MORE = "and {0} more", "另有 {0} 行";
}

#[cfg(test)]
mod tests {
    use super::{ALL, Language, Phrase};

    #[test]
    fn both_languages_speak_of_the_same_values() {
        let values = |text: &str| {
            let mut all: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|t| t.split_once('}'))
                .map(|(n, _)| n.to_owned())
                .collect();
            all.sort();
            all
        };
        for (name, Phrase { en, zh }) in ALL {
            assert_eq!(values(en), values(zh), "{name}");
            assert_ne!(en, zh, "{name}");
        }
    }

    #[test]
    fn values_stand_in_their_places() {
        let phrase = Phrase { en: "{1} of {0}", zh: "{0} 中的 {1}" };
        assert_eq!(phrase.say(Language::En, &["a", "b"]), "b of a");
        assert_eq!(phrase.say(Language::Zh, &["a", "{1}"]), "a 中的 {1}");
    }
}
