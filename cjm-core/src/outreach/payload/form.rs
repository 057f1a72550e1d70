//! Bodies by their names, for hosts that name what they want: another language, a setting, a blueprint's call.
//!
//! Answers: the body of a name as `wecom.robot_text`. Does not know: what the bodies look like.

use super::{Note, Payload, PayloadError, Todo, dingtalk, feishu, wecom};

/// A body for a message.
///
/// ```
/// use cjm_core::outreach::payload::{NoteForm, Note, Sender, Wording};
/// let form = NoteForm::of_name("feishu.bot_text").ok_or("no such form")?;
/// let note = Note { text: Wording::Plain("hello"), ..Note::default() };
/// let sent = form.body(&note, &Sender::default())?;
/// assert_eq!(sent.body["content"]["text"], "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteForm {
    /// [`wecom::robot_text`].
    WecomRobotText,
    /// [`wecom::robot_markdown`].
    WecomRobotMarkdown,
    /// [`wecom::text`].
    WecomText,
    /// [`wecom::markdown`].
    WecomMarkdown,
    /// [`wecom::card`].
    WecomCard,
    /// [`dingtalk::robot_text`].
    DingtalkRobotText,
    /// [`dingtalk::robot_markdown`].
    DingtalkRobotMarkdown,
    /// [`dingtalk::robot_card`].
    DingtalkRobotCard,
    /// [`feishu::bot_text`].
    FeishuBotText,
    /// [`feishu::bot_post`].
    FeishuBotPost,
    /// [`feishu::bot_card`].
    FeishuBotCard,
}

/// A body for something that somebody has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TodoForm {
    /// [`wecom::schedule`].
    WecomSchedule,
    /// [`dingtalk::todo`].
    DingtalkTodo,
    /// [`feishu::task`].
    FeishuTask,
}

/// Which application writes to whom: what the messages of an application need, and those of robots do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sender<'a> {
    /// The number of the application.
    pub agent: Option<u32>,
    /// Whom it writes to, by the tool's ids.
    pub to: &'a [&'a str],
}

impl NoteForm {
    /// Every form, by tool.
    pub const ALL: [Self; 11] = [
        Self::WecomRobotText,
        Self::WecomRobotMarkdown,
        Self::WecomText,
        Self::WecomMarkdown,
        Self::WecomCard,
        Self::DingtalkRobotText,
        Self::DingtalkRobotMarkdown,
        Self::DingtalkRobotCard,
        Self::FeishuBotText,
        Self::FeishuBotPost,
        Self::FeishuBotCard,
    ];

    /// Its name: the tool, a full stop, the body.
    pub fn name(self) -> &'static str {
        match self {
            Self::WecomRobotText => "wecom.robot_text",
            Self::WecomRobotMarkdown => "wecom.robot_markdown",
            Self::WecomText => "wecom.text",
            Self::WecomMarkdown => "wecom.markdown",
            Self::WecomCard => "wecom.card",
            Self::DingtalkRobotText => "dingtalk.robot_text",
            Self::DingtalkRobotMarkdown => "dingtalk.robot_markdown",
            Self::DingtalkRobotCard => "dingtalk.robot_card",
            Self::FeishuBotText => "feishu.bot_text",
            Self::FeishuBotPost => "feishu.bot_post",
            Self::FeishuBotCard => "feishu.bot_card",
        }
    }

    /// The form of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// The body of a message.
    ///
    /// # Errors
    /// Those of the form; [`PayloadError::Missing`] for a message of an application without its `agent`.
    pub fn body(self, note: &Note<'_>, sender: &Sender<'_>) -> Result<Payload, PayloadError> {
        let agent = || sender.agent.ok_or(PayloadError::Missing { field: "agent" });
        match self {
            Self::WecomRobotText => wecom::robot_text(note),
            Self::WecomRobotMarkdown => wecom::robot_markdown(note),
            Self::WecomText => wecom::text(agent()?, sender.to, note),
            Self::WecomMarkdown => wecom::markdown(agent()?, sender.to, note),
            Self::WecomCard => wecom::card(agent()?, sender.to, note),
            Self::DingtalkRobotText => dingtalk::robot_text(note),
            Self::DingtalkRobotMarkdown => dingtalk::robot_markdown(note),
            Self::DingtalkRobotCard => dingtalk::robot_card(note),
            Self::FeishuBotText => feishu::bot_text(note),
            Self::FeishuBotPost => feishu::bot_post(note),
            Self::FeishuBotCard => feishu::bot_card(note),
        }
    }
}

impl TodoForm {
    /// Every form, by tool.
    pub const ALL: [Self; 3] = [Self::WecomSchedule, Self::DingtalkTodo, Self::FeishuTask];

    /// Its name: the tool, a full stop, the body.
    pub fn name(self) -> &'static str {
        match self {
            Self::WecomSchedule => "wecom.schedule",
            Self::DingtalkTodo => "dingtalk.todo",
            Self::FeishuTask => "feishu.task",
        }
    }

    /// The form of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// The body of something to do.
    ///
    /// # Errors
    /// Those of the form.
    pub fn body(self, todo: &Todo<'_>) -> Result<Payload, PayloadError> {
        match self {
            Self::WecomSchedule => wecom::schedule(todo),
            Self::DingtalkTodo => dingtalk::todo(todo),
            Self::FeishuTask => feishu::task(todo),
        }
    }
}
