"""Test the guide to an article: speakers, figures and the commands that it can answer."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.overview import list_dates
from assistant.service.guide import (
    FIGURES_COMMAND,
    MAX_HIGHLIGHTS,
    QUOTED_COMMAND,
    TIMELINE_COMMAND,
    build_guide,
)
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article

TEXT = (
    "Mayor Ana Ruiz opened the bridge in May 1998. “It is the best day of my life,” Ruiz said. "
    "It cost 3 million euros. The driver said that he was late. "
    "In 2019 Petra Holt said that 20 people crossed it each day. Thousands came, and 10 went."
)


@pytest.mark.unit
def test_guide_has_each_named_speaker_once_and_figures() -> None:
    article = Article.from_text(TEXT, "The bridge")
    guide = build_guide(article)
    speakers = [article.slice(highlight.words) for highlight in guide.speakers]
    assert len(speakers) == 2
    assert "Ruiz" in speakers[0]
    assert "Holt" in speakers[1]
    figures = [article.slice(highlight.words) for highlight in guide.figures]
    assert figures == ["3 million euros", "20 people"]
    for highlight in guide.figures:
        assert highlight.sentence in article.sentences
        assert highlight.sentence.start <= highlight.words.start < highlight.sentence.end
    assert guide.commands == (QUOTED_COMMAND, FIGURES_COMMAND, TIMELINE_COMMAND)


@pytest.mark.unit
def test_guide_offers_only_what_article_has() -> None:
    guide = build_guide(Article.from_text("It rained all day. Nobody came."))
    assert (guide.speakers, guide.figures, guide.commands) == ((), (), ())
    one_date = Article.from_text("It rained on 3 May 1998.")
    assert len(list_dates([one_date])) == 1
    assert TIMELINE_COMMAND not in build_guide(one_date).commands


@pytest.mark.unit
def test_guide_is_bounded() -> None:
    text = " ".join(
        f"Ana Ruiz{'abcdefghij'[number]} said that {number + 2} houses fell."
        for number in range(10)
    )
    guide = build_guide(Article.from_text(text))
    assert len(guide.figures) == MAX_HIGHLIGHTS
    assert len(guide.speakers) <= MAX_HIGHLIGHTS


def test_each_offered_command_is_answered(bundled: Article, library: Library) -> None:
    service = AssistantService(bundled, library, None, Settings())
    service.start()
    commands = build_guide(bundled).commands
    assert len(commands) >= 2
    for command in commands:
        *_, answer = service.ask(command)
        assert answer.answered, command  # type: ignore[union-attr]
        assert answer.quotes, command  # type: ignore[union-attr]
