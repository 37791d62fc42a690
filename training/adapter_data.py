"""Build the adapter's training data: the start of an article and many questions on it.

The questions of a lesson share the article's tokens: they follow it side by side and do not see
each other (`training.adapter`). A reply is `Found [3][4]. "3 million" The bridge cost …`, `Not
stated.`, or for a follow-up the standalone question. A check of quoted words is replied to with
`Yes` or `No`; it is not used at run time (docs/adapter.md), but the shipped adapter was trained on
it.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.pipeline.generation.answer_span import quote_span
from assistant.pipeline.prompting.context import format_article_header, number_sentences
from assistant.pipeline.prompting.protocol import FOUND, NOT_FOUND, format_sentence_ids
from assistant.pipeline.prompting.templates import render_prompt
from index.retrieval.bm25 import KeywordIndex
from index.text.article import Article
from training.conversations import read_turns
from training.reader_data import find_gold_positions, get_group, read_rows
from training.splits import is_held_out

__all__ = ["Lesson", "Question", "Turn", "make_lessons", "split_questions"]

MAX_CHARACTERS = 5_000  # of the sentences of one lesson: about 1,200 tokens
MAX_SENTENCES = 8  # of an article that is too long to show whole; as many as search returns
FOREIGN_SHARE = 0.2  # questions of other articles, for each question of the article itself
MAX_QUESTIONS = 14  # of one lesson
# Share of the questions on a long article that are asked without the sentences that answer, as if
# these were not among the best by BM25.
REMOVED_SHARE = 0.25
SPAN_CHECK = "Are these words what the question asks for?"
# Between a prompt and a reply, in the model's chat format.
ANSWER_TURN = "<|im_end|>\n<|im_start|>assistant\n"
USER_TURN = "<|im_end|>\n<|im_start|>user\n"
MAX_SPAN_WORDS = 15  # quoted before the sentence; a longer answer has only the sentences' numbers
QUESTIONS_PER_LANGUAGE = 40  # asked of a few sentences alone
# Shares of the questions on a few sentences alone: those that see other sentences than the ones
# that answer, and those that see one sentence more.
WRONG_SENTENCES_SHARE, EXTRA_SENTENCE_SHARE = 0.2, 0.25
# Share of the answers that are checked once more with the answer to another question on the same
# sentences.
WRONG_SPAN_SHARE = 0.3


@dataclass(frozen=True)
class Turn:
    """A prompt and the reply to learn."""

    prompt: str
    reply: str  # all of it, or its known beginning
    is_complete: bool  # whether the reply is all of it
    span: str = ""  # the words that the reply quotes after the sentences' numbers


@dataclass
class Lesson:
    """A system prompt and turns that follow it side by side."""

    system_prompt: str
    turns: list[Turn] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    """A question of a set, with the positions of the sentences that answer it."""

    key: str
    text: str
    article: Article
    golds: frozenset[int]
    answerable: bool
    group: str
    span: str = ""  # the words of the article that are the answer, if they are few
    plausible: str = ""  # words of the article that look like the answer of an unanswerable one


def make_lessons(data: Path, written: Path, *, held_out: bool, seed: int = 0) -> list[Lesson]:
    """Return the lessons of one pass: everything once, ordered and divided by the seed.

    Args:
        data: folder of the question sets.
        written: sentences for some of the questions, by `training.generate_targets`.
        held_out: use the articles that are held out of training instead of the others.

    Raises:
        FileNotFoundError: a question set is not in the folder.
    """
    chance = random.Random(seed)
    sentences = (
        {row["key"]: row["text"] for row in read_rows(written) if row["holds"]}
        if written.exists()
        else {}
    )
    sets = {
        name: split_questions(data, name)[held_out]
        for name in ("squad2", "clapnq", "quotesum", "covidqa_long")
    }
    lessons: list[Lesson] = []
    for name in ("squad2", "clapnq", "quotesum"):
        lessons += _make_article_lessons(sets[name], sentences, chance)
    lessons += _make_joined_lessons(sets["squad2"], sentences, chance)
    for questions in sets.values():
        lessons += _make_named_lessons(questions, sentences, chance)
    lessons += _make_part_lessons(sets["covidqa_long"], sentences, chance)
    lessons += _make_search_lessons(
        [*sets["covidqa_long"], *chance.sample(sets["squad2"], min(120, len(sets["squad2"])))],
        sentences,
        chance,
    )
    lessons += _make_xquad_lessons(data, sentences, chance, held_out)
    if not held_out:
        lessons += _make_followup_lessons(data, chance)
    chance.shuffle(lessons)
    return lessons


def split_questions(data: Path, name: str) -> tuple[list[Question], list[Question]]:
    """Return the questions of a set that are trained on, and those that are held out."""
    language = name.removeprefix("xquad_") if name.startswith("xquad_") else "en"
    articles = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "", language=language)
        for row in read_rows(data / f"{name}.docs.jsonl")
    }
    sides: tuple[list[Question], list[Question]] = [], []
    for row in read_rows(data / f"{name}.questions.jsonl"):
        article = articles[row["doc_id"]]
        golds = (
            frozenset(_find_quoted_positions(row, article) or find_gold_positions(row, article))
            if row["answerable"]
            else frozenset()
        )
        if golds or not row["answerable"]:
            question = Question(
                f"{name}:{row['qid']}",
                row["question"],
                article,
                golds,
                row["answerable"],
                get_group(row),
                _find_short_answer(row, article, golds),
                next(iter(row["extra"].get("plausible") or []), ""),
            )
            sides[is_held_out(question.group)].append(question)
    return sides


def _find_short_answer(row: dict[str, Any], article: Article, golds: frozenset[int]) -> str:
    """Return the first marked answer if it is short and in the sentences that answer, or ""."""
    if "summary_with_quotes" in row["extra"] or not row["answers"] or not golds:
        return ""
    words = " ".join(str(row["answers"][0]).split())
    texts = (" ".join(article.slice(article.sentences[position]).split()) for position in golds)
    is_short = 0 < len(words.split()) <= MAX_SPAN_WORDS and '"' not in words
    return words if is_short and any(words in text for text in texts) else ""


def _find_quoted_positions(row: dict[str, Any], article: Article) -> set[int]:
    """Return, for QuoteSum, the sentences of any source that have one of the answers."""
    if "summary_with_quotes" not in row["extra"]:
        return set()
    return {
        position
        for position, span in enumerate(article.sentences)
        if any(
            answer.lower() in article.slice(span).lower()
            for answer in row["answers"]
            if len(answer) > 3
        )
    }


def _make_article_lessons(
    questions: Sequence[Question], sentences: dict[str, str], chance: random.Random
) -> Iterator[Lesson]:
    """Show each article whole, with its questions and some questions of other articles."""
    for article, article_questions in _group_by_article(questions, chance):
        ids = {(0, position): position + 1 for position in range(len(article.sentences))}
        for part in _split_by_limit(article_questions):
            yield _make_lesson([article], ids, part, questions, sentences, chance)


def _make_joined_lessons(
    questions: Sequence[Question], sentences: dict[str, str], chance: random.Random
) -> Iterator[Lesson]:
    """Show several paragraphs of a SQuAD article as one text, with half of their questions.

    The text is as long as a news article.
    """
    by_group: dict[str, list[tuple[Article, list[Question]]]] = defaultdict(list)
    for article, article_questions in _group_by_article(questions, chance, shuffle=False):
        by_group[article_questions[0].group].append((article, article_questions))
    for paragraphs in by_group.values():
        start = 0
        while start < len(paragraphs):
            part = paragraphs[start : start + chance.randint(2, 7)]
            start += len(part)
            while len(part) > 1 and sum(len(article.text) for article, _ in part) > MAX_CHARACTERS:
                part = part[:-1]
            articles = [article for article, _ in part]
            ids: dict[tuple[int, int], int] = {}
            for number, article in enumerate(articles):
                for position in range(len(article.sentences)):
                    ids[number, position] = len(ids) + 1
            candidates = [question for _, of_paragraph in part for question in of_paragraph]
            sample = chance.sample(candidates, min(MAX_QUESTIONS, len(candidates) // 2 + 1))
            yield _make_lesson(articles, ids, sample, questions, sentences, chance)


def _make_part_lessons(
    questions: Sequence[Question], sentences: dict[str, str], chance: random.Random
) -> Iterator[Lesson]:
    """Show a part of a long article, with the questions that it answers."""
    for article, article_questions in _group_by_article(questions, chance):
        pending = sorted(article_questions, key=lambda question: min(question.golds, default=0))
        while pending:
            first = max(0, min(pending[0].golds) - chance.randint(0, 12))
            ids: dict[tuple[int, int], int] = {}
            length = 0
            for position in range(first, len(article.sentences)):
                length += len(article.slice(article.sentences[position]))
                if length > MAX_CHARACTERS and position > max(pending[0].golds):
                    break
                ids[0, position] = position + 1
            part = [
                question for question in pending if all((0, gold) in ids for gold in question.golds)
            ][:MAX_QUESTIONS]
            part = part or pending[:1]
            yield _make_lesson([article], ids, part, questions, sentences, chance)
            pending = [question for question in pending if question not in part]


def _make_search_lessons(
    questions: Sequence[Question], sentences: dict[str, str], chance: random.Random
) -> Iterator[Lesson]:
    """Show the best sentences by BM25 for one question, as a long article is shown."""
    articles: dict[str, list[Article]] = defaultdict(list)
    for question in questions:
        if question.article not in articles[question.group]:
            articles[question.group].append(question.article)
    searches = {name: _SearchLessons(texts) for name, texts in articles.items()}
    for question in questions:
        if question.answerable or question.key.startswith("squad2"):
            yield searches[question.group].make(question, sentences, chance)


class _SearchLessons:
    def __init__(self, articles: Sequence[Article]) -> None:
        self._rows = [
            (article, position)
            for article in articles
            for position in range(len(article.sentences))
        ]
        self._keywords = KeywordIndex(
            [article.slice(article.sentences[position]) for article, position in self._rows]
        )

    def make(self, question: Question, sentences: dict[str, str], chance: random.Random) -> Lesson:
        order = [
            int(row) for row in np.argsort(-self._keywords.scores(question.text), kind="stable")
        ]
        right = {
            row
            for row, (article, position) in enumerate(self._rows)
            if article is question.article and position in question.golds
        }
        best = [row for row in order[: MAX_SENTENCES * 2] if row not in right]
        is_removed = chance.random() < REMOVED_SHARE
        rows = (
            best[:MAX_SENTENCES]
            if is_removed or not right
            else [*sorted(right)[:3], *best][:MAX_SENTENCES]
        )
        lines = [(row + 1, self._get_text(row)) for row in sorted(rows)]
        ids = [row + 1 for row in sorted(right.intersection(rows))]
        lesson = Lesson(
            render_prompt(
                "read",
                heading=format_article_header([question.article]),
                sentences=number_sentences(lines),
            )
        )
        lesson.turns.append(_make_turn(question, ids, sentences))
        return lesson

    def _get_text(self, row: int) -> str:
        article, position = self._rows[row]
        return article.slice(article.sentences[position])


def _make_named_lessons(
    questions: Sequence[Question], sentences: dict[str, str], chance: random.Random
) -> Iterator[Lesson]:
    """Show each question only the few sentences that a model would name for it.

    That is how a question is asked again, and what an answer is written from. For a question that
    nothing answers, these are the sentence with the words that look like the answer, or the
    sentences most similar to the question.
    """
    spans: dict[tuple[int, frozenset[int]], list[str]] = defaultdict(list)
    for question in questions:
        spans[id(question.article), question.golds].append(question.span)
    for question in questions:
        is_removed = question.answerable and chance.random() < WRONG_SENTENCES_SHARE
        similar = _find_similar_sentences(question)
        right: set[int]
        if question.answerable and not is_removed:
            right, positions = set(question.golds), set(question.golds)
        else:
            right, best = (
                set(),
                _find_first_sentence(question.plausible, question.article)
                if question.plausible
                else similar[:1],
            )
            positions = {*best, *(similar[: chance.choice((0, 0, 1, 2))])}
        positions |= set(similar[:1]) if chance.random() < EXTRA_SENTENCE_SHARE else set()
        if not positions:
            continue
        checked = [question.span or question.plausible] if not is_removed else []
        wrong = [
            span
            for span in spans[id(question.article), question.golds]
            if span and not _has_common_word(span, question.span)
        ]
        if question.span and wrong and not is_removed and chance.random() < WRONG_SPAN_SHARE:
            checked.append(chance.choice(wrong))
        yield _make_named_lesson(question, sorted(positions), sorted(right), checked, sentences)


def _make_named_lesson(
    question: Question,
    positions: Sequence[int],
    right: Sequence[int],
    spans: Sequence[str],
    sentences: dict[str, str],
) -> Lesson:
    """Return a question on a few sentences, with a check of each span as its answer."""
    article = question.article
    lines = [(position + 1, article.slice(article.sentences[position])) for position in positions]
    lesson = Lesson(
        render_prompt(
            "named",
            heading=format_article_header([article]),
            sentences=number_sentences(lines),
            question=question.text,
        )
    )
    lesson.turns.append(_make_turn(question, [position + 1 for position in right], sentences))
    for span in filter(None, spans):
        ids = [position + 1 for position in right or _find_first_sentence(span, article)]
        reply = f"{FOUND} {format_sentence_ids(ids)} {quote_span(span)}"
        prompt = f"{lesson.turns[0].prompt}{ANSWER_TURN}{reply}{USER_TURN}{SPAN_CHECK}"
        lesson.turns.append(Turn(prompt, "Yes" if span == question.span else "No", True))
    return lesson


def _has_common_word(first: str, second: str) -> bool:
    return bool({*first.lower().split()} & {*second.lower().split()})


def _find_first_sentence(words: str, article: Article) -> list[int]:
    """Return the position of the first sentence that has these words, or an empty list."""
    texts = (" ".join(article.slice(span).split()) for span in article.sentences)
    return [position for position, text in enumerate(texts) if " ".join(words.split()) in text][:1]


def _find_similar_sentences(question: Question) -> list[int]:
    """Return the positions of the three sentences most similar to the question.

    Sentences that answer it are left out.
    """
    article = question.article
    scores = KeywordIndex([article.slice(span) for span in article.sentences]).scores(question.text)
    order = (int(position) for position in np.argsort(-scores, kind="stable"))
    return [
        position
        for position in order
        if position not in question.golds and not _has_answer(question, position)
    ][:3]


def _has_answer(question: Question, position: int) -> bool:
    """Return whether a sentence has the words that are the answer."""
    text = question.article.slice(question.article.sentences[position])
    return bool(question.span) and question.span.lower() in text.lower()


def _make_xquad_lessons(
    data: Path, sentences: dict[str, str], chance: random.Random, held_out: bool
) -> Iterator[Lesson]:
    """Ask a third of each XQuAD page's questions in its language, and some in another."""
    sides = {
        language: split_questions(data, f"xquad_{language}")[held_out]
        for language in ("de", "es", "ar", "en")
    }
    translations = {
        language: {question.key.split(":")[1]: question.text for question in questions}
        for language, questions in sides.items()
    }
    for language, questions in sides.items():
        for article, article_questions in _group_by_article(questions, chance):
            sample = chance.sample(article_questions, max(1, len(article_questions) // 3))
            across = [
                replace(question, text=translations[other_language][question.key.split(":")[1]])
                for question in chance.sample(
                    article_questions, max(1, len(article_questions) // 8)
                )
                if (
                    other_language := chance.choice(
                        [name for name in translations if name != language]
                    )
                )
                and question.key.split(":")[1] in translations[other_language]
            ]
            ids = {(0, position): position + 1 for position in range(len(article.sentences))}
            for part in _split_by_limit(sample):
                yield _make_lesson([article], ids, part, questions, sentences, chance)
            if across:
                yield _make_lesson([article], ids, across, questions, {}, chance)
        sample = chance.sample(questions, min(QUESTIONS_PER_LANGUAGE, len(questions)))
        yield from _make_named_lessons(sample, sentences, chance)


def _make_followup_lessons(data: Path, chance: random.Random) -> Iterator[Lesson]:
    """Use people's rewrites of follow-ups, of conversations that are not held out."""
    system_prompt = render_prompt("rephrase")
    for name, count in (("canard", 220), ("coqar", 90), ("cast", 60)):
        turns = [
            turn
            for turn in read_turns(data / f"followups_{name}.jsonl")
            if not turn.is_held_out and turn.history
        ]
        for chunk in _split_chunks(chance.sample(turns, min(count, len(turns))), 6):
            lesson = Lesson(system_prompt)
            for turn in chunk:
                history = [
                    f"Question: {question}\nAnswer: {answer[:300]}"
                    for question, answer in turn.history[-3:]
                ]
                prompt = "\n".join([*history, f"Follow-up: {turn.question}\nRewritten:"])
                lesson.turns.append(Turn(prompt, turn.rewrite, True))
            yield lesson


def _make_lesson(
    articles: Sequence[Article],
    ids: dict[tuple[int, int], int],
    questions: Sequence[Question],
    all_questions: Sequence[Question],
    sentences: dict[str, str],
    chance: random.Random,
) -> Lesson:
    """Return questions on articles that are shown as one, mixed with questions of other articles.

    Args:
        ids: the number of each sentence, by its article's index and its position there.
        questions: of these articles.
        all_questions: of the set; foreign questions are taken from these.
    """
    lines = [
        (number, articles[index].slice(articles[index].sentences[position]))
        for (index, position), number in sorted(ids.items())
    ]
    lesson = Lesson(
        render_prompt(
            "read", heading=format_article_header(articles[:1]), sentences=number_sentences(lines)
        )
    )
    indices = {id(article): index for index, article in enumerate(articles)}
    for question in questions:
        right = sorted(ids[indices[id(question.article)], gold] for gold in question.golds)
        lesson.turns.append(_make_turn(question, right, sentences))
    foreign = [
        question
        for question in chance.sample(all_questions, min(20, len(all_questions)))
        if question.group != questions[0].group
    ]
    for question in foreign[: sum(chance.random() < FOREIGN_SHARE for _ in questions)]:
        lesson.turns.append(_make_turn(question, [], sentences))
    chance.shuffle(lesson.turns)
    return lesson


def _make_turn(question: Question, ids: Sequence[int], sentences: dict[str, str]) -> Turn:
    prompt = render_prompt("ask", question=question.text, manner="").strip()
    if not ids:
        return Turn(prompt, f"{NOT_FOUND}.", True)
    sentence = sentences.get(question.key, "")
    parts = [
        f"{FOUND} {format_sentence_ids(ids)}",
        quote_span(question.span) if question.span else "",
        sentence,
    ]
    return Turn(prompt, " ".join(filter(None, parts)), bool(sentence), question.span)


def _group_by_article(
    questions: Sequence[Question], chance: random.Random, shuffle: bool = True
) -> Iterator[tuple[Article, list[Question]]]:
    groups: dict[int, tuple[Article, list[Question]]] = {}
    for question in questions:
        groups.setdefault(id(question.article), (question.article, []))[1].append(question)
    for article, article_questions in groups.values():
        if shuffle:
            chance.shuffle(article_questions)
        yield article, article_questions


def _split_by_limit(questions: Sequence[Question]) -> Iterator[list[Question]]:
    yield from _split_chunks(questions, MAX_QUESTIONS)


def _split_chunks(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for first in range(0, len(items), size):
        yield list(items[first : first + size])


if __name__ == "__main__":
    import sys

    for lesson in make_lessons(Path(sys.argv[1]), Path("results/written.jsonl"), held_out=False)[
        :3
    ]:
        print(
            json.dumps(
                {"shown": lesson.system_prompt, "turns": [turn.__dict__ for turn in lesson.turns]},
                indent=1,
                ensure_ascii=False,
            )
        )
