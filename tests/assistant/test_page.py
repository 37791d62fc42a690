"""What the page does with an answer on its way."""

from __future__ import annotations

from assistant import Answer
from assistant.page.page import CSS, HEAD, UNFINISHED, _stopped, theme
from assistant.page.render import answer_html, notice_html, question_html

ASKED = {"role": "user", "content": question_html("Why?")}
BEGUN = answer_html(Answer("Why?", "Because the", searched="Why?"))
WORKING = f"{UNFINISHED}{BEGUN}{notice_html('Writing …', 'working')}</div>"


def test_stop_keeps_what_is_there_and_says_that_it_is_a_part() -> None:
    *before, last = _stopped([ASKED, {"role": "assistant", "content": WORKING}])
    assert before == [ASKED]
    assert last["content"].startswith(BEGUN)
    assert "Stopped" in last["content"]
    assert "Writing" not in last["content"]


def test_stop_leaves_a_finished_answer_an_error_and_an_empty_chat_alone() -> None:
    for content in (BEGUN, notice_html("The question is empty.", "error")):
        messages = [ASKED, {"role": "assistant", "content": content}]
        assert _stopped(messages) == messages
    assert _stopped([]) == []


def test_messages_come_back_from_gradio_in_parts() -> None:
    parts = [{"type": "text", "text": WORKING}]
    assert "Stopped" in _stopped([ASKED, {"role": "assistant", "content": parts}])[-1]["content"]  # type: ignore[dict-item]


def test_the_page_loads_no_font_style_or_script_from_elsewhere() -> None:
    assert "//" not in CSS.replace("/*", "").replace("*/", "")
    assert "http" not in HEAD
    assert "http" not in str(theme()._font_css)
