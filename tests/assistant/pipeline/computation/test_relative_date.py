"""Test relative dates. 4 October 2024 was a Friday."""

from __future__ import annotations

import pytest

from assistant.pipeline.candidate import make_candidates_at
from assistant.pipeline.computation.dates import parse_article_date
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.relative_date import resolve_answer_words
from assistant.pipeline.computation.relative_expressions import find_expression
from index.text.article import Article
from index.text.spans import Span

pytestmark = pytest.mark.unit

LEFT = "When did the ferry leave?"
VOTE = "When will the council vote?"


def resolve(
    question: str, text: str, words: str, *, date: str = "2024-10-04", sentence: int = 0
) -> Computed | None:
    """Resolve words of one sentence of a text."""
    article = Article.from_text(text, date=date)
    (candidate,) = make_candidates_at([article], lambda _: [sentence])
    start = candidate.text.index(words)
    return resolve_answer_words(candidate, Span(start, start + len(words)), question)


@pytest.mark.parametrize(
    ("question", "text", "words", "resolved"),
    [
        (LEFT, "The ferry left yesterday.", "yesterday", "Yesterday, that is 3 October 2024"),
        (LEFT, "The ferry left on Sunday.", "Sunday", "On Sunday, that is 29 September 2024"),
        (LEFT, "The ferry left on Friday.", "on Friday", "On Friday, that is 4 October 2024"),
        (LEFT, "It left last Monday.", "last Monday", "Last Monday, that is 30 September 2024"),
        (LEFT, "It left three days ago.", "three days", "Three days ago, that is 1 October 2024"),
        (LEFT, "It left a week ago.", "a week ago", "A week ago, that is 27 September 2024"),
        (LEFT, "It left last month.", "last month", "Last month, that is in September 2024"),
        (LEFT, "It left last year.", "last year", "Last year, that is in 2023"),
        (VOTE, "It will vote tomorrow.", "tomorrow", "Tomorrow, that is 5 October 2024"),
        (VOTE, "It will vote on Monday.", "on Monday", "On Monday, that is 7 October 2024"),
        (VOTE, "It votes next Monday.", "next Monday", "Next Monday, that is 7 October 2024"),
        (VOTE, "It votes in two weeks.", "in two weeks", "In two weeks, that is 18 October 2024"),
        (
            VOTE,
            "It votes on the first Monday of next month.",
            "first Monday",
            "On the first Monday of next month, that is 4 November 2024",
        ),
        (VOTE, "It votes next month.", "next month", "Next month, that is in November 2024"),
    ],
)
def test_words_that_answer_are_resolved(
    question: str, text: str, words: str, resolved: str
) -> None:
    computed = resolve(question, text, words)
    assert computed
    assert (computed.text, computed.calculation) == (resolved, "the text is of 4 October 2024")


@pytest.mark.parametrize(
    ("question", "text", "words", "date"),
    [
        (LEFT, "The ferry left yesterday.", "yesterday", ""),
        (LEFT, "The ferry left yesterday.", "yesterday", "3/4/2024"),
        (LEFT, "The ferry left yesterday.", "yesterday", "2024"),
        (LEFT, "The ferry left yesterday, 3 October 2024.", "yesterday", "2024-10-04"),
        (LEFT, "The ferry left every Sunday.", "Sunday", "2024-10-04"),
        (LEFT, "The ferry left that Sunday.", "Sunday", "2024-10-04"),
        (LEFT, "The ferry left on Good Friday.", "Friday", "2024-10-04"),
        (LEFT, "The ferry left on Sunday or Monday.", "Sunday or Monday", "2024-10-04"),
        (LEFT, "The ferry left last Thursday.", "last Thursday", "2024-10-04"),
        (LEFT, "The ferry left five weeks ago.", "five weeks ago", "2024-10-04"),
        (LEFT, "It came on 1 May and left the day after the storm.", "the day after", ""),
        (LEFT, "It came on 1 May and left on the eve of the storm.", "the eve", ""),
        (LEFT, "“The ferry left yesterday”, the captain wrote.", "yesterday", "2024-10-04"),
        (LEFT, "The ferry left 900 years ago.", "900 years ago", "2024-10-04"),
        (LEFT, "The ferry left about three days ago.", "three days ago", "2024-10-04"),
        (LEFT, "The ferry left yesterday.", "The ferry", "2024-10-04"),
        (VOTE, "The council voted yesterday.", "yesterday", "2024-10-04"),
        (VOTE, "The council will vote on Friday.", "Friday", "2024-10-04"),
        ("Where did the ferry leave?", "It left yesterday.", "yesterday", "2024-10-04"),
        (LEFT, "The ferry left two days later.", "two days later", "2024-10-04"),
        (LEFT, "It came on 1 May or 2 May and left a day later.", "a day later", "2024-10-04"),
    ],
)
def test_unclear_words_are_not_resolved(question: str, text: str, words: str, date: str) -> None:
    assert resolve(question, text, words, date=date) is None


@pytest.mark.parametrize(
    ("text", "words", "resolved"),
    [
        (
            "The mink was seen on 17 June. It was trapped two days later.",
            "two days later",
            "Two days later, that is 19 June (counted from 17 June).",
        ),
        (
            "The tap broke last Monday. A plumber came the following morning.",
            "the following morning",
            "The following morning, that is 1 October 2024 (counted from 30 September 2024).",
        ),
    ],
)
def test_stated_day_is_counted_from_the_sentence_before(
    text: str, words: str, resolved: str
) -> None:
    computed = resolve("When did it happen?", text, words, sentence=1)
    assert computed
    assert f"{computed.text} ({computed.calculation})." == resolved
    assert [candidate.position for candidate in computed.evidence] == [0, 1]


@pytest.mark.parametrize(
    ("text", "words", "resolved", "counted_from"),
    [
        ("She came in 1950. She left three years later.", "three years later", "in 1953", "1950"),
        ("It burned in 1946. It opened the year before.", "the year before", "in 1945", "1946"),
        ("It began on 2 March. It ended that evening.", "that evening", "2 March", "2 March"),
        ("It began on 2 March. It ended a fortnight later.", "a fortnight", "16 March", "2 March"),
        ("It began on 2 March. It ended the following month.", "month", "in April", "2 March"),
        (
            "It began on 4 October 2024. It ended the following Tuesday.",
            "Tuesday",
            "8 October 2024",
            "4 October 2024",
        ),
    ],
)
def test_words_are_counted_from_what_is_stated(
    text: str, words: str, resolved: str, counted_from: str
) -> None:
    computed = resolve("When did it happen?", text, words, date="", sentence=1)
    assert computed
    assert computed.text.endswith(f"that is {resolved}")
    assert computed.calculation == f"counted from {counted_from}"


def test_day_in_the_same_sentence_is_counted_from() -> None:
    text = "The ship came on 30 April 1912 and left two weeks later."
    computed = resolve(LEFT, text, "two weeks later")
    assert computed
    assert computed.text == "Two weeks later, that is 14 May 1912"
    assert computed.calculation == "counted from 30 April 1912"


@pytest.mark.parametrize(
    ("head", "words", "resolved"),
    [
        (
            "Saturday 14 June",
            "last Sunday",
            "Last Sunday, that is 8 June (the text is of 14 June).",
        ),
        ("14 June", "yesterday", "Yesterday, that is 13 June (the text is of 14 June)."),
        ("14 June", "last month", "Last month, that is in May (the text is of 14 June)."),
        ("14 June", "last Sunday", None),  # its weekday is unknown
        ("Saturday 14 June", "last year", None),
    ],
)
def test_article_date_without_a_year(head: str, words: str, resolved: str | None) -> None:
    computed = resolve(LEFT, f"{head}\n\nThe ferry left {words}.", words, date="", sentence=1)
    assert (f"{computed.text} ({computed.calculation})." if computed else None) == resolved


def test_entry_of_a_diary_has_its_own_date() -> None:
    diary = "Friday 4 October\n\nRain.\n\nMonday 7 October\n\nThe roof fell in yesterday."
    computed = resolve("When did the roof fall in?", diary, "yesterday", date="", sentence=3)
    assert computed
    assert (computed.text, computed.calculation) == (
        "Yesterday, that is 6 October",
        "the text is of 7 October",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-10-04T08:00:00Z", "2024-10-04"),
        ("Fri, 04 Oct 2024 10:00:00 +0000", "2024-10-04"),
        ("October 4, 2024", "2024-10-04"),
        ("04.10.2024", "2024-10-04"),
        ("2024/10/04", "2024-10-04"),
        ("October 2024", "None"),
        ("4/10/2024", "None"),
        ("2024-13-45", "None"),
    ],
)
def test_parse_article_date_formats(text: str, expected: str) -> None:
    assert str(parse_article_date(text)) == expected


@pytest.mark.parametrize(
    ("text", "words", "sentence", "resolved"),
    [
        (
            "It left on 3 May 2024. Nobody saw it go. The following morning a woman found it.",
            "The following morning",
            2,
            "The following morning, that is 4 May 2024",
        ),
        (
            "He comes this Friday, and the pump comes a fortnight after that.",
            "a fortnight",
            0,
            "A fortnight after that, that is 18 October 2024",
        ),
        (
            "The concert is on Saturday 14 December 2024, with the rehearsal two days before.",
            "two days before",
            0,
            "Two days before, that is 12 December 2024",
        ),
    ],
)
def test_days_are_counted_from_what_stands_before(
    text: str, words: str, sentence: int, resolved: str
) -> None:
    computed = resolve("When will it come?", text, words, sentence=sentence)
    assert computed
    assert computed.text == resolved


@pytest.mark.parametrize(
    "text",
    [
        "The bridge opened on 3 May 1990. In 1992 it was painted. Two days later it closed.",
        "The bridge opened on 3 May 1990. A week later it was painted. Two days later it closed.",
        "The bridge opened in 1990. Five years later it was painted. Two days later it closed.",
    ],
)
def test_days_are_not_counted_past_another_time(text: str) -> None:
    assert resolve("When did it close?", text, "Two days later", sentence=2) is None


def test_month_of_may_is_no_future() -> None:
    computed = resolve("When did the May fair open?", "It opened on Sunday.", "on Sunday")
    assert computed
    assert computed.text == "On Sunday, that is 29 September 2024"


def test_last_year_of_the_calendar_is_no_error() -> None:
    text = "It votes on the first Monday of next month."
    assert resolve(VOTE, text, "first Monday", date="9999-12-05") is None


def find(question: str, text: str, words: str) -> str:
    """Return the expression that is found beside the words that answer, if any."""
    article = Article.from_text(text, language="en")
    candidates = make_candidates_at([article], lambda _: [0])
    start = text.index(words) if words else 0
    located = (0, Span(start, start + len(words))) if words else None
    found = find_expression(question, candidates, located)
    return text[found[1].start : found[1].end] if found else ""


def test_expression_is_of_the_clause_that_is_asked_about() -> None:
    text = "The concert is on Saturday 14 December, with the rehearsal two days before."
    assert find("When is the rehearsal?", text, "14 December") == "two days before"
    assert find("When is the concert?", text, "14 December") == "14 December"


def test_only_expression_needs_no_words_that_answer() -> None:
    left = "The ferry left three days later."
    assert find("When did the ferry leave?", left, "") == "three days later"
    other = "The council approved the plan, said Ms Lee, who joined it two weeks ago."
    assert find("When did the council approve the plan?", other, "") == ""
    assert find("When did it leave?", "It left on 4 May 2024, two days later.", "") == ""
