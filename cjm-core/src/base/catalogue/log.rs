//! Findings of area log: what is wrong with rows of a log, and what is worth knowing about them.

use super::findings;

findings! {
    /// An identity of a kind that the blueprint does not declare.
    IDENTITY_UNDECLARED = "identity_undeclared", Warning,
        "the blueprint declares no identity `{text}`", "蓝图没有声明身份 `{text}`";
        "it is left out of the event, unless `strict` makes it an error; declare it under `identities`",
        "该身份不计入事件（`strict` 时为错误）；请在 `identities` 中声明";
    /// No customer in the row.
    MISSING_CUSTOMER = "missing_customer", Error, "the row has no customer", "这一行没有客户"; "", "";
    /// No event name in the row.
    MISSING_EVENT = "missing_event", Error, "the row has no event name", "这一行没有事件名"; "", "";
    /// No time in the row.
    MISSING_TIME = "missing_time", Error, "the row has no time", "这一行没有时间"; "", "";
    /// The time can not be read.
    BAD_TIME = "bad_time", Error, "`{text}` in `{column}` is not a time", "`{column}` 中的 `{text}` 不是时间";
        "write RFC 3339, as in `2026-03-01T12:00:00+08:00`, or name the unit of epoch numbers",
        "请写 RFC 3339，例如 `2026-03-01T12:00:00+08:00`，或指明数字时间的单位";
    /// A number as time without a unit.
    TIME_WITHOUT_UNIT = "time_without_unit", Error,
        "`{text}` in `{column}` is a number, and no unit was named", "`{column}` 中的 `{text}` 是数字，但没有指明单位";
        "name the time unit: `s`, `ms`, `us` or `ns`", "请指明时间单位：`s`、`ms`、`us` 或 `ns`";
    /// A time without an offset and no zone.
    TIME_WITHOUT_ZONE = "time_without_zone", Error,
        "`{text}` in `{column}` has no offset, and no zone was named", "`{column}` 中的 `{text}` 没有时差，也没有指明时区";
        "name the zone, as in `Asia/Shanghai`", "请指明时区，例如 `Asia/Shanghai`";
    /// Second 60.
    LEAP_SECOND = "leap_second", Error, "`{text}` in `{column}` has the second 60", "`{column}` 中的 `{text}` 秒数为 60"; "", "";
    /// The offset contradicts the zone.
    OFFSET_CONTRADICTION = "offset_contradiction", Error,
        "in `{text}` in `{column}` the offset contradicts the zone", "`{column}` 中的 `{text}` 时差与时区矛盾"; "", "";
    /// Before the year 1 or after the last instant that every zone can show.
    TIME_OUT_OF_RANGE = "time_out_of_range", Error,
        "`{text}` in `{column}` lies outside 0001-01-01 to 9999-12-30T22:00Z", "`{column}` 中的 `{text}` 不在 0001-01-01 至 9999-12-30T22:00Z 之间"; "", "";
    /// An id or name that is too long.
    ID_TOO_LONG = "id_too_long", Error,
        "`{text}` in `{column}` is longer than 128 bytes", "`{column}` 中的 `{text}` 超过 128 字节"; "", "";
    /// A text that is too long.
    TEXT_TOO_LONG = "text_too_long", Error,
        "the text `{text}` in `{column}` is longer than 8 KiB", "`{column}` 中的文本 `{text}` 超过 8 KiB"; "", "";
    /// Too many attributes in one event.
    TOO_MANY_ATTRIBUTES = "too_many_attributes", Error,
        "the event has more than 64 attributes", "事件的属性超过 64 个"; "", "";
    /// Too much in one event.
    EVENT_TOO_LARGE = "event_too_large", Error, "the event is larger than 64 KiB", "事件超过 64 KiB"; "", "";
    /// A value that is not of its declared type.
    WRONG_TYPE = "wrong_type", Error,
        "`{text}` in `{column}` is not of the declared type", "`{column}` 中的 `{text}` 不符合声明的类型"; "", "";
    /// NaN or infinite.
    NOT_FINITE = "not_finite", Error, "`{text}` in `{column}` is not a finite number", "`{column}` 中的 `{text}` 不是有限数"; "", "";
    /// Bytes that are no text.
    BAD_TEXT = "bad_text", Error, "`{text}` can not be read as text", "`{text}` 无法按文本读取"; "", "";
    /// A row that can not be read at all.
    BAD_ROW = "bad_row", Error, "the row can not be read: {text}", "这一行无法读取：{text}"; "", "";
    /// Same source and id, another body.
    EVENT_CONFLICT = "event_conflict", Error,
        "the event `{text}` was seen before with another body", "事件 `{text}` 此前以不同内容出现过"; "", "";
    /// Same source and id, same body.
    EVENT_REPEAT = "event_repeat", Hint, "the event `{text}` was seen before and changes nothing", "事件 `{text}` 此前出现过，不产生影响"; "", "";
    /// Finer than a microsecond.
    TIME_FLOORED = "time_floored", Hint,
        "`{text}` in `{column}` is finer than a microsecond and was floored", "`{column}` 中的 `{text}` 精于微秒，已向下取整"; "", "";
    /// An attribute that the event does not declare.
    ATTRIBUTE_UNDECLARED = "attribute_undeclared", Warning,
        "the event `{text}` does not declare `{column}`", "事件 `{text}` 没有声明 `{column}`";
        "it is dropped, unless `strict` makes it an error; declare it under the event",
        "该属性会被丢弃（`strict` 时为错误）；请在该事件下声明";
    /// A declared attribute that is missing.
    ATTRIBUTE_MISSING = "attribute_missing", Warning,
        "the event `{text}` has no `{column}`", "事件 `{text}` 缺少 `{column}`"; "", "";
    /// An event that the blueprint does not declare.
    EVENT_UNDECLARED = "event_undeclared", Warning,
        "the event `{text}` is not declared", "事件 `{text}` 未声明";
        "it is kept as unmapped, unless `strict` makes it an error; declare it under `events`",
        "该事件保留为未映射（`strict` 时为错误）；请在 `events` 中声明";
    /// Attributes nested in an attribute.
    NESTED_LEFT_OUT = "nested_left_out", Hint,
        "attributes nested in `{column}` were left out", "嵌套在 `{column}` 中的属性已略去"; "", "";
    /// A planned event that never comes.
    TRACKING_MISSING = "tracking_missing", Warning,
        "the event `{event}` never comes", "事件 `{event}` 从未出现"; "", "";
    /// A planned event of which no row is good.
    TRACKING_REFUSED = "tracking_refused", Warning,
        "`{event}` comes, and every row of it is bad (rows: {count})", "事件 `{event}` 有出现，但每一行都无效（共 {count} 行）";
        "mend what is said of the bad rows", "请按无效行的提示修正";
    /// A planned attribute that is never filled.
    TRACKING_NEVER_FILLED = "tracking_never_filled", Warning,
        "`{attribute}` is empty in every `{event}` (events: {of})", "所有 `{event}` 事件的 `{attribute}` 均为空（共 {of} 个）"; "", "";
    /// A required attribute that is sometimes missing.
    TRACKING_SOMETIMES_MISSING = "tracking_sometimes_missing", Warning,
        "`{attribute}` is missing in {count} of {of} `{event}`",
        "{of} 个 `{event}` 事件中有 {count} 个缺少 `{attribute}`";
        "record it always, or declare it `optional`", "请始终记录，或声明为 `optional`";
    /// An event that nobody declared.
    TRACKING_UNDECLARED_EVENT = "tracking_undeclared_event", Hint,
        "`{event}` comes without being declared (events: {count})", "事件 `{event}` 未声明而出现（共 {count} 个）"; "", "";
    /// An attribute that nobody declared.
    TRACKING_UNDECLARED_ATTRIBUTE = "tracking_undeclared_attribute", Hint,
        "`{attribute}` of `{event}` comes without being declared (events: {count})",
        "`{event}` 的 `{attribute}` 未声明而出现（共 {count} 个事件）"; "", "";
    /// An event that no touchpoint takes.
    TRACKING_UNMAPPED = "tracking_unmapped", Hint,
        "no touchpoint takes `{event}` (events: {count})", "没有触点接收事件 `{event}`（共 {count} 个）"; "", "";
    /// Events that came late.
    TRACKING_LATE = "tracking_late", Warning,
        "{count} of {of} `{event}` came later than their source may",
        "{of} 个 `{event}` 事件中有 {count} 个晚于来源允许的时延";
        "declare the source's `lateness`, or send in order", "请声明来源的 `lateness`，或按顺序发送";
}
