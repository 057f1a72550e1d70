//! Findings of reading a blueprint: its syntax, keys and shapes.

use super::{Words, findings};

/// A part that only the later of two documents has.
pub static PART_ADDED: Words = Words { en: "added `{path}`: {after}", zh: "新增 `{path}`：{after}" };
/// A part that only the earlier of two documents has.
pub static PART_REMOVED: Words = Words { en: "removed `{path}`: {before}", zh: "删除 `{path}`：{before}" };
/// A part that says something else.
pub static PART_CHANGED: Words =
    Words { en: "changed `{path}`: {before} -> {after}", zh: "更改 `{path}`：{before} -> {after}" };
/// A part that stands elsewhere.
pub static PART_MOVED: Words = Words {
    en: "moved `{path}`: from place {before} to {after}",
    zh: "移动 `{path}`：从第 {before} 位到第 {after} 位",
};

findings! {
    /// The text is not YAML or JSON at all.
    SYNTAX = "syntax", Error,
        "the text can not be read: {reason}", "文本无法读取：{reason}"; "", "";
    /// A colon inside a plain scalar.
    STRAY_COLON = "stray_colon", Error,
        "a `: ` is not allowed here ({reason})", "此处不允许出现 `: `（{reason}）";
        "quote the text if the colon belongs to it", "如果冒号是文本的一部分，请加引号";
    /// A tab where YAML wants spaces.
    TAB_INDENT = "tab_indent", Error,
        "a tab is not allowed here ({reason})", "此处不允许使用制表符（{reason}）";
        "indent with spaces", "请用空格缩进";
    /// A bracket that is never closed.
    UNCLOSED_BRACKET = "unclosed_bracket", Error,
        "a bracket is not closed ({reason})", "括号没有闭合（{reason}）";
        "close it, or quote the text if the bracket belongs to it", "请闭合括号；如果括号是文本的一部分，请加引号";
    /// A quote that is never closed.
    UNCLOSED_QUOTE = "unclosed_quote", Error,
        "a quote is not closed ({reason})", "引号没有闭合（{reason}）"; "close it, or indent the lines that follow", "请闭合引号，或缩进后续各行";
    /// A `!`, `&` or `*` that begins a plain scalar.
    STRAY_INDICATOR = "stray_indicator", Error,
        "`!`, `&` and `*` can not begin plain text ({reason})", "普通文本不能以 `!`、`&` 或 `*` 开头（{reason}）";
        "quote it", "请加引号";
    /// The text is longer than the limit.
    TOO_LARGE = "too_large", Error,
        "the document has {bytes} bytes; the limit is {limit}", "文档有 {bytes} 字节，上限为 {limit}"; "", "";
    /// A byte of zero.
    NUL = "nul_character", Error,
        "a NUL character stands in the text", "文本中含有 NUL 字符"; "", "";
    /// Nothing in the text.
    EMPTY = "empty_document", Error,
        "the document is empty", "文档是空的"; "begin with `cjm: 1`", "请以 `cjm: 1` 开头";
    /// A second document in one file.
    SECOND_DOCUMENT = "second_document", Error,
        "a second document begins here", "此处开始了第二个文档"; "a file holds one blueprint", "一个文件只能有一份蓝图";
    /// Lists and maps nested too deep.
    TOO_DEEP = "too_deep", Error,
        "lists and maps are nested deeper than {limit}", "列表和映射的嵌套深度超过 {limit}"; "", "";
    /// More values than the limit.
    TOO_MANY_VALUES = "too_many_values", Error,
        "the document holds more than {limit} values", "文档中的值超过 {limit} 个"; "", "";
    /// An anchor.
    ANCHOR = "anchor", Error,
        "anchors (`&`) are not part of the format", "格式不支持锚点（`&`）";
        "write the value out; quote it if text is meant", "请写出完整的值；如果是文本，请加引号";
    /// An alias.
    ALIAS = "alias", Error,
        "aliases (`*`) are not part of the format", "格式不支持别名（`*`）";
        "write the value out; quote it if text is meant", "请写出完整的值；如果是文本，请加引号";
    /// A tag.
    TAG = "tag", Error,
        "`{tag}` is a YAML tag, and tags are not part of the format", "`{tag}` 是 YAML 标签，格式不支持标签";
        "quote the whole text if an expression is meant", "如果是表达式，请给整段文本加引号";
    /// A merge key.
    MERGE_KEY = "merge_key", Error,
        "merge keys (`<<`) are not part of the format", "格式不支持合并键（`<<`）"; "write the keys out", "请写出所有的键";
    /// The same key twice.
    DUPLICATE_KEY = "duplicate_key", Error,
        "the key `{key}` stands here a second time", "键 `{key}` 在此重复出现"; "", "";
    /// A key that is no text.
    KEY_NOT_TEXT = "key_not_text", Error,
        "a key must be text", "键必须是文本"; "quote it", "请加引号";
    /// More findings than are reported.
    MORE_FINDINGS = "more_findings", Error,
        "and {n} findings more", "另有 {n} 条问题"; "", "";

    /// A key that the format does not have.
    UNKNOWN_KEY = "unknown_key", Error,
        "unknown key `{key}`", "未知的键 `{key}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A key that must be there.
    MISSING_KEY = "missing_key", Error,
        "`{key}` is missing", "缺少 `{key}`"; "", "";
    /// An `x-` key where there is no room for one.
    EXTRA_HERE = "extra_here", Error,
        "`{key}` can not be kept here", "此处不能保留 `{key}`"; "put it one level up", "请放到上一层";
    /// None of the forms.
    NO_FORM = "no_form", Error,
        "one of these keys must tell the form: {forms}", "必须用以下键之一说明形式：{forms}";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// Two forms at once.
    TWO_FORMS = "two_forms", Error,
        "`{first}` and `{second}` exclude each other", "`{first}` 与 `{second}` 互相排斥"; "keep one of them", "请只保留一个";
    /// A newer version of the format.
    NEWER_FORMAT = "newer_format", Error,
        "format {found} is newer than this library reads", "格式版本 {found} 比本库能读取的更新"; "", "";
    /// No version of the format.
    UNKNOWN_FORMAT = "unknown_format", Error,
        "there is no format {found}", "不存在格式版本 {found}"; "write `cjm: 1`", "请写 `cjm: 1`";
    /// More items than the limit.
    TOO_MANY = "too_many", Error,
        "{n} are more than the limit of {limit}", "{n} 个超过了上限 {limit}"; "", "";

    /// A list is wanted.
    NOT_A_LIST = "not_a_list", Error,
        "a list is wanted here, not `{found}`", "此处应为列表，而不是 `{found}`"; "write `[..]` or lines with `- `", "请写 `[..]` 或以 `- ` 开头的行";
    /// A map is wanted.
    NOT_A_MAP = "not_a_map", Error,
        "a map is wanted here, not `{found}`", "此处应为映射，而不是 `{found}`"; "", "";
    /// Text is wanted.
    NOT_TEXT = "not_text", Error,
        "text is wanted here, not `{found}`", "此处应为文本，而不是 `{found}`";
        "quote it if text is meant", "如果是文本，请加引号";
    /// A bool or number where text is wanted.
    QUOTE_IT = "quote_it", Error,
        "text is wanted here, and `{found}` is a bool or a number", "此处应为文本，而 `{found}` 是布尔值或数字";
        "quote it", "请加引号";
    /// Text in one or several languages is wanted.
    NOT_WORDS = "not_words", Error,
        "text or a map of language to text is wanted here, not `{found}`", "此处应为文本或语言到文本的映射，而不是 `{found}`"; "", "";
    /// An event or events are wanted.
    NOT_EVENTS = "not_events", Error,
        "an event or a list of events is wanted here, not `{found}`", "此处应为事件或事件列表，而不是 `{found}`"; "", "";
    /// An expression is wanted.
    NOT_AN_EXPRESSION = "not_an_expression", Error,
        "an expression is wanted here, not `{found}`", "此处应为表达式，而不是 `{found}`"; "quote it", "请加引号";
    /// `true` or `false` is wanted.
    NOT_BOOL = "not_bool", Error,
        "`true` or `false` is wanted here, not `{found}`", "此处应为 `true` 或 `false`，而不是 `{found}`"; "", "";
    /// A whole number is wanted.
    NOT_INT = "not_int", Error,
        "a whole number is wanted here, not `{found}`", "此处应为整数，而不是 `{found}`"; "", "";
    /// A number is wanted.
    NOT_A_NUMBER = "not_a_number", Error,
        "a finite number is wanted here, not `{found}`", "此处应为有限的数字，而不是 `{found}`"; "", "";
    /// A number outside its range.
    OUT_OF_RANGE = "out_of_range", Error,
        "`{found}` lies outside {low} to {high}", "`{found}` 不在 {low} 到 {high} 之间"; "", "";
    /// A number below its least.
    TOO_SMALL = "too_small", Error,
        "`{found}` is less than {low}", "`{found}` 小于 {low}"; "", "";
    /// No exact decimal.
    BAD_AMOUNT = "bad_amount", Error,
        "`{found}` is no plain decimal number", "`{found}` 不是普通的十进制数"; "write digits, as in `12.50`", "请写数字，例如 `12.50`";
    /// An amount below zero.
    NEGATIVE_AMOUNT = "negative_amount", Error,
        "`{found}` is below zero", "`{found}` 小于零"; "", "";
    /// No duration.
    BAD_DURATION = "bad_duration", Error,
        "`{found}` is no duration", "`{found}` 不是时长"; "write `30m`, `24h`, `7d` or `PT30M`", "请写 `30m`、`24h`、`7d` 或 `PT30M`";
    /// A duration of zero.
    ZERO_DURATION = "zero_duration", Error,
        "a duration of zero makes no sense here", "此处的时长不能为零"; "", "";
    /// No time of day.
    BAD_CLOCK_TIME = "bad_clock_time", Error,
        "`{found}` is no time of day", "`{found}` 不是一天中的时间"; "write `\"08:30\"`, from `\"00:00\"` to `\"24:00\"`", "请写 `\"08:30\"`，范围为 `\"00:00\"` 到 `\"24:00\"`";
    /// A time of day without quotes.
    UNQUOTED_TIME = "unquoted_time", Error,
        "the time `{found}` stands without quotes", "时间 `{found}` 没有加引号";
        "quote it: many readers of YAML take it for a number", "请加引号：许多 YAML 读取器会把它当成数字";
    /// No working hours.
    BAD_HOURS = "bad_hours", Error,
        "`{found}` is no span of hours", "`{found}` 不是营业时段"; "write `\"09:00-21:00\"`", "请写 `\"09:00-21:00\"`";
    /// No recurring time.
    BAD_EVERY = "bad_every", Error,
        "`{found}` is no time that comes again", "`{found}` 不是周期时间";
        "write `day 10:00`, `mon 10:00` or `month 1 10:00`", "请写 `day 10:00`、`mon 10:00` 或 `month 1 10:00`";
    /// No date.
    BAD_DATE = "bad_date", Error,
        "`{found}` is no date", "`{found}` 不是日期"; "write `2027-01-31`", "请写 `2027-01-31`";
    /// No such zone.
    UNKNOWN_ZONE = "unknown_zone", Error,
        "there is no time zone `{found}`", "没有时区 `{found}`"; "write a name such as `Asia/Shanghai`", "请写时区名称，例如 `Asia/Shanghai`";
    /// No language tag.
    BAD_LANGUAGE = "bad_language", Error,
        "`{found}` is no language tag", "`{found}` 不是语言标签"; "write `en`, `zh` or `zh-CN`", "请写 `en`、`zh` 或 `zh-CN`";
    /// No currency.
    BAD_CURRENCY = "bad_currency", Error,
        "`{found}` is no currency", "`{found}` 不是货币"; "write three capital letters, as in `CNY`", "请写三个大写字母，例如 `CNY`";
    /// No id.
    BAD_ID = "bad_id", Error,
        "`{found}` is no id: small letters, digits and `_`, at most 128", "`{found}` 不是有效的 id：只能用小写字母、数字和 `_`，最多 128 个";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// No id of a stage, touchpoint or pain.
    BAD_PLACE = "bad_place", Error,
        "`{found}` is neither an id nor `journey/id`", "`{found}` 既不是 id，也不是 `journey/id`"; "", "";
    /// No name.
    BAD_NAME = "bad_name", Error,
        "`{found}` is no name: visible text of 1 to 128 bytes", "`{found}` 不是有效的名称：应为 1 到 128 字节的可见文本"; "", "";
    /// No name that conditions can read.
    BAD_FIELD = "bad_field", Error,
        "`{found}` is no field name: letters, digits and `_`, at most 128", "`{found}` 不是有效的字段名：只能用字母、数字和 `_`，最多 128 个"; "", "";
    /// No path.
    BAD_PATH = "bad_path", Error,
        "`{found}` is no path", "`{found}` 不是路径";
        "write `EVENT`, `EVENT.ATTRIBUTE` or `customer.FIELD`", "请写 `EVENT`、`EVENT.ATTRIBUTE` 或 `customer.FIELD`";
    /// None of the fixed words.
    NOT_A_CHOICE = "not_a_choice", Error,
        "`{found}` is none of {known}", "`{found}` 不在可选值之内：{known}"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// No attribute type.
    BAD_TYPE = "bad_type", Error,
        "`{found}` is no attribute type: text, int, number, money, bool, time, date, optional T, enum, int range, list",
        "`{found}` 不是属性类型：text、int、number、money、bool、time、date、optional T、enum、int range、list";
        "did you mean `{near}`?", "是否想写 `{near}`？";
    /// No bounds.
    BAD_BOUNDS = "bad_bounds", Error,
        "two bounds are wanted here, the smaller first", "此处应为两个界限，较小的在前"; "write `[1, 5]`", "请写 `[1, 5]`";
    /// A list that must not be empty.
    EMPTY_LIST = "empty_list", Error,
        "the list is empty", "列表是空的"; "", "";
    /// A map that must not be empty.
    EMPTY_MAP = "empty_map", Error,
        "there is nothing in the map", "映射是空的"; "", "";
    /// The same value twice in a list.
    TWICE = "twice", Error,
        "`{found}` stands in the list twice", "`{found}` 在列表中出现了两次"; "", "";
    /// A character that can not be seen.
    HIDDEN_CHARACTER = "hidden_character", Error,
        "the text holds the invisible character {code}", "文本中含有不可见字符 {code}"; "take it out", "请删除";
    /// Text beyond the limit.
    WORDS_TOO_LONG = "words_too_long", Error,
        "the text has {bytes} bytes; the limit is {limit}", "文本有 {bytes} 字节，上限为 {limit}"; "", "";
    /// A plain word that older readers take for a bool.
    YAML11_WORD = "yaml11_word", Hint,
        "`{found}` is text here, but many readers of YAML take it for a bool", "`{found}` 在此是文本，但许多 YAML 读取器会把它当成布尔值";
        "quote it", "请加引号";
    /// A comment right behind an expression.
    COMMENT_AFTER_EXPRESSION = "comment_after_expression", Hint,
        "what follows `#` is a comment, not part of the expression", "`#` 之后是注释，不属于表达式";
        "quote the expression if `#` belongs to it", "如果 `#` 属于表达式，请给表达式加引号";
}
