//! The command line's help in Chinese.
//!
//! Answers: the Chinese words for every command and flag. Does not know: the grammar; a test compares both.

use clap::{Arg, ArgAction, Command};

/// What each command and argument is for: `command`, `command.argument`.
const WORDS: &[(&str, &str)] = &[
    ("cjm", "客户旅程管理：一份蓝图，一个引擎"),
    ("cjm.language", "消息与报告的语言：en 或 zh（默认随环境；报告默认随蓝图）"),
    ("check", "找出蓝图中的全部问题"),
    ("check.blueprints", "蓝图文件，YAML 或 JSON；`-` 读标准输入"),
    ("check.json", "以 JSON 输出全部发现"),
    ("schema", "输出蓝图格式的 JSON Schema，供编辑器使用"),
    ("tracking", "生成埋点方案（记什么、何时记、带哪些属性），或用它核对事件"),
    ("tracking.blueprint", "要生成埋点方案的蓝图"),
    ("tracking.check", "用方案核对的事件文件：缺失、从未填写、未映射、迟到"),
    ("tracking.infer", "从事件文件反推埋点方案"),
    ("tracking.format", "方案的形式"),
    ("map", "画出蓝图中的旅程图"),
    ("map.blueprint", "要画图的蓝图"),
    ("map.journey", "只画这个 id 的旅程；不写则全部"),
    ("map.format", "图的形式"),
    ("map.import", "要变成蓝图的 Mermaid `journey` 文本"),
    ("study", "分析事件：阶段、触点、生命周期、情绪曲线、痛点、流失、路径偏离"),
    ("study.format", "结果的形式"),
    ("report", "分析事件，写成一个自足的 HTML 文件"),
    ("report.out", "要写的 HTML 文件"),
    ("replay", "用蓝图的规则回放事件：会做哪些决策、拒绝哪些、原因是什么"),
    ("replay.blueprint", "含规则的蓝图"),
    ("replay.before", "之前的蓝图：说明哪些决策有所不同"),
    ("replay.until", "时间推进到何时：last_event、end_of_waits 或某个时刻"),
    ("replay.format", "结果的形式"),
    ("explain", "说明规则对某位客户为何执行或未执行：触发、条件、策略与最近的改变"),
    ("explain.rule", "规则 id"),
    ("brief", "一线人员的五行客户简报：所在、最近动作、情绪、承诺、未关闭工单"),
    ("*.customer_id", "客户：首个身份类别的值"),
    ("*.who", "客户：任意类别的身份"),
    ("*.at", "截至何时；不写则到最后一个事件"),
    ("explain.blueprint", "含规则的蓝图"),
    ("brief.blueprint", "含规则的蓝图"),
    ("explain.format", "结果的形式"),
    ("brief.format", "结果的形式"),
    ("run", "在管道中运行引擎：逐行读入 JSON 事件，逐行输出 JSON 决策"),
    ("run.events", "JSON 行；`-` 读标准输入"),
    ("run.blueprint", "含规则的蓝图"),
    ("run.state", "保存引擎的文件：开始时若存在则读入；每 1000 行、每次 tick 与结束时写入"),
    ("run.strict", "遇到第一条被拒绝、未声明或缺少属性的行即停止"),
    ("diff", "逐项说明两份蓝图有何不同"),
    ("diff.before", "之前的蓝图"),
    ("diff.after", "之后的蓝图"),
    ("diff.json", "以 JSON 输出差异"),
    ("simulate", "模拟客户走一遍蓝图：用于演示、压测与试运行"),
    ("simulate.blueprint", "客户要走的蓝图"),
    ("simulate.format", "事件的形式"),
    ("demo", "一次完成模拟、分析与报告"),
    ("demo.blueprint", "蓝图；不写则用餐饮样例"),
    ("demo.out", "写入 events.jsonl 与 report.html 的文件夹"),
    ("eval", "试算一个条件"),
    ("eval.expression", "条件表达式"),
    ("eval.with", "可用的名字，一个 JSON 对象"),
    ("eval.zone", "`local(time)` 所用的时区"),
    ("atlas", "并排比较多张旅程图：共有触点、共同痛点与机会点、阶段对比"),
    ("atlas.blueprints", "要并排比较的蓝图"),
    ("atlas.format", "结果的形式"),
    ("completions", "输出命令行补全脚本"),
    ("completions.shell", "Shell 名称"),
    ("*.out", "要写的文件；不写则输出到标准输出"),
    ("*.events", "事件文件：.csv、.jsonl（均可再加 .gz）、.parquet、.xes"),
    ("*.blueprint", "含旅程图的蓝图"),
    ("*.by", "按 persona、scenario、segment 或某个维度切分；可写多次"),
    ("*.until", "分析截至的时刻；不写则到最后一个事件"),
    ("*.identity_view", "被事件关联的多个身份从何时起算作同一客户"),
    ("*.customer", "客户所在的列"),
    ("*.event", "事件名所在的列"),
    ("*.event_name", "所有事件的名字，用于没有事件名列的文件"),
    ("*.time", "事件时间所在的列"),
    ("*.zone", "未写时区的时间所用的时区，如 UTC、Asia/Shanghai"),
    ("*.time_unit", "以 1970 年起的数字表示的时间的单位"),
    ("*.source", "来源所在的列"),
    ("*.id", "事件 id 所在的列（与来源一起作为幂等键）"),
    ("*.channel", "渠道所在的列"),
    ("*.sequence", "同一时刻事件先后次序所在的列"),
    ("*.identity", "某类身份所在的列；可写多次"),
    ("*.transition", "XES 文件中只取这一生命周期状态的事件，如 complete"),
    ("*.encoding", "文本的编码，如 windows-1252；不写则识别 UTF-8、UTF-16 与 GBK"),
    ("*.delimiter", "表格的列分隔符，或 `tab`；不写则由表头判断"),
    ("*.attributes", "作为属性的列名；不写则其余列全部"),
    ("*.strict", "遇到第一条坏行即报错"),
    ("*.customers", "客户数"),
    ("*.days", "天数"),
    ("*.seed", "种子：相同的种子得到相同的事件"),
    ("*.start", "第一天"),
];

/// Puts Chinese help in the place of English, over all commands.
pub(crate) fn help(command: Command) -> Command {
    translate(command, "cjm")
}

fn translate(mut command: Command, name: &str) -> Command {
    let arguments: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for (place, id) in arguments.into_iter().enumerate() {
        command = command.mut_arg(&id, |arg| {
            // under a heading arguments are sorted by name unless they say otherwise
            let arg = if arg.is_positional() { arg.display_order(place) } else { arg };
            let heading = match (arg.get_help_heading(), arg.is_positional()) {
                (Some(_), _) => "事件文件的列",
                (None, true) => "参数",
                (None, false) => "选项",
            };
            let arg = arg.help_heading(heading);
            match word(name, &id) {
                Some(words) => arg.help(words),
                None => arg,
            }
        });
    }
    if let Some(words) = find(name) {
        command = command.about(words);
    }
    let shown = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("显示帮助")
        .help_heading("选项");
    command = command.disable_help_flag(true).arg(shown).subcommand_help_heading("命令");
    let after = command.get_after_help().map(|text| after_help(&text.to_string()));
    if let Some(after) = after {
        command = command.after_help(after);
    }
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for sub in names {
        command = command.mut_subcommand(&sub, |inner| translate(inner, &sub));
    }
    command.help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
}

fn find(path: &str) -> Option<&'static str> {
    WORDS.iter().find(|(key, _)| *key == path).map(|(_, words)| *words)
}

fn word(command: &str, argument: &str) -> Option<&'static str> {
    find(&format!("{command}.{argument}")).or_else(|| find(&format!("*.{argument}")))
}

/// The examples stay; the few English words around them do not.
fn after_help(text: &str) -> String {
    const PHRASES: &[(&str, &str)] = &[
        ("A first look:", "先看一看："),
        ("simulated customers, a study and a report", "模拟客户、分析并出报告"),
        ("every finding with its place and what to do", "列出全部问题、位置与建议"),
        ("the map as a picture", "把旅程图画成图片"),
        (
            "Exit codes: 0 done, 1 what was looked at has errors, 2 the command line makes no sense, \
             3 a file could not be read or written.",
            "退出码：0 完成，1 所看的内容有错误，2 命令行有误，3 文件无法读写。",
        ),
        ("Examples:", "示例："),
        ("Example: complete and check blueprints while you type", "示例：边写边补全、边检查蓝图"),
        ("then write as the first line of the blueprint:", "然后在蓝图第一行写："),
        ("Example:", "示例："),
        ("The same seed gives the same events.", "相同的种子得到相同的事件。"),
        (
            "With --state decisions that nobody acknowledged are printed again at the next start.",
            "有 --state 时，未被确认的决策会在下次启动时再次输出。",
        ),
        (
            "A condition that can not be read, or that ends in an error, exits 1.",
            "条件读不懂，或计算以错误告终时，退出码为 1。",
        ),
    ];
    PHRASES.iter().fold(text.to_owned(), |text, (en, zh)| text.replace(en, zh))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{find, help, word};
    use crate::args::Cli;

    #[test]
    fn every_command_and_argument_has_chinese_words() {
        let root = Cli::command();
        let mut missing = Vec::new();
        for command in std::iter::once(&root).chain(root.get_subcommands()) {
            let name = command.get_name();
            missing.extend(find(name).is_none().then(|| name.to_owned()));
            let arguments = command.get_arguments().map(|arg| arg.get_id().as_str());
            missing.extend(arguments.filter(|id| word(name, id).is_none()).map(|id| format!("{name}.{id}")));
        }
        assert!(missing.is_empty(), "{missing:?}");
        help(Cli::command()).debug_assert();
    }
}
