//! Findings of checking a whole blueprint: its names, doubles, sense and size.

use super::findings;

findings! {
    /// A lifecycle row or segment that reads a feature whose value changes all the time.
    READS_CLOCK = "reads_clock", Error,
        "`{name}` is a time since an event and changes all the time", "`{name}` 是距某事件的时长，随时都在变化";
        "use `idle` in the lifecycle instead", "请改用生命周期的 `idle`";
    /// An event that nobody declares.
    UNKNOWN_EVENT = "unknown_event", Error,
        "no event `{name}` is declared", "没有声明事件 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A channel that nobody declares.
    UNKNOWN_CHANNEL = "unknown_channel", Error,
        "no channel `{name}` is declared", "没有声明渠道 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A purpose that nobody declares.
    UNKNOWN_PURPOSE = "unknown_purpose", Error,
        "no purpose `{name}` is declared", "没有声明用途 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A profile field that nobody declares.
    UNKNOWN_PROFILE = "unknown_profile", Error,
        "no profile field `{name}` is declared", "没有声明客户档案字段 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A lifecycle state that nobody declares.
    UNKNOWN_LIFECYCLE = "unknown_lifecycle", Error,
        "no lifecycle state `{name}` is declared", "没有声明生命周期状态 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A segment that nobody declares.
    UNKNOWN_SEGMENT = "unknown_segment", Error,
        "no segment `{name}` is declared", "没有声明分群 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A scenario that nobody declares.
    UNKNOWN_SCENARIO = "unknown_scenario", Error,
        "no scenario `{name}` is declared", "没有声明场景 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A journey that nobody declares.
    UNKNOWN_JOURNEY = "unknown_journey", Error,
        "no journey `{name}` is declared", "没有声明旅程 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A stage that nobody declares.
    UNKNOWN_STAGE = "unknown_stage", Error,
        "no stage `{name}` is declared", "没有声明阶段 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A touchpoint that nobody declares.
    UNKNOWN_TOUCHPOINT = "unknown_touchpoint", Error,
        "no touchpoint `{name}` is declared", "没有声明触点 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A pain point that nobody declares.
    UNKNOWN_PAIN = "unknown_pain", Error,
        "no pain point `{name}` is declared", "没有声明痛点 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A topic that nobody declares.
    UNKNOWN_TOPIC = "unknown_topic", Error,
        "no topic `{name}` is declared", "没有声明主题 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A survey that nobody declares.
    UNKNOWN_SURVEY = "unknown_survey", Error,
        "no survey `{name}` is declared", "没有声明问卷 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A ticket queue that nobody declares.
    UNKNOWN_QUEUE = "unknown_queue", Error,
        "no ticket queue `{name}` is declared", "没有声明工单队列 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A message that nobody declares.
    UNKNOWN_MESSAGE = "unknown_message", Error,
        "no message `{name}` is declared", "没有声明消息 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// An offer that nobody declares.
    UNKNOWN_OFFER = "unknown_offer", Error,
        "no offer `{name}` is declared", "没有声明优惠 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A target that nobody declares.
    UNKNOWN_TARGET = "unknown_target", Error,
        "no target `{name}` is declared", "没有声明目标 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// An experiment that nobody declares.
    UNKNOWN_EXPERIMENT = "unknown_experiment", Error,
        "no experiment `{name}` is declared", "没有声明实验 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// An arm that nobody declares.
    UNKNOWN_ARM = "unknown_arm", Error,
        "no arm `{name}` is declared", "没有声明实验组 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A dimension that nobody declares.
    UNKNOWN_DIMENSION = "unknown_dimension", Error,
        "no dimension `{name}` is declared", "没有声明维度 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// An attribute that nobody declares.
    UNKNOWN_ATTRIBUTE = "unknown_attribute", Error,
        "no attribute `{name}` is declared", "没有声明属性 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A step that nobody declares.
    UNKNOWN_STEP = "unknown_step", Error,
        "no step `{name}` is declared", "没有声明步骤 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A channel label that is no channel.
    UNKNOWN_CHANNEL_LABEL = "unknown_channel_label", Warning,
        "the label `{name}` is no declared channel", "标签 `{name}` 不是已声明的渠道"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A dimension that is neither attribute nor profile field.
    UNKNOWN_FIELD = "unknown_field", Error,
        "`{name}` is neither an attribute of an event nor a profile field", "`{name}` 既不是事件属性，也不是客户档案字段";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A need that is neither identity kind nor profile field.
    UNKNOWN_NEED = "unknown_need", Error,
        "`{name}` is neither an identity kind nor a profile field", "`{name}` 既不是身份类型，也不是客户档案字段";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A place that several journeys have.
    AMBIGUOUS_PLACE = "ambiguous_place", Error,
        "several journeys have `{name}`", "多个旅程中都有 `{name}`"; "name the journey too, as in `{example}`", "请同时写明旅程，例如 `{example}`";
    /// An id that is taken.
    DUPLICATE_ID = "duplicate_id", Error,
        "the id `{name}` is taken already", "id `{name}` 已被使用"; "", "";
    /// A name of the engine's own.
    NAME_TAKEN = "name_taken", Error,
        "`customer.{name}` means something else already", "`customer.{name}` 已有其他含义"; "choose another name", "请换一个名称";
    /// An event of the engine's own.
    RESERVED_EVENT = "reserved_event", Error,
        "the event `{name}` is the engine's own", "事件 `{name}` 由引擎保留"; "it needs no declaration", "无需声明";
    /// The same name twice in a list.
    LISTED_TWICE = "listed_twice", Warning,
        "`{name}` stands in the list twice", "`{name}` 在列表中出现了两次"; "", "";

    /// An aggregate that needs an attribute.
    ATTRIBUTE_NEEDED = "attribute_needed", Error,
        "`{aggregate}` needs an attribute", "`{aggregate}` 需要一个属性"; "write `{name}.ATTRIBUTE`", "请写 `{name}.ATTRIBUTE`";
    /// An aggregate that has no use for an attribute.
    NO_ATTRIBUTE = "no_attribute", Error,
        "`{aggregate}` takes an event alone", "`{aggregate}` 只接受事件"; "write `{name}`", "请写 `{name}`";
    /// An attribute whose type does not fit the aggregate.
    WRONG_ATTRIBUTE = "wrong_attribute", Error,
        "`{aggregate}` can not be taken of `{name}`: its type does not fit", "不能对 `{name}` 计算 `{aggregate}`：类型不符"; "", "";
    /// A value that what takes it can not hold.
    VALUE_NOT_TAKEN = "value_not_taken", Error,
        "the expression gives `{found}`, `{name}` takes `{expected}`", "表达式的结果是 `{found}`，而 `{name}` 只接受 `{expected}`"; "", "";
    /// A feature that reads one below it.
    DECLARED_LATER = "declared_later", Error,
        "`{name}` is declared later than it is read here", "`{name}` 在此处被读取，但其声明在后面";
        "a feature reads only features above it: move `{name}` up", "行为指标只能读取它上面的指标：请把 `{name}` 移到前面";
    /// A first lifecycle row with a condition.
    FIRST_ROW_CONDITION = "first_row_condition", Warning,
        "the first row `{name}` always holds, whatever its condition says", "第一行 `{name}` 总是成立，其条件不起作用";
        "leave the condition out", "请去掉条件";
    /// A later lifecycle row without a condition.
    ROW_ALWAYS_HOLDS = "row_always_holds", Warning,
        "the row `{name}` always holds and hides all rows before it", "行 `{name}` 总是成立，会遮住之前的所有行";
        "give it `if`, `event` or `idle`", "请为其添加 `if`、`event` 或 `idle`";
    /// A consent event that lacks an attribute.
    CONSENT_ATTRIBUTE = "consent_attribute", Error,
        "the consent event `{name}` has no attribute `{attribute}`", "授权事件 `{name}` 缺少属性 `{attribute}`"; "", "";
    /// A consent event whose `granted` is no bool.
    CONSENT_GRANTED = "consent_granted", Error,
        "`granted` of the consent event `{name}` must be a bool", "授权事件 `{name}` 的 `granted` 必须是布尔类型"; "", "";
    /// A channel nobody can consent to.
    NO_CONSENT = "no_consent", Warning,
        "nobody can consent to `{purpose}` on `{channel}`", "没有人能够在 `{channel}` 上授权 `{purpose}`";
        "let the consent event carry it, or allow it by default", "请让授权事件能够携带它，或将默认值设为允许";

    /// A `where` without event.
    WHERE_WITHOUT_EVENT = "where_without_event", Error,
        "`where` selects nothing without `event`", "没有 `event` 时 `where` 不起作用"; "", "";
    /// A `score` without event.
    SCORE_WITHOUT_EVENT = "score_without_event", Error,
        "`score` reads nothing without `event`", "没有 `event` 时 `score` 读不到任何内容"; "", "";
    /// A touchpoint nothing measures.
    UNMEASURED = "unmeasured_touchpoint", Warning,
        "nothing measures the touchpoint `{name}`", "触点 `{name}` 没有任何度量";
        "give it an event or topics, or a survey question `of` it", "请为其指定事件或主题，或让问卷题目指向它（`of`）";
    /// A stage that is a department.
    STAGE_IS_DEPARTMENT = "stage_is_department", Warning,
        "the stage `{name}` is called like the department `{owner}`", "阶段 `{name}` 与部门 `{owner}` 同名";
        "name stages after what the customer does", "请用客户的行为为阶段命名";
    /// An improvement without owner.
    IMPROVEMENT_WITHOUT_OWNER = "improvement_without_owner", Warning,
        "nobody owns the improvement `{name}`", "改进项 `{name}` 没有责任部门"; "give it an `owner`", "请填写 `owner`";

    /// A survey that is never asked.
    ASK_WITHOUT_AT = "ask_without_at", Warning,
        "the survey `{name}` has `ask` but no touchpoint `at` which it is asked", "问卷 `{name}` 有 `ask`，但没有用 `at` 指明触点"; "", "";
    /// A choice without options.
    NO_OPTIONS = "no_options", Error,
        "the question `{name}` has no options to choose from", "题目 `{name}` 没有可选项"; "", "";
    /// Options where nothing is chosen.
    NEEDLESS_OPTIONS = "needless_options", Warning,
        "the question `{name}` has options but is no choice", "题目 `{name}` 有选项但不是选择题"; "", "";
    /// A queue without people.
    QUEUE_WITHOUT_PEOPLE = "queue_without_people", Warning,
        "the queue `{name}` has neither `route` nor `pool`", "队列 `{name}` 既没有 `route` 也没有 `pool`"; "", "";
    /// Quiet hours without an end.
    QUIET_ALWAYS = "quiet_always", Error,
        "quiet hours from {from} to {to} cover the whole day", "免打扰时段 {from} 至 {to} 覆盖了全天"; "", "";

    /// A stay that never comes about.
    STAY_BEYOND_IDLE = "stay_beyond_idle", Warning,
        "a stay of {stay} never comes about: the journey's trips end after {idle} of idleness", "停留 {stay} 不会发生：旅程在 {idle} 无活动后结束";
        "wait for less than `idle`", "请设置为小于 `idle` 的时长";
    /// A skip that never comes about.
    SKIP_NEVER = "skip_never", Warning,
        "`{name}` is never skipped: it is optional or has no event", "`{name}` 不会被跳过：它是可选的或没有事件"; "", "";
    /// A path that leads to no date.
    NOT_A_DATE_FIELD = "not_a_date_field", Error,
        "`{name}` is no date or time of the profile", "`{name}` 不是客户档案中的日期或时间"; "write `customer.FIELD`", "请写 `customer.FIELD`";
    /// A sequence without a step that must come.
    EMPTY_SEQUENCE = "empty_sequence", Error,
        "the sequence has no step that must come", "序列中没有必须发生的步骤"; "", "";
    /// A negated first step.
    LEADING_NOT = "leading_not", Error,
        "a sequence can not begin with `not`", "序列不能以 `not` 开头"; "", "";
    /// A negated last step.
    TRAILING_NOT = "trailing_not", Error,
        "a sequence can not end with `not`", "序列不能以 `not` 结尾"; "use `after` and `without` with `for`", "请使用 `after`、`without` 和 `for`";
    /// `skip` without a sequence.
    SKIP_WITHOUT_SEQUENCE = "skip_without_sequence", Warning,
        "`skip` says nothing without a sequence", "没有序列时 `skip` 不起作用"; "", "";
    /// Two keys.
    TWO_KEYS = "two_keys", Error,
        "the key stands in `when` already", "`when` 中已有 `key`"; "keep one of them", "请只保留一个";
    /// A rule without items.
    RULE_DOES_NOTHING = "rule_does_nothing", Warning,
        "the rule `{name}` does nothing", "规则 `{name}` 不做任何事"; "", "";
    /// A ramp of nobody.
    RAMP_OF_NOBODY = "ramp_of_nobody", Hint,
        "the rule `{name}` acts on nobody while its ramp is 0", "灰度为 0 时规则 `{name}` 不作用于任何人"; "", "";
    /// An arm without experiment.
    ARM_WITHOUT_EXPERIMENT = "arm_without_experiment", Error,
        "`arm` needs `experiment`", "`arm` 需要 `experiment`"; "", "";
    /// An experiment without arms.
    NO_ARMS = "no_arms", Error,
        "the experiment `{name}` has no arms", "实验 `{name}` 没有实验组"; "", "";
    /// Shares that are not the whole.
    SHARES_SUM = "shares_sum", Error,
        "the shares of the experiment `{name}` add up to {sum}, not to 1", "实验 `{name}` 的份额之和为 {sum}，不等于 1"; "", "";
    /// An experiment that no rule names.
    UNUSED_EXPERIMENT = "unused_experiment", Hint,
        "no rule serves the experiment `{name}`", "没有规则使用实验 `{name}`"; "", "";
    /// More scenarios or segments than a set of them holds.
    TOO_MANY_IN_SET = "too_many_in_set", Error,
        "`{section}` lists {n}; the limit is {limit}", "`{section}` 列出了 {n} 个，上限为 {limit}";
        "leave out those that no rule, table or touchpoint uses", "请删去没有规则、表格或触点使用的项";
    /// State beyond the limit.
    STATE_TOO_LARGE = "state_too_large", Warning,
        "one customer's state may need {kib} KiB; beyond {limit} KiB old entries are folded or dropped", "单个客户的状态可能需要 {kib} KiB；超过 {limit} KiB 后旧条目会被合并或丢弃";
        "shorten windows or take features out", "请缩短窗口或减少指标";

    /// Quiet hours without a minute.
    QUIET_NEVER = "quiet_never", Warning,
        "quiet hours from {from} to {to} hold no time at all", "免打扰时段 {from} 至 {to} 不包含任何时间";
        "leave `quiet` out, or choose two times", "请去掉 `quiet`，或设置两个不同的时间";
    /// Business time without a calendar.
    BUSINESS_WITHOUT_CALENDAR = "business_without_calendar", Warning,
        "business time is all time as long as `tickets` has no `calendar`", "`tickets` 没有 `calendar` 时，工作时间等同于全部时间";
        "add `calendar` to `tickets`, or write `clock: wall`", "请在 `tickets` 中添加 `calendar`，或改为 `clock: wall`";
    /// A message body beyond its bytes.
    BODY_TOO_LONG = "body_too_long", Error,
        "the message body has {n} bytes; the limit is {limit}", "消息正文有 {n} 字节，上限为 {limit}"; "", "";
    /// A tag of a message body beyond its bytes.
    BODY_TAG_TOO_LONG = "body_tag_too_long", Error,
        "a tag of the message body has more than {limit} bytes", "消息正文中的标签超过 {limit} 字节";
        "compute it in the rule's `with`", "请在规则的 `with` 中计算";
    /// Too many brackets, blocks or `elif` in a message body.
    BODY_TOO_DEEP = "body_too_deep", Error,
        "the message body has more than {limit} of `{what}` in one another or in a row", "消息正文中嵌套或连续的 `{what}` 超过 {limit} 个";
        "compute it in the rule's `with`", "请在规则的 `with` 中计算";
    /// Something that message bodies do not have.
    BODY_OUTSIDE = "body_outside", Error,
        "message bodies do not have `{name}`", "消息正文不支持 `{name}`";
        "compute it in the rule's `with`", "请在规则的 `with` 中计算";
    /// A tag or bracket of a message body without its end.
    BODY_UNCLOSED = "body_unclosed", Error,
        "a tag or bracket of the message body is not closed", "消息正文中的标签或括号没有闭合"; "", "";
    /// A message body that can not be read.
    BODY_SYNTAX = "body_syntax", Error,
        "the message body can not be read: {reason}", "消息正文无法读取：{reason}"; "", "";
    /// A send without what its message needs.
    MESSAGE_ARGUMENT = "message_argument", Warning,
        "the message `{message}` needs `{name}`, and `with` does not give it", "消息 `{message}` 需要 `{name}`，而 `with` 没有提供";
        "add it to `with`, or write `{name}|default('..')` in the body", "请在 `with` 中添加，或在正文中写 `{name}|default('..')`";

    /// A rule that says what another says.
    RULE_DUPLICATE = "rule_duplicate", Warning,
        "the rule `{name}` does what `{by}` does, on the same occasion and condition", "规则 `{name}` 与 `{by}` 的触发时机、条件和动作完全相同";
        "remove one of them, or tell them apart with `if`", "请删除其中一条，或用 `if` 加以区分";
    /// A rule that another of its group always comes before.
    RULE_SHADOWED = "rule_shadowed", Warning,
        "the rule `{name}` never decides: `{by}` goes first in the group `{group}` and fires whenever it does", "规则 `{name}` 永远不会生效：组 `{group}` 中的 `{by}` 优先，并且总是同时触发";
        "give it the higher `priority`, or take it out of the group", "请提高其 `priority`，或将其移出该组";
    /// Two rules of which one takes back what the other does.
    RULES_UNDO = "rules_undo", Warning,
        "the rules `{by}` and `{name}` undo each other's `{what}`", "规则 `{by}` 与 `{name}` 相互撤销对方的 `{what}`";
        "let only one of them change it, or tell them apart with `if`", "请只让其中一条修改它，或用 `if` 加以区分";
    /// A rule that sets itself off at once.
    RULE_FIRES_ITSELF = "rule_fires_itself", Warning,
        "the rule `{name}` sets itself off through `{what}`", "规则 `{name}` 会通过 `{what}` 再次触发自己";
        "add a condition that no longer holds then, or a `cool_down`; such loops are cut at depth 8", "请添加届时不再成立的条件或 `cool_down`；此类循环在第 8 层被切断";
    /// Rules that set each other off at once.
    RULE_LOOP = "rule_loop", Warning,
        "the rules set each other off: `{names}`", "这些规则会相互触发：`{names}`";
        "add a condition that no longer holds then, or a `cool_down`; such loops are cut at depth 8", "请添加届时不再成立的条件或 `cool_down`；此类循环在第 8 层被切断";
    /// Rules that set each other off with time in between.
    RULE_LOOP_IN_TIME = "rule_loop_in_time", Hint,
        "the rules set each other off again and again as time passes: `{names}`", "这些规则会随时间不断相互触发：`{names}`";
        "give one of them a `cool_down`, caps or an `exit` if that is not meant", "如果并非本意，请为其中一条设置 `cool_down`、频控或 `exit`";
    /// A rule over several events that wants late ones.
    LATE_IN_PART = "late_in_part", Hint,
        "a late event goes on with a sequence only where nothing that the rule hears of its key came after it, and counts only at its own instant: `fire_if_valid` of `{name}` does no more", "迟到事件仅在同键没有更晚的、该规则监听的事件时才能继续序列，计数与求和只在其自身时刻判断：`{name}` 的 `fire_if_valid` 仅限于此";
        "give the source a `lateness`, so that its events are put in order first", "请为来源设置 `lateness`，先把事件排好顺序";
}
