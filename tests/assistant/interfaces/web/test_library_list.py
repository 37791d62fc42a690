"""Test the list of the library, and the hits of a search in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.interfaces.web.library_list import (
    MAX_HIT_CHARACTERS,
    make_hit_data,
    render_day,
    render_listing,
)
from index.storage.text_search import TextHit
from index.text.article import Article
from index.text.spans import Span
from tests.assistant.interfaces.web.test_html import make_summary

pytestmark = pytest.mark.unit


def test_listing_has_newest_first_and_marks_open(bridge: Article, volcano: Article) -> None:
    html = render_listing([make_summary(bridge), make_summary(volcano, "Renamed")], [bridge.id])
    assert html.index("Renamed") < html.index("The Old Bridge")
    assert html.count("aria-current") == 1
    assert "No article" in render_listing([], [])


def test_row_has_author_site_day_and_words(bridge: Article) -> None:
    web = Article.from_text(
        "It was so.", "T", author="Ana", date="2024-07-05", source="https://www.a.example/x?y"
    )
    html = render_listing([replace(make_summary(web), tags=("Lund", "old"))], [])
    day = '<time class="day" datetime="2024-07-05">2024-07-05</time>'
    facts = " · ".join(f'<span class="fact">{fact}</span>' for fact in ("Ana", "a.example", day))
    assert f'{facts} · <span class="say">3 words</span>' in html
    assert html.count('class="tag"') == 2
    assert 'class="tag"' not in render_listing([replace(make_summary(bridge), tags=())], [])


@pytest.mark.parametrize("date", ["May 1998", "2024", "<b>"])
def test_date_that_is_no_day_stays_as_it_is(date: str) -> None:
    assert "<time" not in render_day(date)


def make_hit(text: str, words: Sequence[str], start: int = 0) -> TextHit:
    spans = [Span(start + text.index(word), start + text.index(word) + len(word)) for word in words]
    return TextHit("0" * 16, Span(start, start + len(text)), tuple(spans), text, 1)


def test_hit_has_sentence_in_pieces_with_found_words_between() -> None:
    hit = make_hit("The old bridge fell.", ["old", "fell"], start=50)
    assert make_hit_data(hit)["pieces"] == ["The ", "old", " bridge ", "fell", "."]


def test_long_sentence_is_cut_around_its_first_word() -> None:
    text = "word " * 100 + "bridge " + "word " * 100 + "end"
    pieces = make_hit_data(make_hit(text, ["bridge", "end"], start=7))["pieces"]
    assert isinstance(pieces, list)
    before, word, after = pieces
    assert word == "bridge"
    assert before.startswith("… ")
    assert after.endswith(" …")
    assert f"{before}{word}{after}"[2:-2] in text
    assert len("".join(pieces)) == MAX_HIT_CHARACTERS + 4
