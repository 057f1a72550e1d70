//! Findings of conditions: their syntax, their names, their types and whether they can ever hold.

use super::findings;

findings! {
    /// Nothing is written where a condition belongs.
    EXPR_EMPTY = "expr_empty", Error,
        "the expression is empty", "表达式为空"; "", "";
    /// Beyond the limit of bytes.
    EXPR_TOO_LONG = "expr_too_long", Error,
        "the expression is longer than {limit} bytes", "表达式超过 {limit} 字节"; "", "";
    /// Beyond the limit of levels.
    EXPR_TOO_DEEP = "expr_too_deep", Error,
        "the expression is nested deeper than {limit} levels", "表达式嵌套超过 {limit} 层"; "", "";
    /// Beyond the limit of nodes.
    EXPR_TOO_LARGE = "expr_too_large", Error,
        "the expression has more than {limit} parts", "表达式的组成部分超过 {limit} 个"; "", "";
    /// A character that no token starts with.
    EXPR_CHARACTER = "expr_character", Error,
        "`{found}` has no meaning here", "`{found}` 在此没有意义"; "write `{near}`", "请写 `{near}`";
    /// A text without its closing quote.
    EXPR_TEXT_OPEN = "expr_text_open", Error,
        "the text that starts here is not closed", "此处开始的文本没有结束引号"; "", "";
    /// A backslash sequence that the language does not have.
    EXPR_ESCAPE = "expr_escape", Error,
        "`{found}` is no escape", "`{found}` 不是转义序列";
        "write `\\\\` for a backslash, or a raw text r'..'", "反斜杠请写 `\\\\`，或用原始文本 r'..'";
    /// Digits that make no number, or one beyond 64 bits.
    EXPR_NUMBER = "expr_number", Error,
        "`{found}` is no number of at most 64 bits", "`{found}` 不是 64 位以内的数字"; "", "";
    /// A token that can not stand here.
    EXPR_UNEXPECTED = "expr_unexpected", Error,
        "unexpected `{found}`", "此处不应出现 `{found}`"; "`{expected}` was expected", "此处应为 `{expected}`";
    /// The text ends before the expression does.
    EXPR_UNFINISHED = "expr_unfinished", Error,
        "the expression ends too early", "表达式没有写完"; "`{expected}` was expected", "此处应为 `{expected}`";
    /// A word that the language keeps for itself.
    EXPR_RESERVED = "expr_reserved", Error,
        "`{name}` is a reserved word", "`{name}` 是保留字"; "", "";
    /// A feature of CEL that conditions leave out.
    EXPR_OUTSIDE = "expr_outside", Error,
        "`{found}` is not part of the condition language", "条件语言不包含 `{found}`"; "", "";
    /// The first argument of a macro names its element.
    EXPR_MACRO_NAME = "expr_macro_name", Error,
        "the first argument of `{name}` must be a plain name for the element",
        "`{name}` 的第一个参数必须是元素的名字"; "write `{name}(x, ..)`", "请写 `{name}(x, ..)`";
    /// `has` asks for a name or a field.
    EXPR_HAS = "expr_has", Error,
        "`has` takes a name or a field", "`has` 的参数必须是名字或字段"; "", "";
    /// A name that nothing declares.
    EXPR_UNKNOWN_NAME = "expr_unknown_name", Error,
        "unknown name `{name}`", "未知的名字 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A field that the record or the local time does not have.
    EXPR_UNKNOWN_FIELD = "expr_unknown_field", Error,
        "unknown field `{name}`", "未知的字段 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A function that the language does not have.
    EXPR_UNKNOWN_FUNCTION = "expr_unknown_function", Error,
        "unknown function `{name}`", "未知的函数 `{name}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// The wrong number of arguments.
    EXPR_ARGUMENTS = "expr_arguments", Error,
        "wrong number of arguments for `{name}`", "`{name}` 的参数个数不对"; "write `{usage}`", "请写 `{usage}`";
    /// An operator between two types it does not know.
    EXPR_OPERANDS = "expr_operands", Error,
        "`{op}` does not work between `{left}` and `{right}`", "`{op}` 不能用于 `{left}` 与 `{right}` 之间";
        "convert one side: `{convert}`", "请转换其中一侧：`{convert}`";
    /// An operator or function given a type it does not know.
    EXPR_OPERAND = "expr_operand", Error,
        "`{op}` does not take `{found}`", "`{op}` 不接受 `{found}`"; "it takes `{expected}`", "它接受 `{expected}`";
    /// A condition that is neither true nor false.
    EXPR_NOT_CONDITION = "expr_not_condition", Error,
        "the expression gives `{found}`, a condition must be true or false",
        "表达式的结果是 `{found}`，条件必须为真或假"; "", "";
    /// A pattern that the regular expressions do not take.
    EXPR_PATTERN = "expr_pattern", Error,
        "`{pattern}` is no valid pattern, or too large a one", "`{pattern}` 不是有效的模式，或过大"; "", "";
    /// A pattern beyond the limit of bytes.
    EXPR_PATTERN_LONG = "expr_pattern_long", Error,
        "the pattern is longer than {limit} bytes", "模式超过 {limit} 字节"; "", "";
    /// More patterns than one expression may have.
    EXPR_PATTERNS = "expr_patterns", Error,
        "the expression has more than {limit} patterns", "表达式中的模式超过 {limit} 个"; "", "";
    /// A literal that its conversion refuses.
    EXPR_LITERAL = "expr_literal", Error,
        "`{found}` always fails", "`{found}` 必然出错"; "write for example `{example}`", "例如写 `{example}`";
    /// A part that is an error whatever the facts are.
    EXPR_ALWAYS_FAILS = "expr_always_fails", Warning,
        "`{found}` is an error whatever the facts are", "无论事实如何，`{found}` 都会出错"; "", "";
    /// A text compared with a name that can never have this value.
    EXPR_UNKNOWN_CHOICE = "expr_unknown_choice", Warning,
        "`{name}` is never `{value}`", "`{name}` 不可能是 `{value}`"; "did you mean `{near}`?", "是否想写 `{near}`？";
    /// A condition that holds whatever the facts are.
    EXPR_ALWAYS_TRUE = "expr_always_true", Warning,
        "the condition always holds", "条件恒成立"; "", "";
    /// A condition that no facts can meet.
    EXPR_NEVER_TRUE = "expr_never_true", Warning,
        "the condition can never hold", "条件永远不成立";
        "`{first}` and `{second}` exclude each other", "`{first}` 与 `{second}` 互相矛盾";
}
