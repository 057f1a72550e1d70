//! The words of reports and summaries in English and Chinese.
//!
//! Answers: every heading, label and sentence of a report, by key. Does not know: where each is shown.
//! `{name}` stands for a figure or a name; both languages use the same names.

use super::Words;

/// Declares words by key.
macro_rules! words {
    ($($key:literal => $en:literal, $zh:literal;)+) => {
        /// Every word, in the order of this file: key and words.
        pub const ALL: &[(&str, Words)] = &[$(($key, Words { en: $en, zh: $zh })),+];
    };
}

words! {
    // the head
    "report" => "Customer journey report", "客户旅程报告";
    "contents" => "Contents", "目录";
    "period" => "Period", "统计周期";
    "blueprint" => "Blueprint", "旅程蓝图";
    "version" => "version", "版本";
    "source" => "Source", "数据来源";
    "events" => "Events", "事件数";
    "customers" => "Customers", "客户数";
    "no_events" => "no events", "没有事件";
    "lead_goal" => "Of {trips} trips through {journey}, {share} reached the goal. ",
        "在 {trips} 次“{journey}”旅程中，{share} 达成了目标。";
    "lead_pain" => "Most customers were harmed at {touchpoint}: {harmed} of the {customers} who came there.",
        "受损客户最多的触点是“{touchpoint}”：到达该触点的 {customers} 位客户中，{harmed} 位受损。";
    "lead_nothing" => "Nothing in these events can be measured yet.", "这些事件尚不足以得出任何度量。";

    // missing values and units
    "not_measured" => "not measured", "未测量";
    "not_enough_data" => "not enough data", "数据不足";
    "unit_day" => "d", "天";
    "unit_hour" => "h", "小时";
    "unit_minute" => "min", "分";
    "unit_second" => "s", "秒";
    "shown_of" => "The first {shown} of {all} are shown; the study's JSON holds them all.",
        "此处列出全部 {all} 项中的前 {shown} 项，完整内容见分析结果的 JSON。";
    "yes" => "yes", "是";
    "no" => "no", "否";

    // headline figures
    "headline" => "Headline figures", "核心指标";
    "interval" => "95% interval", "95% 区间";
    "score_nps" => "Net promoter score NPS", "净推荐值 NPS";
    "score_csat" => "Satisfaction CSAT", "满意度 CSAT";
    "score_ces" => "Customer effort CES (1-7, higher is easier)", "客户费力度 CES (1-7，越高越省力)";
    "goal_rate" => "Goal rate", "目标达成率";
    "largest_drop_off" => "Largest drop-off", "最大流失阶段";
    "mean_answer" => "Mean answer", "平均分";
    "easy_share" => "Found it easy (5-7)", "觉得省力（5-7 分）";
    "target_to" => "target {to}", "目标 {to}";
    "target_by" => "target {to} by {by}", "目标 {to}，截至 {by}";

    // pains
    "worst_pains" => "The three worst pains", "三大痛点";
    "worst_pains_intro" => "Touchpoints ranked by customers harmed: whose trip was abandoned there, who scored it badly or who waited longer than expected, each customer once.",
        "按受损客户数排序的触点：在此放弃旅程、打出差评或等待超出期望的客户，每位只计一次。";
    "no_pains" => "No customer was harmed at any measured touchpoint.", "所有已测量的触点均没有客户受损。";
    "customers_harmed" => "customers harmed", "位客户受损";
    "of_customers_here" => "of {n} who came here", "到达客户 {n} 位";
    "factor_drop_off" => "Dropped off here", "在此流失";
    "factor_bad_score" => "Bad scores", "差评";
    "factor_wait_over" => "Waited longer than expected", "等待超出期望";
    "known_pains" => "Known pain points", "已知痛点";
    "no_known_pain" => "Not on the map yet", "尚未记入旅程图";
    "improvements" => "Improvements under way", "进行中的改进项";
    "no_improvement" => "No improvement under way", "暂无改进项";
    "due" => "due", "截至";
    "status_planned" => "planned", "已计划";
    "status_doing" => "in progress", "进行中";
    "status_done" => "done", "已完成";
    "status_dropped" => "dropped", "已取消";
    "opportunities" => "Opportunities", "机会点";
    "behind" => "Backstage", "后台";
    "more_pains" => "Further pains", "其他痛点";
    "rank" => "Rank", "排名";
    "harmed" => "Customers harmed", "受损客户";
    "harmed_share" => "Share harmed", "受损比例";

    // a journey
    "journey" => "Journey", "旅程";
    "trips" => "Trips", "旅程次数";
    "trips_lower" => "trips", "次旅程";
    "trip" => "Trip", "一次旅程";
    "median_to_goal" => "Median time to goal", "达成目标用时中位数";
    "completed" => "Completed", "已完成";
    "abandoned" => "Abandoned", "已放弃";
    "merged" => "Merged with another", "已并入其他旅程";
    "open" => "Still open", "进行中";
    "open_nowhere" => "of these in no stage yet", "其中尚未进入任何阶段";
    "conforming" => "Trips without deviation", "无偏离的旅程";
    "map_and_curve" => "Journey map and emotion curve", "旅程图与情绪曲线";
    "map_label" => "Journey map of {journey} with expected and actual emotion at every touchpoint",
        "“{journey}”旅程图，含各触点的期望情绪与实际情绪";
    "no_touchpoints" => "The map has no touchpoints.", "旅程图中没有触点。";
    "peak" => "Peak", "峰值";
    "valley" => "Valley", "谷值";
    "end" => "End", "终值";
    "peak_end" => "Peak-end", "峰终值";
    "moment_of_truth" => "Moment of truth", "关键时刻";
    "duration_weighted" => "Mean weighted by time", "按时长加权均值";
    "plain_mean" => "Mean (no durations known)", "简单均值（时长未知）";
    "slope" => "Slope per touchpoint", "每触点斜率";
    "measured_touchpoints" => "Touchpoints measured", "已测量触点数";

    // stages
    "stage" => "Stage", "阶段";
    "stages_and_drop_off" => "Stages and drop-off", "阶段与流失";
    "went_on" => "Went on", "进入后续";
    "completed_here" => "Completed here", "在此完成";
    "inside" => "Inside now", "当前停留";
    "dropped" => "Dropped off", "流失";
    "drop_off" => "Drop-off", "流失率";
    "stage_table" => "Stages in figures", "各阶段数据";
    "entered" => "Entered", "进入次数";
    "left" => "Left", "离开次数";
    "median_stay" => "Median stay", "停留中位数";
    "q95_stay" => "95th percentile of stay", "停留 95 分位";

    // touchpoints and waits
    "touchpoint" => "Touchpoint", "触点";
    "touchpoints" => "Touchpoints", "触点";
    "touchpoint_table" => "Touchpoints in figures", "各触点数据";
    "visits" => "Visits", "到访次数";
    "next_rate" => "Went on to the next", "继续前行率";
    "median_dwell" => "Median time to the next", "到下一触点用时中位数";
    "emotion" => "Emotion (−1 to 1)", "情绪值（−1 至 1）";
    "bad_share" => "Share of bad scores", "差评占比";
    "no_event" => "no event", "无事件";
    "waits" => "Waits against what was expected", "等待与期望对比";
    "median" => "Median", "中位数";
    "q95" => "95th percentile", "95 分位";
    "to_q95" => "to the 95th percentile", "至 95 分位";
    "expected_wait" => "Expected", "期望";
    "wait_scale" => "All rows share one scale: multiples of the expected wait.", "各行共用同一标尺：期望等待的倍数。";
    "wait_over" => "Waited longer", "等待超出期望";

    // deviations
    "deviation" => "First deviation", "首次偏离";
    "first_deviations" => "First deviations from the map", "首次路径偏离";
    "first_deviations_intro" => "What customers do first that the map does not say.", "客户最先做出的、旅程图未描述的行为。";
    "deviation_table" => "First deviations by trips", "按旅程次数排列的首次偏离";
    "after" => "After", "在此之后";
    "then" => "What was done instead", "实际行为";
    "skipped" => "Passed over", "跳过的触点";
    "of_trips" => "Share of trips", "占旅程比例";
    "start" => "start of the trip", "旅程开始";
    "trip_ended" => "the trip ended", "旅程结束";
    "deviation_skipped" => "a required touchpoint was skipped", "跳过必经触点";
    "deviation_back" => "went back", "返回之前的触点";
    "deviation_repeated" => "repeated a touchpoint", "重复同一触点";
    "deviation_not_in_flow" => "not in the flow", "不在流程内";

    // the map in words
    "map_in_words" => "The map in words", "旅程图文字说明";
    "answers_for_it" => "Answers for it, where", "责任部门与位置";
    "expects" => "Expectation", "期望";
    "does_thinks" => "Does and thinks", "行为与想法";
    "pain_points" => "Pain points", "痛点";

    // lifecycle
    "lifecycle" => "Customer lifecycle", "客户生命周期";
    "lifecycle_table" => "Customers by lifecycle state at the end of the study", "分析截止时各生命周期状态的客户";
    "state" => "State", "状态";
    "of_all" => "Share of all", "占全部客户";
    "moved_in" => "Moved in", "进入次数";
    "moved_out" => "Moved out", "离开次数";
    "moved_from" => "Moves from", "从";
    "moved_to" => "to", "进入";
    "first_seen" => "First seen", "首次出现";
    "united" => "Same as another customer", "与其他客户合并";
    "flow_label" => "Moves between lifecycle states, as wide as they are frequent",
        "生命周期状态之间的流转，宽度代表次数";
    "no_moves" => "No customer moved between states.", "没有客户发生状态变化。";

    // losses
    "losses" => "Where customers are lost", "客户流失分析";
    "losses_intro" => "The last touchpoint before each loss. Under each figure of the lost stands the same figure of those who stayed.",
        "每次流失前的最后触点。每项流失客户的数据下方，为留存客户的同一数据。";
    "loss_table" => "Losses by customers lost", "按流失客户数排列";
    "loss" => "Loss", "流失类型";
    "loss_abandoned" => "trip abandoned", "放弃旅程";
    "loss_lapsed" => "customer lapsed", "客户沉默";
    "last_touchpoint" => "Last touchpoint", "最后触点";
    "nowhere" => "no touchpoint", "无触点";
    "customers_lost" => "Customers lost", "流失客户";
    "of_losses" => "Share of losses", "占流失比例";
    "emotion_lost_stayed" => "Emotion: lost, stayed", "情绪：流失 / 留存";
    "wait_lost_stayed" => "Median wait: lost, stayed", "等待中位数：流失 / 留存";
    "complaint_lost_stayed" => "Complained: lost, stayed", "有投诉或差评：流失 / 留存";
    "stated_reasons" => "Stated reasons", "自述原因";
    "no_reason" => "none stated", "未说明";

    // scores
    "scores" => "Scores", "评分";
    "score_table" => "All scores with their intervals", "全部评分及其区间";
    "question" => "Question", "问题";
    "kind" => "Kind", "类型";
    "score" => "Score", "得分";
    "carried_by_events" => "carried by events", "随事件记录";

    // comparisons
    "comparisons" => "Comparisons", "对比";
    "unassigned" => "unassigned", "未归类";
    "by_persona" => "By persona", "按角色";
    "by_scenario" => "By scenario", "按场景";
    "by_segment" => "By segment", "按分群";
    "cut_journey" => "Trips and goal", "旅程与目标";
    "cut_drop_off" => "Drop-off by stage", "各阶段流失率";
    "cut_emotion" => "Emotion by touchpoint", "各触点情绪";
    "cut_wait" => "Waited longer than expected, by touchpoint", "各触点等待超出期望的比例";
    "cut_pain" => "The worst pain of each", "各组最大痛点";
    "cut_lifecycle" => "Lifecycle states", "生命周期状态";

    // data quality
    "data_quality" => "Data quality", "数据质量";
    "events_later" => "Events after the instant looked at, left out", "晚于分析时刻、未计入的事件";
    "events_unmapped" => "Events on no touchpoint", "未落入任何触点的事件";
    "events_outside" => "Events outside any trip", "旅程之外的事件";
    "trips_not_opened" => "Trips that could not open: 64 were open", "因已有 64 次旅程进行中而未能开启的旅程";
    "trips_unassigned" => "Trips without a persona", "未归入角色的旅程";
    "condition_errors" => "Conditions that ended in an error", "出错而未成立的条件";
    "refused_links" => "Identity links refused", "被拒绝的身份关联";
    "unmapped_table" => "Event names that no touchpoint takes", "未映射到触点的事件名";
    "event" => "Event", "事件";
    "in_tracking_plan" => "Declared", "已声明";
    "count" => "Count", "次数";
    "bad_row_table" => "Rows that became no events", "未能成为事件的数据行";
    "reason" => "Reason", "原因";
    "first_example" => "First example", "首个示例";

    // methods
    "method" => "Method and definitions", "方法与定义";
    "until" => "Events and timers were followed until", "事件与时间推演至";
    "methods" => "Intervals are 95% intervals:", "所有区间均为 95% 区间：";
    "method_wilson" => "Wilson for shares", "比例采用 Wilson 区间";
    "method_t" => "Student's t for means", "均值采用 t 区间";
    "method_t_weighted" => "Student's t for weighted means", "加权均值采用 t 区间";
    "method_order_statistics" => "order statistics for medians of times", "时长中位数采用次序统计量区间";
    "method_adjusted_wald" => "adjusted Wald for NPS", "NPS 采用调整 Wald 区间";
    "n" => "n", "n";
    "means_n" => "How many observations a figure rests on. A figure without observations is not measured; it is never shown as 0.",
        "数据所依据的观测数。没有观测的数据显示为“未测量”，绝不显示为 0。";
    "means_trip" => "One customer's one walk through a map, from an entering event to the end.",
        "一位客户从进入事件到结束，完整走过旅程图的一次过程。";
    "means_dropped" => "Trips that ended in a stage without the goal, of all trips that were ever in it.",
        "在该阶段结束且未达成目标的旅程，占所有到过该阶段的旅程的比例。";
    "means_harmed" => "Customers who dropped off at a touchpoint, scored it badly or waited there longer than expected, each once.",
        "在触点流失、打出差评或等待超出期望的客户，每位只计一次。";
    "means_emotion" => "Answers and scores brought to a scale from −1 to 1; 0 is neutral, below 0 is bad.",
        "将答案与评分换算到 −1 至 1；0 为平静，低于 0 为差。";
    "means_moment_of_truth" => "The touchpoint after the largest drop of emotion.", "情绪下降最大之后的触点。";
    "means_peak_end" => "The mean of the strongest and the last emotion: what is remembered of the whole.",
        "最强烈情绪与最后情绪的平均值，即客户对整段旅程的记忆。";
    "means_deviation" => "The first step of a trip that the map does not allow; each trip counts once.",
        "一次旅程中首个不符合旅程图的步骤，每次旅程只计一次。";
    "means_nps" => "Promoters (9-10) less detractors (0-6), in points from −100 to 100.",
        "推荐者（9-10 分）比例减去贬损者（0-6 分）比例，取值 −100 至 100。";
    "means_csat" => "Share of answers 4 and 5 on a scale of 1 to 5.", "1 至 5 分中，4 分与 5 分的占比。";
    "means_ces" => "Mean answer to “it was easy”, 1 to 7, and the share of 5 to 7.",
        "对“办理很轻松”的认同度平均分（1 至 7），以及 5 至 7 分的占比。";

    // the summary for a terminal
    "summary_looked_at" => "{events} events of {customers} customers, {period}",
        "{customers} 位客户的 {events} 个事件，{period}";
    "summary_harmed" => "{harmed} of {customers}, {share}", "{customers} 位中的 {harmed} 位，{share}";

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
    // the tracking plan and its check
    "tracking.event" => "Event", "事件";
    "tracking.when" => "When", "触发时机";
    "tracking.attribute" => "Attribute", "属性";
    "tracking.type" => "Type", "类型";
    "tracking.required" => "Required", "必填";
    "tracking.yes" => "yes", "是";
    "tracking.no" => "no", "否";
    "tracking.journey" => "Journey", "旅程";
    "tracking.channel" => "Channel", "渠道";
    "tracking.owner" => "Owner", "责任部门";
    "tracking.emitted" => "made by a rule", "由规则产生";
    "tracking.issue" => "Issue", "问题";
    "tracking.count" => "Events", "事件数";
    "tracking.of" => "Of", "总数";
    "tracking.remark" => "Remark", "说明";
    "tracking.missing" => "missing", "缺失";
    "tracking.refused" => "refused", "全部无效";
    "tracking.never_filled" => "never filled", "从未填写";
    "tracking.sometimes_missing" => "sometimes missing", "部分缺失";
    "tracking.undeclared" => "undeclared", "未声明";
    "tracking.unmapped" => "unmapped", "未映射";
    "tracking.late" => "late", "迟到";
    "tracking.type.text" => "text", "文本";
    "tracking.type.int" => "whole number", "整数";
    "tracking.type.number" => "number", "数值";
    "tracking.type.money" => "money", "金额";
    "tracking.type.bool" => "true or false", "布尔";
    "tracking.type.time" => "time", "时间";
    "tracking.type.date" => "date", "日期";
    "tracking.type.enum" => "one of", "枚举";
    "tracking.type.list" => "list of", "列表";
}

/// The words behind a key; the key itself when there are none.
pub fn word(key: &'static str, language: super::Language) -> &'static str {
    ALL.iter().find(|(k, _)| *k == key).map_or(key, |(_, words)| words.get(language))
}

/// The words behind a key, when the key is known while compiling: a key that is missing does not compile.
#[expect(clippy::panic, reason = "runs in const blocks only, where it is a compile error")]
pub const fn of(key: &str) -> Words {
    let mut rest = ALL;
    while let [(name, words), tail @ ..] = rest {
        if same(name.as_bytes(), key.as_bytes()) {
            return *words;
        }
        rest = tail;
    }
    panic!("no words of that key in the catalogue")
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.is_empty() && b.is_empty()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_are_unique_and_both_languages_are_there_with_the_same_placeholders() {
        let names = |w: &str| -> BTreeSet<String> {
            w.split('{').skip(1).filter_map(|t| t.split_once('}')).map(|(n, _)| n.to_owned()).collect()
        };
        let mut keys = BTreeSet::new();
        for (key, words) in ALL {
            assert!(keys.insert(key), "two words are called `{key}`");
            assert!(key.split('.').all(crate::base::ids::is_id), "{key}");
            assert!(!words.en.is_empty() && !words.zh.is_empty(), "{key}");
            assert_eq!(names(words.en), names(words.zh), "{key}");
            assert!(words.en.is_ascii() || words.en.contains(['−', '“', '”']), "{key}: {}", words.en);
        }
    }
}
