//! Why something was not done, in the words people read.
//!
//! Answers: the words of every reason, by its stable name. Does not know: when a reason applies.

use super::Words;

/// Declares the words of reasons by name.
macro_rules! refusals {
    ($($name:literal => $en:literal, $zh:literal;)+) => {
        /// Every reason's name and words, in the order in which they are checked.
        pub const ALL: &[(&str, Words)] = &[$(($name, Words { en: $en, zh: $zh })),+];
    };
}

refusals! {
    "if_false" => "the rule's condition does not hold", "规则条件不成立";
    "condition_error" => "the rule's condition could not be evaluated", "规则条件无法求值";
    "goal_reached" => "the rule's goal was reached already", "规则目标已达成";
    "exited" => "the customer left the rule", "客户已退出该规则";
    "ramp" => "outside the share of customers the rule acts on", "不在灰度范围内";
    "other_arm" => "in another arm of the experiment", "属于实验的其他组";
    "held_out" => "in the holdout of the experiment", "属于空白对照组";
    "running" => "an earlier match of the rule is still under way", "该规则的上一次触发仍在进行";
    "cool_down" => "the rule decided for this customer too lately", "规则处于冷却期";
    "group" => "a rule of higher priority in the group decided", "同组中优先级更高的规则已决策";
    "no_channel" => "no channel is listed", "没有列出渠道";
    "no_consent" => "the customer does not consent", "客户未授权";
    "unreachable" => "the customer can not be reached by the channel", "该渠道无法触达客户";
    "capped" => "a cap is used up", "已达频控上限";
    "quiet_dropped" => "quiet hours drop it", "处于免打扰时段，已丢弃";
    "held_too_long" => "quiet hours would hold it longer than allowed", "免打扰等待时间超过上限";
    "invalid" => "the message or offer does not hold any more", "消息或优惠已失效";
    "budget" => "the budget is spent", "预算已用完";
    "unrouted" => "no queue takes the ticket", "没有队列可受理该工单";
    "too_many_waits" => "the customer has all the waits that are allowed", "该客户的等待数量已达上限";
    "unless" => "the step's condition to leave it out holds", "该步骤的排除条件成立";
    "too_deep" => "rules set each other off too deep", "规则互相触发层数过深";
    "future" => "the event is later than now allows", "事件时间超前";
    "late" => "the event came late", "事件迟到";
    "retracted" => "what it rests on was taken back", "所依据的事件已撤回";
    "too_many_tickets" => "the customer has all the open tickets that are allowed", "该客户的未关闭工单数量已达上限";
}

/// The words of a reason.
pub fn find(name: &str) -> Option<Words> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
}
