"""Bodies for chat tools and web hooks: every form, what can not be sent, and tickets in both languages."""

import json

import cjm
import pytest

NOTES = ["wecom.robot_text", "wecom.robot_markdown", "wecom.text", "wecom.markdown", "wecom.card", "dingtalk.robot_text",
         "dingtalk.robot_markdown", "dingtalk.robot_card", "feishu.bot_text", "feishu.bot_post", "feishu.bot_card"]


@pytest.mark.parametrize("form", NOTES)
def test_every_form_has_a_body_and_cuts_what_is_too_long(form: str) -> None:
    around = dict(title="Detractor", link="https://care.example", lines={"Customer": "m-1"})
    sender = dict(agent=1, to=["ann"]) if form in ("wecom.text", "wecom.markdown", "wecom.card") else {}
    sent = cjm.chat_note(form, "cold soup <@all>", **around, **sender)  # type: ignore[arg-type]
    assert sent.n_cut == 0
    written = json.dumps(sent.body, ensure_ascii=False)
    assert "cold soup" in written and "<@all>" not in written
    long = cjm.chat_note(form, "味" * 50_000, **around, **sender)  # type: ignore[arg-type]
    assert long.n_cut > 0


@pytest.mark.parametrize("form", ["wecom.schedule", "dingtalk.todo", "feishu.task"])
def test_every_form_of_things_to_do(form: str) -> None:
    sent = cjm.chat_todo(form, id="4f1c2d3e4f5a", subject="Call back", due="2026-03-02T18:00:00+08:00",  # type: ignore[arg-type]
                         people=["ann"], urgency="urgent", language="zh")
    assert "Call back" in json.dumps(sent.body)


def test_what_can_not_be_sent_is_said() -> None:
    for form, words, arguments in [
        ("wecom", "no form", {}),
        ("wecom.text", "agent", dict(to=["ann"])),
        ("wecom.text", "to", dict(agent=1)),
        ("feishu.bot_text", "link", dict(link="ftp://care.example")),
        ("feishu.bot_text", "person", dict(mention=["an n"])),
        ("feishu.bot_text", "mention", dict(mention="ann")),
        ("feishu.bot_text", "language", dict(language="xx")),
        ("feishu.bot_text", "lines", dict(lines=[("a", "b")])),
    ]:
        with pytest.raises(cjm.ArgumentError, match=words):
            cjm.chat_note(form, "hello", **arguments)  # type: ignore[arg-type]
    with pytest.raises(cjm.ArgumentError, match="urgency"):
        cjm.chat_todo("dingtalk.todo", id="t", subject="s", people=["ann"], urgency="now")  # type: ignore[arg-type]
    with pytest.raises(cjm.ArgumentError, match="people"):
        cjm.chat_todo("dingtalk.todo", id="t", subject="s")
    with pytest.raises(cjm.LimitError):
        cjm.chat_note("feishu.bot_text", "hello", link="https://care.example/" + "a" * 3_000)


def test_a_decision_for_a_web_hook(blueprint: cjm.Blueprint, engine: cjm.Engine) -> None:
    review = cjm.Event("review", "2026-03-01T12:20:00Z", {"member": "m1"}, {"stars": 1}, id="r1", source="web")
    (decision,) = engine.push(review)
    body = blueprint.envelope(decision).body
    assert (body["id"], body["type"], body["specversion"]) == (decision.id, "cjm.decision", "1.0")
    assert body["data"] == decision.to_dict()
    assert engine.ticket_words(decision.id)[0] == "Ticket: care"
    assert engine.ticket_words(decision.id, language="zh")[1]["客户"] == "m1"
    with pytest.raises(cjm.NotFoundError):
        engine.ticket_words("0" * 32)
    assert engine.ack(decision, "delivered") == []
    (revoked,) = engine.retract({"member": "m1"}, "web", "r1")
    assert blueprint.envelope(revoked).body["type"] == "cjm.revoke"
