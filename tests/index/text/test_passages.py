from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from index.text.article import Article
from index.text.passages import MIN_CHARACTERS, MIN_WORDS, group_sentences
from index.text.sentences import split_sentences
from index.text.spans import Block
from tests.index.text.test_sentences import check_spans
from tests.index.texts import any_text, languages, texts_in_blocks

pytestmark = pytest.mark.unit


def passages(text: str) -> list[str]:
    return [text[start:end] for start, end in group_sentences(text, split_sentences(text))]


def long_enough(text: str) -> bool:
    return len(text.split()) >= MIN_WORDS or len(text) >= MIN_CHARACTERS


@given(any_text, languages)
@settings(max_examples=150)
def test_passages_cover_any_text_exactly(text: str, language: str) -> None:
    check_spans(text, group_sentences(text, split_sentences(text, language)))


@given(any_text)
def test_every_passage_but_the_last_can_be_found_by_itself(text: str) -> None:
    assert all(long_enough(passage) for passage in passages(text)[:-1])


@given(texts_in_blocks())
def test_a_passage_goes_past_a_block_only_from_what_is_too_short(
    text_and_blocks: tuple[str, tuple[Block, ...]],
) -> None:
    text, blocks = text_and_blocks
    spans = split_sentences(text, "en", blocks)
    for start, end in group_sentences(text, spans):
        inside = [span for span in spans if start <= span.start and span.end <= end]
        assert not any(long_enough(text[start : span.end]) for span in inside[:-1])


@given(any_text)
def test_every_sentence_lies_in_exactly_one_passage(text: str) -> None:
    spans = split_sentences(text)
    edges = [passage.start for passage in group_sentences(text, spans)]
    assert set(edges) <= {span.start for span in spans}
    assert all(earlier < later for earlier, later in pairwise(edges))


def test_a_long_sentence_is_a_passage() -> None:
    assert passages(
        "About 30,000 people have left their homes. Many went further into the city."
    ) == [
        "About 30,000 people have left their homes.",
        "Many went further into the city.",
    ]


def test_a_heading_joins_the_sentence_below_it() -> None:
    assert passages("Hunger and cold\n\nAleppo is living through the worst of the war.") == [
        "Hunger and cold\n\nAleppo is living through the worst of the war."
    ]


def test_a_short_answer_joins_the_sentence_after_it() -> None:
    assert passages("“Yes,” he said. The road to the west was open again.") == [
        "“Yes,” he said. The road to the west was open again."
    ]


def test_a_short_end_is_kept_by_itself() -> None:
    assert passages("The road to the west was open again. It closed.")[-1] == "It closed."


def test_no_text_has_no_passages() -> None:
    assert group_sentences("", ()) == ()


def test_passages_of_bundled_article_are_mostly_sentences(bundled: Article) -> None:
    assert 0.9 * len(bundled.sentences) <= len(bundled.passages) <= len(bundled.sentences)
