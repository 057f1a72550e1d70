//! Bodies for chat tools as Python objects: messages and things to do. Nothing is sent.
//!
//! Answers: the body of a form with the words that it is given. Does not know: decisions and tickets, which have words
//! of their own (see [`crate::blueprint`] and [`crate::engine`]), addresses and tokens.

use cjm_core::payload::{Mention, Note, NoteForm, PayloadError, Sender, Todo, TodoForm, Urgency, Wording};
use cjm_core::{Error, ErrorCode};
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};

use crate::convert;
use crate::errors::{OrRaise, error};
use crate::records;

/// Adds the functions to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(chat_note, module)?)?;
    module.add_function(wrap_pyfunction!(chat_todo, module)?)
}

/// A message for a chat tool as the body that the tool takes: a ``Payload``. Nothing is sent.
///
/// ``form`` is the tool and the body: ``wecom.robot_text``, ``wecom.robot_markdown``, ``wecom.text``,
/// ``wecom.markdown``, ``wecom.card``, ``dingtalk.robot_text``, ``dingtalk.robot_markdown``, ``dingtalk.robot_card``,
/// ``feishu.bot_text``, ``feishu.bot_post``, ``feishu.bot_card``. ``text`` is shown as it is: what looks like a tag, a
/// mention or a link is made harmless; with ``markdown`` it is read as markup, where the form can have it. ``lines``
/// are labels with values below it, ``link`` an ``http`` or ``https`` address, ``mention`` is ``"all"`` or a list of
/// the tool's ids. ``agent`` and ``to``, the application's number and whom it writes to, are for ``wecom.text``,
/// ``wecom.markdown`` and ``wecom.card``. ``language`` is that of what is added.
///
/// A text beyond the tool's limit is cut at a character's border; ``n_cut`` says by how many characters. Raises
/// ``ArgumentError`` for an unknown form, what is missing, a bad link or id, ``LimitError`` for what is too long and
/// can not be cut.
///
///     >>> sent = cjm.chat_note("wecom.robot_text", "Cold soup <@all>", lines={"Customer": "m-1"}, mention=["care-1"])
///     >>> sent.body["text"]
///     {'content': 'Cold soup ＜＠all＞\nCustomer: m-1', 'mentioned_list': ['care-1']}
///     >>> sent.n_cut
///     0
#[pyfunction]
#[pyo3(signature = (form, text="", *, title="", markdown=false, lines=None, link=None, mention=None, agent=None,
    to=None, language="en"))]
#[expect(clippy::too_many_arguments, reason = "each is an argument of the call in Python")]
fn chat_note<'py>(
    py: Python<'py>,
    form: &str,
    text: &str,
    title: &str,
    markdown: bool,
    lines: Option<&Bound<'py, PyAny>>,
    link: Option<&str>,
    mention: Option<&Bound<'py, PyAny>>,
    agent: Option<u32>,
    to: Option<Vec<String>>,
    language: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let form = NoteForm::of_name(form)
        .ok_or_else(|| unknown(py, form, &NoteForm::ALL.map(NoteForm::name).join(", ")))?;
    let lines = pairs(lines)?;
    let lines = borrowed(&lines);
    let people: Vec<String>;
    let ids: Vec<&str>;
    let mention = match mention {
        None => Mention::Nobody,
        Some(mention) if mention.is_none() => Mention::Nobody,
        Some(mention) if mention.cast::<PyString>().is_ok() => match mention.extract::<&str>()? {
            "all" => Mention::All,
            _ => return Err(error(py, ErrorCode::Argument, "`mention` is \"all\" or a list of ids")),
        },
        Some(mention) => {
            people = mention.extract()?;
            ids = people.iter().map(String::as_str).collect();
            Mention::People(&ids)
        }
    };
    let to = to.unwrap_or_default();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let text = if markdown { Wording::Markdown(text) } else { Wording::Plain(text) };
    let language = convert::language(py, language)?;
    let note = Note { title, text, lines: &lines, link, mention, language };
    made(py, form.body(&note, &Sender { agent, to: &to }))
}

/// Something to do for a chat tool as the body that the tool takes: a ``Payload``. Nothing is sent.
///
/// ``form`` is ``wecom.schedule`` (an entry of the calendar; it needs ``due`` and ``people``), ``dingtalk.todo`` or
/// ``feishu.task``. ``id`` is the same for the same matter, as the id of a ticket is; ``lines`` are labels with values
/// below the description; ``due`` is an aware datetime or RFC 3339 text; ``people`` are the tool's ids of those who
/// have to do it, ``creator`` that of who asks; ``urgency`` is ``low``, ``normal``, ``high`` or ``urgent``.
///
/// Texts are cut and errors raised as by ``chat_note``.
///
///     >>> sent = cjm.chat_todo("dingtalk.todo", id="t-1", subject="Call back", people=["ann"], urgency="high")
///     >>> sent.body["subject"], sent.body["executorIds"]
///     ('Call back', ['ann'])
#[pyfunction]
#[pyo3(signature = (form, *, id, subject, description="", lines=None, due=None, people=None, creator=None, link=None,
    urgency="normal", language="en"))]
#[expect(clippy::too_many_arguments, reason = "each is an argument of the call in Python")]
fn chat_todo<'py>(
    py: Python<'py>,
    form: &str,
    id: &str,
    subject: &str,
    description: &str,
    lines: Option<&Bound<'py, PyAny>>,
    due: Option<&Bound<'py, PyAny>>,
    people: Option<Vec<String>>,
    creator: Option<&str>,
    link: Option<&str>,
    urgency: &str,
    language: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let form = TodoForm::of_name(form)
        .ok_or_else(|| unknown(py, form, &TodoForm::ALL.map(TodoForm::name).join(", ")))?;
    let urgency = match urgency {
        "low" => Urgency::Low,
        "normal" => Urgency::Normal,
        "high" => Urgency::High,
        "urgent" => Urgency::Urgent,
        other => {
            let words = format!("`{other}` is no urgency; give low, normal, high or urgent");
            return Err(error(py, ErrorCode::Argument, words));
        }
    };
    let lines = pairs(lines)?;
    let lines = borrowed(&lines);
    let people = people.unwrap_or_default();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let due = due.filter(|due| !due.is_none()).map(|due| convert::instant(due, None, "due")).transpose()?;
    let language = convert::language(py, language)?;
    let lines = &lines;
    let todo =
        Todo { id, subject, description, lines, due, people: &people, creator, link, urgency, language };
    made(py, form.body(&todo))
}

/// A body as an object.
pub(crate) fn made<'py>(
    py: Python<'py>,
    payload: Result<cjm_core::payload::Payload, PayloadError>,
) -> PyResult<Bound<'py, PyAny>> {
    records::record(py, &payload.map_err(Error::from).or_raise(py)?)
}

fn unknown(py: Python<'_>, form: &str, names: &str) -> PyErr {
    error(py, ErrorCode::Argument, format!("`{form}` is no form; there are {names}"))
}

/// Labels with values: of a dict, in its order.
fn pairs(lines: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<(String, String)>> {
    let Some(lines) = lines.filter(|lines| !lines.is_none()) else { return Ok(Vec::new()) };
    let words = "`lines` is a dict of labels and values, as in `{\"Customer\": \"m-1\"}`";
    let map = lines.cast::<PyMapping>().map_err(|_| error(lines.py(), ErrorCode::Argument, words))?;
    map.items()?.iter().map(|pair| pair.extract()).collect()
}

fn borrowed(lines: &[(String, String)]) -> Vec<(&str, &str)> {
    lines.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect()
}
