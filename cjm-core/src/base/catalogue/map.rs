//! Findings of journey maps: what can not be walked, entered, reached or told apart.

use super::findings;

findings! {
    /// A map beyond a limit.
    MAP_TOO_LARGE = "map_too_large", Error,
        "the map has {n} {what}; the limit is {limit}", "旅程图有 {n} 个 {what}，上限为 {limit}"; "", "";
    /// Too many maps.
    TOO_MANY_MAPS = "too_many_maps", Error,
        "the blueprint has {n} {what}; the limit is {limit}", "蓝图有 {n} 个 {what}，上限为 {limit}"; "", "";
    /// A map without a touchpoint.
    MAP_EMPTY = "map_empty", Warning,
        "the map has no touchpoint", "旅程图没有任何触点";
        "add a stage with at least one touchpoint", "请添加至少含一个触点的阶段";
    /// A map without events.
    MAP_WITHOUT_EVENTS = "map_without_events", Hint,
        "no touchpoint takes an event, so no trip is ever seen on this map", "没有触点接收事件，因此这张旅程图上不会出现任何旅程";
        "name the `event` of the touchpoints that can be observed", "请为可观测的触点写上 `event`";
    /// A stage without a touchpoint.
    STAGE_EMPTY = "stage_empty", Warning,
        "stage `{stage}` has no touchpoint", "阶段 `{stage}` 没有触点"; "", "";
    /// No event opens a trip.
    ENTER_MISSING = "enter_missing", Warning,
        "no event opens a trip", "没有事件可以开启旅程";
        "list the events that do under `enter`", "请在 `enter` 下列出开启旅程的事件";
    /// An opening event without a touchpoint.
    ENTER_LANDS_NOWHERE = "enter_lands_nowhere", Warning,
        "`{event}` opens a trip, but no touchpoint of the map takes it", "`{event}` 会开启旅程，但旅程图中没有触点接收它";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// Nothing to reach.
    GOAL_MISSING = "goal_missing", Warning,
        "the journey has no goal, so no trip is ever completed", "旅程没有目标，因此不会有完成的旅程";
        "name the event that reaches it under `goal`", "请在 `goal` 下写出达成目标的事件";
    /// A goal event without a touchpoint.
    GOAL_LANDS_NOWHERE = "goal_lands_nowhere", Warning,
        "`{event}` reaches the goal, but no touchpoint of the map takes it", "`{event}` 达成目标，但旅程图中没有触点接收它";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A goal that no trip comes to.
    GOAL_UNREACHABLE = "goal_unreachable", Warning,
        "no allowed walk leads to `{touchpoint}`, where the goal is reached", "没有允许的路径通向达成目标的触点 `{touchpoint}`";
        "", "";
    /// Trips that never end.
    IDLE_MISSING = "idle_missing", Warning,
        "without `idle` a trip that is given up never ends", "没有 `idle`，被放弃的旅程永远不会结束";
        "say after how long without an event a trip is over, as in `idle: 1d`", "请写明多久没有事件即视为旅程结束，例如 `idle: 1d`";
    /// A stage that no trip comes to.
    STAGE_UNREACHABLE = "stage_unreachable", Warning,
        "no trip can come to stage `{stage}`", "没有旅程可以到达阶段 `{stage}`";
        "trips start at touchpoints that take an `enter` event; see where `flow` leads", "旅程从接收 `enter` 事件的触点开始；请检查 `flow` 的走向";
    /// A touchpoint that no trip comes to.
    TOUCHPOINT_UNREACHABLE = "touchpoint_unreachable", Warning,
        "no trip can come to `{touchpoint}`", "没有旅程可以到达 `{touchpoint}`";
        "trips start at touchpoints that take an `enter` event; see where `flow` leads", "旅程从接收 `enter` 事件的触点开始；请检查 `flow` 的走向";
    /// A touchpoint that the flow leaves out.
    TOUCHPOINT_ORPHAN = "touchpoint_orphan", Warning,
        "`{touchpoint}` takes events, but `flow` leaves it out", "`{touchpoint}` 接收事件，但 `flow` 中没有它";
        "say what comes before and after it", "请写明它的前后触点";
    /// Two touchpoints that want the same event.
    MATCH_AMBIGUOUS = "match_ambiguous", Warning,
        "`{touchpoint}` never gets `{event}`: `{first}` takes it first and is as specific",
        "`{touchpoint}` 永远收不到 `{event}`：`{first}` 同样具体并且排在前面";
        "tell them apart with `where`", "请用 `where` 加以区分";
    /// Two conditions that may both hold.
    MATCH_OVERLAP = "match_overlap", Hint,
        "where both conditions hold, `{first}` gets `{event}` and `{touchpoint}` does not",
        "当两个条件同时成立时，`{event}` 归 `{first}` 而不归 `{touchpoint}`";
        "", "";
    /// Going round for ever.
    CYCLE_WITHOUT_EXIT = "cycle_without_exit", Warning,
        "a trip that comes to {touchpoints} can never end", "旅程一旦到达 {touchpoints} 就无法结束";
        "let one of them lead on, or let the goal or the `exit` event land there", "请让其中之一通向其他触点，或让目标事件、`exit` 事件落在其中";
    /// A flow that allows nothing.
    FLOW_EMPTY = "flow_empty", Warning,
        "an empty `flow` allows no succession at all", "空的 `flow` 不允许任何先后关系";
        "leave it out to follow the order of the document", "如需按文档顺序，请删除它";
    /// A step of the flow without an end.
    FLOW_LEADS_NOWHERE = "flow_leads_nowhere", Warning,
        "this step of `flow` leads nowhere", "`flow` 的这一步没有去向"; "", "";
    /// A succession listed twice.
    FLOW_DUPLICATE = "flow_duplicate", Warning,
        "`{to}` after `{from}` is listed already", "`{from}` 之后的 `{to}` 已经列出"; "", "";
    /// More warnings than are reported, and no error among them.
    MORE_WARNINGS = "more_warnings", Warning,
        "and {n} warnings more", "另有 {n} 条警告"; "", "";
    /// A touchpoint after itself.
    FLOW_SELF_LOOP = "flow_self_loop", Warning,
        "`{touchpoint}` leads to itself", "`{touchpoint}` 指向自身";
        "write `repeat: true` at the touchpoint if it may come again and again", "如果该触点可以重复出现，请在触点上写 `repeat: true`";
}
