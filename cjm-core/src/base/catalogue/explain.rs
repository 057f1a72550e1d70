//! The words of explanations and briefs in English and Chinese.
//!
//! Answers: every phrase, with `{name}` for a figure or a name; both languages use the same names. Does not know: when
//! a phrase is due.

use super::Words;

/// Declares phrases as constants and lists them all in `ALL`.
macro_rules! phrases {
    ($($name:ident = $en:literal, $zh:literal;)+) => {
        $(#[doc = $en] pub const $name: Words = Words { en: $en, zh: $zh };)+
        /// Every phrase, in the order declared.
        pub const ALL: &[Words] = &[$($name),+];
    };
}

phrases! {
    // the head of an explanation
    HEAD = "{rule} for {customer}, as of {at} ({zone})", "{customer} 的规则“{rule}”，截至 {at}（{zone}）";
    NOBODY = "a customer who is not known yet", "尚未识别的客户";
    ACTS_NOW = "It acts at this instant.", "此刻触发执行。";
    ACTS_NOT = "It does not act at this instant.", "此刻不执行。";

    // triggers
    TRIGGER = "Trigger: {what}", "触发条件：{what}";
    AT_EVENT = "at {events}", "发生 {events} 时";
    AT_ANSWER = "at an answer to the survey {survey}", "收到问卷 {survey} 的回答时";
    AT_SEQUENCE = "{events} in this order within {within}", "{within} 内依次发生 {events}";
    AT_ABSENCE = "after {events} without {without} for {lasts}", "发生 {events} 后 {lasts} 内没有 {without}";
    AT_COUNT = "at least {n} of {events} within {within}", "{within} 内 {events} 达到 {n} 次";
    AT_SUM = "{attribute} of {events} adds up to {n} within {within}", "{within} 内 {events} 的 {attribute} 合计达到 {n}";
    AT_SCHEDULE = "at a time of the calendar", "按日历时间";
    EACH_KEY = "each {key} on its own", "按 {key} 分别计算";
    MOMENT_ENTER = "when a trip comes into the stage {of}", "旅程进入阶段 {of} 时";
    MOMENT_LEAVE = "when a trip leaves the stage {of}", "旅程离开阶段 {of} 时";
    MOMENT_STAY = "when a trip stays in the stage {of}", "旅程停留在阶段 {of} 满时";
    MOMENT_BACK = "when a trip comes back to the stage {of}", "旅程退回阶段 {of} 时";
    MOMENT_LAND = "at the touchpoint {of}", "到达触点 {of} 时";
    MOMENT_SKIP = "when the touchpoint {of} is passed over", "跳过触点 {of} 时";
    MOMENT_REACHED = "when the goal of {of} is reached", "旅程 {of} 达成目标时";
    MOMENT_ABANDONED = "when a trip through {of} is abandoned", "旅程 {of} 被放弃时";
    MOMENT_BECOMES = "when the lifecycle state {of} begins", "客户进入生命周期 {of} 时";
    MOMENT_JOINS = "when the customer joins the segment {of}", "客户加入分群 {of} 时";
    MOMENT_QUITS = "when the customer quits the segment {of}", "客户离开分群 {of} 时";
    STANDING = "stands now: {standing}, since {since}", "目前处于：{standing}，自 {since} 起";
    STANDING_ONLY = "stands now: {standing}", "目前处于：{standing}";
    STANDING_NOT = "nothing of it has been seen", "尚无相关记录";
    DUE_BY_TIME = "comes about at {at} by time alone", "将于 {at} 自动发生";
    NEXT_TIME = "next at {at}", "下一次：{at}";
    NO_NEXT = "the customer is not meant", "该客户不在范围内";

    // what was seen
    ROLE_EVENT = "{events}", "{events}";
    ROLE_AFTER = "{events} (starts the wait)", "{events}（开始等待）";
    ROLE_WITHOUT = "{events} (ends the wait)", "{events}（结束等待）";
    ROLE_COUNTED = "{events} (counts)", "{events}（计入）";
    ROLE_STEP = "{events} (step {n})", "{events}（第 {n} 步）";
    ROLE_NOT = "{events} (must not come, step {n})", "{events}（不得出现，第 {n} 步）";
    NOT_SEEN = "not seen", "未出现";
    SEEN = "{n} seen, the last at {at}", "出现 {n} 次，最近一次 {at}";
    SEEN_FIT = "{n} seen, {fit} fit, the last at {at}", "出现 {n} 次，其中 {fit} 次符合条件，最近一次 {at}";
    WAIT_OPEN = "waiting since {since} until {due}", "自 {since} 起等待，至 {due}";
    WAIT_ENDED = "the wait of {since} was ended by {event} at {at}", "{since} 开始的等待已于 {at} 被 {event} 结束";
    OF_KEY = "({key})", "（{key}）";
    PARTIAL = "begun: {events}; next {next}, until {until}", "已开始：{events}；下一步 {next}，截至 {until}";
    WINDOW = "so far {total} of {n}, since {oldest}", "目前 {total}，需要 {n}，自 {oldest} 起";

    // checks
    CHECKS = "Checks as of {at}:", "截至 {at} 的检查：";
    ITEM = "Item {n}: {what}", "第 {n} 项：{what}";
    IF = "condition: {condition}", "条件：{condition}";
    UNLESS = "unless: {condition}", "排除条件：{condition}";
    ATOM = "{atom}: {holds}", "{atom}：{holds}";
    HOLDS = "holds", "成立";
    HOLDS_NOT = "does not hold", "不成立";
    FAILS = "can not be evaluated", "无法求值";
    NOTHING = "nothing", "无";
    GOAL = "goal not reached since {since}", "自 {since} 起目标未达成";
    GOAL_REACHED = "goal reached at {at}", "目标已于 {at} 达成";
    EXIT = "not left since {since}", "自 {since} 起未退出";
    EXIT_CAME = "left: {why}", "已退出：{why}";
    RAMP = "share of customers {share}: this one is at {bucket}", "灰度比例 {share}：该客户位于 {bucket}";
    ARM = "experiment {experiment}: arm {arm}", "实验 {experiment}：分组 {arm}";
    ARM_HOLD = "experiment {experiment}: arm {arm}, which gets nothing", "实验 {experiment}：分组 {arm}（空白对照组，不触达）";
    ARM_OTHER = "experiment {experiment}: arm {arm}; the rule serves {serves}", "实验 {experiment}：分组 {arm}；规则只服务于 {serves}";
    RUNNING_NOT = "no earlier match is under way", "没有进行中的上一次触发";
    RUNNING = "an earlier match is under way until {until}", "上一次触发仍在进行，至 {until}";
    COOL_NOT = "no cool-down ({lasts})", "不在冷却期（{lasts}）";
    COOL = "cool-down of {lasts} until {until}", "冷却期 {lasts}，至 {until}";
    GROUP = "first of the group {group} at this instant", "本组 {group} 此刻的首个决策";
    GROUP_TAKEN = "the group {group} decided already at this instant", "本组 {group} 此刻已有决策";
    CHANNEL_FREE = "channel {channel}: may be used", "渠道 {channel}：可用";
    CHANNEL_CONSENT = "channel {channel}: no consent for {purpose}", "渠道 {channel}：未授权 {purpose}";
    CHANNEL_NEEDS = "channel {channel}: {needs} is not known", "渠道 {channel}：缺少 {needs}";
    CHANNEL_FULL = "channel {channel}: a cap is used up", "渠道 {channel}：已达频控上限";
    CAP = "cap {what}: {used} of {most} used within {span}", "频控 {what}：{span} 内已用 {used}/{most}";
    CAP_FULL = "cap {what}: {used} of {most} used within {span}, room again at {at}", "频控 {what}：{span} 内已用 {used}/{most}，{at} 后恢复";
    SPAN_DAY = "the day", "当日";
    SPAN_WEEK = "the week", "当周";
    SPAN_MONTH = "the month", "当月";
    CAP_RULE = "of the rule", "本规则";
    CAP_CUSTOMER = "of the customer", "该客户";
    QUIET_NOT = "outside quiet hours ({from}-{to})", "不在免打扰时段（{from}-{to}）";
    QUIET = "quiet hours ({from}-{to}) until {until}", "免打扰时段（{from}-{to}），至 {until}";
    QUIET_ALWAYS = "quiet hours ({from}-{to}) without end", "免打扰时段（{from}-{to}），没有结束时间";
    VALID = "message and offer hold until {until}", "消息与优惠有效至 {until}";
    TIMERS = "{n} of {most} timers in use", "等待数量 {n}/{most}";
    RESULT_ACTS = "All checks pass: a match at this instant would act.", "全部检查通过：此刻触发即会执行。";
    RESULT_REFUSED = "A match at this instant would be refused: {reason}.", "此刻触发会被拒绝：{reason}。";
    RESULT_WAITS = "A match at this instant would be held back until {until}.", "此刻触发会推迟到 {until}。";

    // the past
    MATCHES = "Matches:", "触发记录：";
    MATCH_ACTED = "{at}: acted", "{at}：已执行";
    MATCH_REFUSED = "{at}: refused, {reason}", "{at}：被拒绝，{reason}";
    MATCH_WAITS = "{at}: held back until {until}", "{at}：推迟到 {until}";
    MATCH_NOTHING = "{at}: nothing to do", "{at}：无事可做";
    DECISIONS = "Decisions:", "已做决策：";
    DECISION = "{at}: {what}", "{at}：{what}";
    BY_CHANNEL = "by {channel}", "经 {channel}";
    OUTCOME = "then {outcome}", "随后 {outcome}";
    REFUSALS = "Refusals:", "拒绝记录：";
    NONE = "none", "无";

    // the nearest change
    NEAREST = "Nearest change:", "最近的改变：";
    NEAREST_NONE = "none is needed", "无需改变";
    NEED_EVENT = "{events} happens", "发生 {events}";
    NEED_EVENTS = "{n} more of {events} within {within}", "{within} 内再发生 {n} 次 {events}";
    NEED_UNTIL = "{change}, at {until} at the latest", "{change}，不晚于 {until}";
    NEED_AMOUNT = "{missing} more of {attribute} within {within}", "{within} 内 {attribute} 再增加 {missing}";
    NEED_WITHOUT = "{event} had not happened at {at}", "{at} 没有发生 {event}";
    NEED_MOMENT = "the trigger comes about: {what}", "触发条件出现：{what}";
    NEED_VALUE = "{operand}: {from} becomes {to}", "{operand}：由 {from} 变为 {to}";
    NEED_RELATION = "{operand}: {from} would have to be {relation} {than}", "{operand}：现为 {from}，需要 {relation} {than}";
    NEED_OTHERWISE = "{operand} would have to be otherwise", "{operand} 需要相反";
    WAIT_TRIGGER = "wait until {until}: then the trigger comes about", "等到 {until}，届时触发";
    WAIT_COOL = "wait until {until}: then the cool-down ends", "等到 {until}，冷却期结束";
    WAIT_RUNNING = "wait until {until}: then the earlier match is done", "等到 {until}，上一次触发结束";
    WAIT_CAP = "wait until {until}: then the cap has room", "等到 {until}，频控恢复";
    WAIT_QUIET = "wait until {until}: then quiet hours end", "等到 {until}，免打扰时段结束";
    NEED_CONSENT = "the customer consents to {purpose} on {channel}", "客户授权在 {channel} 上接收 {purpose}";
    NEED_KNOWN = "{what} becomes known, so that {channel} reaches the customer", "补充 {what}，以便通过 {channel} 触达";
    NEED_RAMP = "the share grows from {share} to above {above}", "灰度比例由 {share} 提高到 {above} 以上";
    NEED_ARM = "the customer is in another arm of {experiment} than {arm}", "客户属于实验 {experiment} 中 {arm} 以外的分组";
    NEED_OTHER = "this had not stood in the way: {reason}", "没有这一阻碍：{reason}";

    // briefs
    BRIEF_TRIP = "Where: {journey}, stage {stage}, since {since}", "所在：{journey} · {stage}，自 {since} 起";
    BRIEF_TRIP_REACHED = "Where: {journey}, stage {stage}, since {since}; the goal is reached", "所在：{journey} · {stage}，自 {since} 起；目标已达成";
    BRIEF_NO_TRIP = "Where: on no trip", "所在：没有进行中的旅程";
    BRIEF_STEPS = "Last steps: {steps}", "最近动作：{steps}";
    STEP_ANSWER = "answer to “{survey}”", "回答“{survey}”";
    BRIEF_MOOD = "Mood: {answer} at {at}", "情绪：{answer}（{at}）";
    BRIEF_NO_MOOD = "Mood: no answer yet", "情绪：暂无评价";
    MOOD_GOOD = "good", "良好";
    MOOD_FAIR = "middling", "一般";
    MOOD_BAD = "bad", "不佳";
    BRIEF_SCORE = "{mood}, {kind} {score}", "{mood}，{kind} {score} 分";
    BRIEF_FEELS = "{mood}, after {touchpoint}", "{mood}，在{touchpoint}之后";
    BRIEF_PROMISES = "Promises: {promises}", "承诺：{promises}";
    PROMISE_SENT = "{what} sent {at}", "{at} 已发 {what}";
    PROMISE_AHEAD = "{rule} due {at}", "{at} 待办 {rule}";
    BRIEF_TICKETS = "Open tickets: {tickets}", "未关闭工单：{tickets}";
    TICKET = "{kind} with {who}, {status}", "{kind}，{who}，{status}";
    TICKET_DUE = "{kind} with {who}, {status}, next by {by}", "{kind}，{who}，{status}，下一步截至 {by}";
    TICKET_LATE = "{kind} with {who}, {status}, overdue since {by}", "{kind}，{who}，{status}，自 {by} 起超时";
    STATUS_OPEN = "open", "待处理";
    STATUS_ASSIGNED = "assigned", "已分派";
    STATUS_ACCEPTED = "accepted", "已受理";
    STATUS_CONTACTED = "contacted", "已联系";
    STATUS_RESOLVED = "resolved", "已解决";
    STATUS_TOLD = "told the result", "已告知结果";
    STATUS_REOPENED = "reopened", "已重开";
    MORE = "and {n} more", "等，另有 {n} 项";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    #[test]
    fn both_languages_use_the_same_placeholders() {
        let names = |w: &str| -> BTreeSet<String> {
            w.split('{').skip(1).filter_map(|t| t.split_once('}')).map(|(n, _)| n.to_owned()).collect()
        };
        for words in ALL {
            assert_eq!(names(words.en), names(words.zh), "{}", words.en);
            assert!(!words.en.is_empty() && !words.zh.is_empty());
        }
    }
}
