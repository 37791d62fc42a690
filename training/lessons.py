"""What the adapter is taught: an article's beginning, and many questions on it, each with what is to be said.

The questions on one article share its tokens: they follow it side by side, none seeing another (`training.adapter`). What is
said is `Found [3][4]. "3 million" The bridge cost …`, `Not stated.` or, of a follow-up, the question that stands alone; and asked
of words that were quoted so, `Yes` or `No`: that is not asked at run time (docs/adapter.md), and was taught to what is shipped.
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

from assistant.evidence import heading, numbered
from assistant.prompts import prompt
from assistant.span import in_quotes
from assistant.writing import FOUND, NOT_FOUND, pointing
from index.article import Article
from index.keywords import Keywords

from .examples import golds, group, rows
from .splits import held_out

__all__ = ["Lesson", "Question", "Turn", "lessons", "seen_and_kept"]

LONGEST = 5_000  # characters of the sentences of one lesson: 1,200 tokens or so
SHOWN = 8  # sentences, where an article is too long to be shown whole; as many as search gives
FOREIGN = 0.2  # questions of other articles, for each own one
MOST = 14  # questions of one lesson
# Of the questions on a long article: the sentences that answer are taken away; they are not among the best by BM25.
AWAY = 0.25
DOUBT = "Are these words what the question asks for?"
# Between what is asked and what was said, in the model's chat format.
TURNED, TURNED_BACK = "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>\n<|im_start|>user\n"
LONGEST_SPAN = 15  # words that are quoted before the sentence; a longer answer is quoted by its sentences alone
ALONE = 40  # questions in each language that are asked of a few sentences alone
# Of the questions that are asked of a few sentences alone: those asked of other sentences than answer them; those that have one more.
OTHERS, BESIDE = 0.2, 0.25
WRONG = 0.3  # of the answers, that are asked about again with the answer to another question on their sentence


@dataclass(frozen=True)
class Turn:
    asked: str
    said: str  # all of it, or as far as it is known
    ends: bool  # whether what is said is complete
    span: str = ""  # the words that are quoted at the beginning of what is said after the numbers


@dataclass
class Lesson:
    shown: str
    turns: list[Turn] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    key: str
    text: str
    article: Article
    golds: frozenset[int]
    answerable: bool
    group: str
    span: str = ""  # the words of the article that are the answer, where those are few
    plausible: str = ""  # words of the article that look like the answer where there is none


def lessons(data: Path, written: Path, *, kept: bool, seed: int = 0) -> list[Lesson]:
    """One pass: everything once, in an order and in parts that the seed decides.

    Args:
        written: sentences for some of the questions, by `training.written`.
        kept: of the articles that are held out of training, instead of the others.
    """
    chance = random.Random(seed)
    said = {row["key"]: row["text"] for row in rows(written) if row["holds"]} if written.exists() else {}
    sets = {name: seen_and_kept(data, name)[kept] for name in ("squad2", "clapnq", "quotesum", "covidqa_long")}
    found: list[Lesson] = []
    for name in ("squad2", "clapnq", "quotesum"):
        found += _by_article(sets[name], said, chance)
    found += _joined(sets["squad2"], said, chance)
    for asked in sets.values():
        found += _named_alone(asked, said, chance)
    found += _parts(sets["covidqa_long"], said, chance)
    found += _searched([*sets["covidqa_long"], *chance.sample(sets["squad2"], min(120, len(sets["squad2"])))], said, chance)
    found += _languages(data, said, chance, kept)
    if not kept:
        found += _follow_ups(data, chance)
    chance.shuffle(found)
    return found


def seen_and_kept(data: Path, name: str) -> tuple[list[Question], list[Question]]:
    """Questions of a set: those that are trained on, and those that are held out."""
    language = name.removeprefix("xquad_") if name.startswith("xquad_") else "en"
    articles = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "", language=language)
        for row in rows(data / f"{name}.docs.jsonl")
    }
    sides: tuple[list[Question], list[Question]] = [], []
    for row in rows(data / f"{name}.questions.jsonl"):
        article = articles[row["doc_id"]]
        answering = frozenset(_quoted(row, article) or golds(row, article)) if row["answerable"] else frozenset()
        if answering or not row["answerable"]:
            key = f"{name}:{row['qid']}"
            span = _span(row, article, answering)
            plausible = next(iter(row["extra"].get("plausible") or []), "")
            question = Question(key, row["question"], article, answering, row["answerable"], group(row), span, plausible)
            sides[held_out(question.group)].append(question)
    return sides


def _span(row: dict[str, Any], article: Article, answering: frozenset[int]) -> str:
    """The first of the marked answers, if it is short and in the sentences that answer."""
    if "summary_with_quotes" in row["extra"] or not row["answers"] or not answering:
        return ""
    words = " ".join(str(row["answers"][0]).split())
    texts = (" ".join(article.slice(article.sentences[position]).split()) for position in answering)
    short = 0 < len(words.split()) <= LONGEST_SPAN and '"' not in words
    return words if short and any(words in text for text in texts) else ""


def _quoted(row: dict[str, Any], article: Article) -> set[int]:
    """QuoteSum: the sentences that have one of the answers in them, in any source."""
    if "summary_with_quotes" not in row["extra"]:
        return set()
    return {
        position
        for position, span in enumerate(article.sentences)
        if any(answer.lower() in article.slice(span).lower() for answer in row["answers"] if len(answer) > 3)
    }


def _by_article(asked: Sequence[Question], said: dict[str, str], chance: random.Random) -> Iterator[Lesson]:
    """Each article whole, with its questions and some of others'."""
    for article, own in _grouped(asked, chance):
        everything = list(range(len(article.sentences)))
        for part in _split(own):
            yield _lesson([article], {(0, place): place + 1 for place in everything}, part, asked, said, chance)


def _joined(asked: Sequence[Question], said: dict[str, str], chance: random.Random) -> Iterator[Lesson]:
    """Several paragraphs of one of SQuAD's articles as one text, as long as a news article; half of their questions."""
    by_group: dict[str, list[tuple[Article, list[Question]]]] = defaultdict(list)
    for article, own in _grouped(asked, chance, shuffle=False):
        by_group[own[0].group].append((article, own))
    for parts in by_group.values():
        place = 0
        while place < len(parts):
            taken = parts[place : place + chance.randint(2, 7)]
            place += len(taken)
            while len(taken) > 1 and sum(len(article.text) for article, _ in taken) > LONGEST:
                taken = taken[:-1]
            articles = [article for article, _ in taken]
            ids: dict[tuple[int, int], int] = {}
            for number, article in enumerate(articles):
                for position in range(len(article.sentences)):
                    ids[number, position] = len(ids) + 1
            own = [question for _, questions in taken for question in questions]
            own = chance.sample(own, min(MOST, len(own) // 2 + 1))
            yield _lesson(articles, ids, own, asked, said, chance)


def _parts(asked: Sequence[Question], said: dict[str, str], chance: random.Random) -> Iterator[Lesson]:
    """A part of a long article, with the questions that it answers."""
    for article, own in _grouped(asked, chance):
        left = sorted(own, key=lambda question: min(question.golds, default=0))
        while left:
            first = max(0, min(left[0].golds) - chance.randint(0, 12))
            ids: dict[tuple[int, int], int] = {}
            length = 0
            for position in range(first, len(article.sentences)):
                length += len(article.slice(article.sentences[position]))
                if length > LONGEST and position > max(left[0].golds):
                    break
                ids[0, position] = position + 1
            here = [question for question in left if all((0, gold) in ids for gold in question.golds)][:MOST]
            here = here or left[:1]
            yield _lesson([article], ids, here, asked, said, chance)
            left = [question for question in left if question not in here]


def _searched(asked: Sequence[Question], said: dict[str, str], chance: random.Random) -> Iterator[Lesson]:
    """The best sentences by BM25 for one question: how a long article is shown."""
    texts: dict[str, list[Article]] = defaultdict(list)
    for question in asked:
        if question.article not in texts[question.group]:
            texts[question.group].append(question.article)
    found = {name: _Search(articles) for name, articles in texts.items()}
    for question in asked:
        if question.answerable or question.key.startswith("squad2"):
            yield found[question.group].lesson(question, said, chance)


class _Search:
    def __init__(self, articles: Sequence[Article]) -> None:
        self._rows = [(article, position) for article in articles for position in range(len(article.sentences))]
        self._keywords = Keywords([article.slice(article.sentences[position]) for article, position in self._rows])

    def lesson(self, question: Question, said: dict[str, str], chance: random.Random) -> Lesson:
        order = [int(row) for row in np.argsort(-self._keywords.scores(question.text), kind="stable")]
        right = {row for row, one in enumerate(self._rows) if one[0] is question.article and one[1] in question.golds}
        best = [row for row in order[: SHOWN * 2] if row not in right]
        away = chance.random() < AWAY
        shown = best[:SHOWN] if away or not right else [*sorted(right)[:3], *best][:SHOWN]
        lines = [(row + 1, self._text(row)) for row in sorted(shown)]
        ids = [row + 1 for row in sorted(right.intersection(shown))]
        lesson = Lesson(prompt("read", heading=heading([question.article]), sentences=numbered(lines)))
        lesson.turns.append(_turn(question, ids, said))
        return lesson

    def _text(self, row: int) -> str:
        article, position = self._rows[row]
        return article.slice(article.sentences[position])


def _named_alone(asked: Sequence[Question], said: dict[str, str], chance: random.Random) -> Iterator[Lesson]:
    """Each question on the few sentences alone that a model would name: how it is asked again, and what it writes from.

    Where nothing answers, these are the sentence with the words that look like the answer, or those most like the question.
    """
    spans: dict[tuple[int, frozenset[int]], list[str]] = defaultdict(list)
    for question in asked:
        spans[id(question.article), question.golds].append(question.span)
    for question in asked:
        away = question.answerable and chance.random() < OTHERS
        likest = _likest(question)
        if question.answerable and not away:
            right, shown = set(question.golds), set(question.golds)
        else:
            right, best = set(), _having(question.plausible, question.article) if question.plausible else likest[:1]
            shown = {*best, *(likest[: chance.choice((0, 0, 1, 2))])}
        shown |= set(likest[:1]) if chance.random() < BESIDE else set()
        if not shown:
            continue
        words = [question.span or question.plausible] if not away else []
        others = [one for one in spans[id(question.article), question.golds] if one and not _alike(one, question.span)]
        if question.span and others and not away and chance.random() < WRONG:
            words.append(chance.choice(others))
        yield _few(question, sorted(shown), sorted(right), words, said)


def _few(question: Question, shown: Sequence[int], right: Sequence[int], words: Sequence[str], said: dict[str, str]) -> Lesson:
    """A question on a few sentences, and whether words of them are what it asks for."""
    lines = [(place + 1, question.article.slice(question.article.sentences[place])) for place in shown]
    told = {"heading": heading([question.article]), "sentences": numbered(lines), "question": question.text}
    lesson = Lesson(prompt("named", **told))
    lesson.turns.append(_turn(question, [place + 1 for place in right], said))
    for span in filter(None, words):
        named = [place + 1 for place in right or _having(span, question.article)]
        begun = f"{lesson.turns[0].asked}{TURNED}{FOUND} {pointing(named)} {in_quotes(span)}{TURNED_BACK}{DOUBT}"
        lesson.turns.append(Turn(begun, "Yes" if span == question.span else "No", True))
    return lesson


def _alike(words: str, others: str) -> bool:
    return bool({*words.lower().split()} & {*others.lower().split()})


def _having(words: str, article: Article) -> list[int]:
    """The position of the first sentence that has these words, if one has."""
    texts = (" ".join(article.slice(span).split()) for span in article.sentences)
    return [position for position, text in enumerate(texts) if " ".join(words.split()) in text][:1]


def _likest(question: Question) -> list[int]:
    """The positions of the sentences of its article that are most like a question, but for those that answer."""
    article = question.article
    scores = Keywords([article.slice(span) for span in article.sentences]).scores(question.text)
    order = (int(position) for position in np.argsort(-scores, kind="stable"))
    return [position for position in order if position not in question.golds and not _holds(question, position)][:3]


def _holds(question: Question, position: int) -> bool:
    """Whether a sentence has the words that are the answer."""
    text = question.article.slice(question.article.sentences[position])
    return bool(question.span) and question.span.lower() in text.lower()


def _languages(data: Path, said: dict[str, str], chance: random.Random, kept: bool) -> Iterator[Lesson]:
    """XQuAD: a third of each page's questions, in the page's language, and some in another."""
    sides = {language: seen_and_kept(data, f"xquad_{language}")[kept] for language in ("de", "es", "ar", "en")}
    twins = {language: {one.key.split(":")[1]: one.text for one in asked} for language, asked in sides.items()}
    for language, asked in sides.items():
        for article, own in _grouped(asked, chance):
            some = chance.sample(own, max(1, len(own) // 3))
            across = [
                replace(one, text=twins[other][one.key.split(":")[1]])
                for one in chance.sample(own, max(1, len(own) // 8))
                if (other := chance.choice([name for name in twins if name != language]))
                and one.key.split(":")[1] in twins[other]
            ]
            ids = {(0, place): place + 1 for place in range(len(article.sentences))}
            for part in _split(some):
                yield _lesson([article], ids, part, asked, said, chance)
            if across:
                yield _lesson([article], ids, across, asked, {}, chance)
        yield from _named_alone(chance.sample(asked, min(ALONE, len(asked))), said, chance)


def _follow_ups(data: Path, chance: random.Random) -> Iterator[Lesson]:
    """People's rewrites of follow-ups, of the half of the conversations that is not measured."""
    from tests.quality.followups import read  # the one reader of these sets

    shown = prompt("rephrase")
    for name, count in (("canard", 220), ("coqar", 90), ("cast", 60)):
        turns = [turn for turn in read(data / f"followups_{name}.jsonl") if not turn.held_out and turn.history]
        for some in _chunks(chance.sample(turns, min(count, len(turns))), 6):
            lesson = Lesson(shown)
            for turn in some:
                told = [f"Question: {asked}\nAnswer: {answer[:300]}" for asked, answer in turn.history[-3:]]
                asked = "\n".join([*told, f"Follow-up: {turn.question}\nRewritten:"])
                lesson.turns.append(Turn(asked, turn.rewrite, True))
            yield lesson


def _lesson(
    articles: Sequence[Article],
    ids: dict[tuple[int, int], int],
    own: Sequence[Question],
    others: Sequence[Question],
    said: dict[str, str],
    chance: random.Random,
) -> Lesson:
    """Questions on sentences of articles that are shown as one, by their ids, and questions of other articles between them."""
    lines = [
        (number, articles[which].slice(articles[which].sentences[place])) for (which, place), number in sorted(ids.items())
    ]
    lesson = Lesson(prompt("read", heading=heading(articles[:1]), sentences=numbered(lines)))
    numbers = {id(article): number for number, article in enumerate(articles)}
    for question in own:
        right = sorted(ids[numbers[id(question.article)], gold] for gold in question.golds)
        lesson.turns.append(_turn(question, right, said))
    away = [question for question in chance.sample(others, min(20, len(others))) if question.group != own[0].group]
    for question in away[: sum(chance.random() < FOREIGN for _ in own)]:
        lesson.turns.append(_turn(question, [], said))
    chance.shuffle(lesson.turns)
    return lesson


def _turn(question: Question, ids: Sequence[int], said: dict[str, str]) -> Turn:
    asked = prompt("ask", question=question.text, manner="").strip()
    if not ids:
        return Turn(asked, f"{NOT_FOUND}.", True)
    told = said.get(question.key, "")
    words = [f"{FOUND} {pointing(ids)}", in_quotes(question.span) if question.span else "", told]
    return Turn(asked, " ".join(filter(None, words)), bool(told), question.span)


def _grouped(
    asked: Sequence[Question], chance: random.Random, shuffle: bool = True
) -> Iterator[tuple[Article, list[Question]]]:
    found: dict[int, tuple[Article, list[Question]]] = {}
    for question in asked:
        found.setdefault(id(question.article), (question.article, []))[1].append(question)
    for article, own in found.values():
        if shuffle:
            chance.shuffle(own)
        yield article, own


def _split(own: Sequence[Question]) -> Iterator[list[Question]]:
    yield from _chunks(own, MOST)


def _chunks(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for first in range(0, len(items), size):
        yield list(items[first : first + size])


if __name__ == "__main__":
    import sys

    for one in lessons(Path(sys.argv[1]), Path("results/written.jsonl"), kept=False)[:3]:
        print(json.dumps({"shown": one.shown, "turns": [turn.__dict__ for turn in one.turns]}, indent=1, ensure_ascii=False))
