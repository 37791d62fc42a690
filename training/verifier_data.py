"""Build the verifier's training examples from other people's claims, questions and answers.

An example is a statement, perhaps after the question that it answers, its evidence, and what the
evidence says of it. For most true statements the same statement is altered once
(`training.verifier_edits`), with the same evidence, so neither evidence nor question tells which
of the two is true.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.pipeline.verification.verifier import CLASSES, format_evidence
from assistant.text.tokens import content_stems
from training.open_sets import Document, get_group, read_documents, read_rows
from training.splits import is_held_out
from training.verifier_answers import (
    end_question,
    guess_kinds,
    is_listed_with,
    make_statement,
    phrase_answer,
)
from training.verifier_edits import (
    ALTERATIONS,
    TypedSpan,
    change_number,
    classify_span,
    find_spans,
)
from training.verifier_paraphrases import paraphrase

__all__ = [
    "Example",
    "LABELS",
    "make_examples",
    "split_examples",
]

# The classes that a label allows: an altered statement may be contradicted or not stated.
LABELS: dict[str, frozenset[str]] = {
    **{name: frozenset([name]) for name in CLASSES},
    "unsupported": frozenset(["contradicted", "not_stated"]),
}
# Sets of questions, and how many at most are used of each.
QUESTION_SETS = {
    "squad_train": 14_000,
    "squad_sentences": 9_000,
    "shifts_wiki": 8_000,
    "tydiqa_en": 4_200,
    "qed": 1_400,
    "nq_paragraphs": 1_600,
    "nq_swapped": 2_500,
    "selqa": 2_400,
    "boolq": 3_300,
    "timeqa": 1_400,
    "quoref_part": 500,
    "hotpot_part": 200,
    "onestopqa": 1_500,
    "integreat_en": 1_000,
    "tatqa": 800,
    "policyqa": 700,
    "bioasq": 900,
    "shifts_reddit": 1_500,
    "shifts_amazon": 1_000,
    "fairytale": 1_200,
}
CLAIM_SETS = ("fm2", "fever_part", "summedits", "cg2c", "wice_train")
# Texts whose sentences are altered, and how many sentences are taken of each document.
TEXT_SETS = {
    "news_wikinews": 5,
    "news_onestop": 6,
    "news_ntrex_en": 5,
    "news_doj": 3,
    "news_congress": 2,
    "news_digitalgov": 3,
    "news_18f": 4,
    "news_carpentries": 2,
    "texts_gum": 8,
    "squad_train": 2,
    "shifts_wiki": 2,
    "tydiqa_en": 1,
    "selqa": 2,
    "onestopqa": 6,
    "integreat_en": 1,
    "tatqa": 4,
    "boolq": 1,
    "timeqa": 3,
    "fm2": 2,
}
MAX_EVIDENCE_CHARACTERS = 1_000  # about 230 tokens
MIN_SENTENCE_CHARACTERS, MAX_SENTENCE_CHARACTERS = 40, 320
# Shares of examples.
TITLE_SHARE = 0.7
BEFORE_SHARE = 0.5
MORE_QUOTES_SHARE = 0.35  # evidence with one to three other sentences
QUESTION_ALTERED_SHARE = 0.12  # the question is altered, not its answer
NOT_IN_EVIDENCE_SHARE = 0.12  # the evidence is other sentences of the document
COPY_SHARE = 0.15  # statements that are the sentence itself


@dataclass(frozen=True)
class Example:
    """A statement, its evidence, and what the evidence says of it.

    Attributes:
        label: a key of `LABELS`.
        kind: how the statement was made: a kind of alteration, or a kind of true statement.
        source: the name of the set.
        group: documents of one group are trained on together or held out together.
        form: `answer` (a question and a short answer) or `sentence`.
    """

    question: str
    statement: str
    evidence: str
    label: str
    kind: str
    source: str
    group: str
    form: str

    @property
    def is_supported(self) -> bool:
        """Return whether the evidence supports the statement."""
        return self.label == "supported"


def make_examples(folder: Path, seed: int = 0) -> list[Example]:
    """Return the examples of all sets in a folder, shuffled."""
    chance = random.Random(seed)
    examples: list[Example] = []
    for name in CLAIM_SETS:
        examples += make_claim_examples(folder, name, chance)
    for name, count in QUESTION_SETS.items():
        examples += make_question_examples(folder, name, count, chance)
    for name, count in TEXT_SETS.items():
        examples += make_sentence_examples(folder, name, count, chance)
    unique = {
        (example.question, example.statement, example.evidence): example for example in examples
    }
    examples = list(unique.values())
    chance.shuffle(examples)
    return examples


def split_examples(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Return the examples to train on, and those of the documents that are held out.

    A paragraph may be in two sets: held-out evidence that shares a sentence with evidence that is
    trained on is left out.
    """
    trained = [example for example in examples if not is_held_out(example.group)]
    seen = {sentence for example in trained for sentence in _split_evidence(example.evidence)}
    held_out = [
        example
        for example in examples
        if is_held_out(example.group) and not seen & set(_split_evidence(example.evidence))
    ]
    return trained, held_out


def _split_evidence(evidence: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])\s|\s\|\s", evidence)
    return [part for part in parts if len(part) >= MIN_SENTENCE_CHARACTERS]


def make_evidence(
    document: Document, positions: Iterable[int], chance: random.Random, *, more: bool = True
) -> str:
    """Return sentences of a document as evidence, perhaps with others and with context."""
    quoted = set(positions)
    if more and chance.random() < MORE_QUOTES_SHARE:
        near = range(max(0, min(quoted) - 4), min(len(document.sentences), max(quoted) + 5))
        unquoted = [position for position in near if position not in quoted]
        quoted |= set(chance.sample(unquoted, min(len(unquoted), chance.randint(1, 3))))
    first = min(quoted)
    before = document.sentences[first - 1] if first and chance.random() < BEFORE_SHARE else ""
    title = document.title if chance.random() < TITLE_SHARE else ""
    return format_evidence([document.sentences[row] for row in sorted(quoted)], before, title)


# Claims


def make_claim_examples(folder: Path, name: str, chance: random.Random) -> Iterator[Example]:
    """Yield the claims of a set with their evidence; some with that of another claim."""
    labels = {"partly": "not_stated"}
    # A change of these sets' may be contradicted or not stated: they do not tell.
    if name in ("summedits", "cg2c"):
        labels |= {"contradicted": "unsupported", "not_stated": "unsupported"}
    documents = read_documents(folder, name)
    rows = list(read_rows(folder, name, "claims"))
    evidence_by_document: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        evidence_by_document[row["doc_id"]] += row["evidence"]
    for row in rows:
        document, claim = documents[row["doc_id"]], row["claim"]
        evidence = _get_claim_evidence(row, document, chance)
        if not evidence:
            continue
        group = get_group(document.name)
        label = labels.get(row["label"], row["label"])
        kind = "claim" if label == "supported" else f"false claim, {name}"
        yield Example("", claim, evidence, label, kind, name, group, "sentence")
        if label != "supported" or name == "cg2c":
            continue
        altered = alter(claim, document.pool, chance)
        if altered and chance.random() < 0.5:
            kind, text = altered
            yield Example("", text, evidence, _label(kind), kind, name, group, "sentence")
        other_evidence = [
            text for text in evidence_by_document[document.name] if text not in evidence
        ]
        if other_evidence and chance.random() < 0.25:
            quotes = chance.sample(other_evidence, min(len(other_evidence), 2))
            yield Example(
                "", claim, format_evidence(quotes, "", document.title), "not_stated",
                "other evidence", name, group, "sentence",
            )  # fmt: skip


def _get_claim_evidence(row: dict[str, Any], document: Document, chance: random.Random) -> str:
    """Return the evidence of a claim: as people marked it, or the sentences most like the claim."""
    title = document.title if chance.random() < 0.8 else ""
    if spans := sorted(row["evidence_spans"]):
        quotes = [" ".join(document.text[start:end].split()) for start, end in spans]
        return format_evidence(quotes, "", title)
    if len(document.text) <= MAX_EVIDENCE_CHARACTERS:
        return format_evidence([document.text], "", title)
    positions: list[int] = []
    length = 0
    for position in document.rank_sentences(row["claim"]):
        length += len(document.sentences[position])
        if length > MAX_EVIDENCE_CHARACTERS:
            break
        positions.append(position)
    stems = frozenset(content_stems(row["claim"]))
    covered = stems & frozenset().union(*(document.stems[position] for position in positions))
    # A claim about the whole text is not supported by a few of its sentences.
    if row["label"] == "supported" and len(covered) < 0.6 * len(stems):
        return ""
    return format_evidence([document.sentences[row] for row in sorted(positions)], "", title)


# Sentences

_RARE_KINDS = ("cause", "comparison", "quantifier", "swapped numbers", "tense")


def alter(
    statement: str, pool: Sequence[TypedSpan], chance: random.Random
) -> tuple[str, str] | None:
    """Return the kind of an alteration and the altered statement; None if nothing applies.

    Kinds that few statements allow are tried first in half of the cases.
    """
    kinds = chance.sample(sorted(ALTERATIONS), len(ALTERATIONS))
    if chance.random() < 0.5:
        kinds.sort(key=lambda kind: kind not in _RARE_KINDS)
    for kind in kinds:
        altered = ALTERATIONS[kind].apply(statement, pool, chance)
        if altered and " ".join(altered.lower().split()) != " ".join(statement.lower().split()):
            return kind, altered
    return None


def _label(kind: str) -> str:
    return ALTERATIONS[kind].label


def make_sentence_examples(
    folder: Path, name: str, count: int, chance: random.Random
) -> Iterator[Example]:
    """Yield sentences of a set's documents, as they are or rephrased, and altered."""
    for document in read_documents(folder, name).values():
        positions = [row for row in range(len(document.sentences)) if is_statement(document, row)]
        for position in chance.sample(positions, min(count, len(positions))):
            yield from _make_pair(document, position, chance)


def is_statement(document: Document, position: int) -> bool:
    """Return whether a sentence is prose of a usual length that can be altered."""
    sentence = document.sentences[position]
    return (
        MIN_SENTENCE_CHARACTERS <= len(sentence) <= MAX_SENTENCE_CHARACTERS
        and sentence[-1] in '.!”"'
        and sentence[0].isupper()
        and "|" not in sentence
    )


def _make_pair(document: Document, position: int, chance: random.Random) -> Iterator[Example]:
    sentence = document.sentences[position]
    group = get_group(document.name)
    common = (document.source, group, "sentence")

    def make_statement() -> str:
        return sentence if chance.random() < COPY_SHARE else paraphrase(sentence, chance)

    evidence = make_evidence(document, [position], chance)
    statement = make_statement()
    kind = "copy" if statement == sentence else "paraphrase"
    yield Example("", statement, evidence, "supported", kind, *common)
    if chance.random() < NOT_IN_EVIDENCE_SHARE:
        alternatives = [row for row in document.rank_sentences(sentence) if row != position][:3]
        if alternatives:
            unrelated = make_evidence(
                document, alternatives[: chance.randint(1, 3)], chance, more=False
            )
            if sentence not in unrelated:
                yield Example("", statement, unrelated, "not_stated", "other evidence", *common)
            return
    if altered := alter(make_statement(), document.pool, chance):
        kind, text = altered
        yield Example("", text, evidence, _label(kind), kind, *common)


# Questions and answers


def make_question_examples(
    folder: Path, name: str, count: int, chance: random.Random
) -> Iterator[Example]:
    """Yield questions with the right answer, and with a wrong one."""
    documents = read_documents(folder, name)
    rows = list(read_rows(folder, name, "questions"))
    for row in rows:
        if row["answerable"]:
            documents[row["doc_id"]].answers += row["answers"]
    for row in chance.sample(rows, min(count, len(rows))):
        document = documents[row["doc_id"]]
        if row["answers"] and row["answers"][0] in ("yes", "no"):
            yield from _make_yes_no_examples(row, document, chance)
        elif row["answerable"]:
            yield from _make_answer_examples(row, document, chance)
        else:
            yield from _make_unanswerable_examples(row, document, chance)


def _make_yes_no_examples(
    row: dict[str, Any], document: Document, chance: random.Random
) -> Iterator[Example]:
    quotes = row["extra"].get("evidence") or [document.text]
    if sum(map(len, quotes)) > MAX_EVIDENCE_CHARACTERS:
        return
    evidence = format_evidence(quotes, "", document.title)
    right, wrong = ("Yes.", "No.") if row["answers"][0] == "yes" else ("No.", "Yes.")
    common = (document.source, get_group(document.name), "answer")
    yield Example(row["question"], right, evidence, "supported", "yes or no", *common)
    yield Example(row["question"], wrong, evidence, "contradicted", "yes or no", *common)


def _make_answer_examples(
    row: dict[str, Any], document: Document, chance: random.Random
) -> Iterator[Example]:
    positions = find_answer_positions(row, document)
    if not positions or len(positions) > 5:
        return
    question, answer = end_question(row["question"]), " ".join(row["answers"][0].split())
    evidence = make_evidence(document, positions, chance)
    group = get_group(document.name)
    if len(answer.split()) > 9 or row["extra"].get("kind") == "sentence":
        yield from _make_full_answers(question, answer, document, positions, evidence, chance)
        return
    wrong = replace_answer(row, document, chance)
    full = chance.random() < 0.4
    for text, kind in ((answer, "answer"), wrong):
        if not text:
            continue
        statement = make_statement(question, text) if full else None
        form = "sentence" if statement else "answer"
        shown_question = "" if statement and chance.random() < 0.5 else question
        label = "supported" if kind == "answer" else _ANSWER_LABELS[kind]
        yield Example(
            shown_question,
            statement or phrase_answer(question, text, chance),
            evidence,
            label,
            kind,
            document.source,
            group,
            form,
        )
    yield from _make_question_variants(row, question, answer, document, evidence, chance)


_ANSWER_LABELS = {
    "other number": "contradicted",
    "other name": "unsupported",
    "other phrase": "unsupported",
}


def _make_full_answers(
    question: str,
    answer: str,
    document: Document,
    positions: Sequence[int],
    evidence: str,
    chance: random.Random,
) -> Iterator[Example]:
    """Yield the sentence that answers, after its question, and the same altered."""
    sentence = answer
    if len(positions) == 1 and chance.random() < 0.5:
        sentence = document.sentences[positions[0]]
    statement = sentence if chance.random() < COPY_SHARE else paraphrase(sentence, chance)
    shown_question = question if chance.random() < 0.8 else ""
    common = (document.source, get_group(document.name), "sentence")
    kind = "copy" if statement == sentence else "paraphrase"
    yield Example(shown_question, statement, evidence, "supported", kind, *common)
    if altered := alter(paraphrase(sentence, chance), document.pool, chance):
        kind, text = altered
        yield Example(shown_question, text, evidence, _label(kind), kind, *common)


def _make_question_variants(
    row: dict[str, Any],
    question: str,
    answer: str,
    document: Document,
    evidence: str,
    chance: random.Random,
) -> Iterator[Example]:
    """Yield the right answer to an altered question, without its evidence, or corrected later."""
    common = (document.source, get_group(document.name), "answer")
    statement = phrase_answer(question, answer, chance)
    draw = chance.random()
    if draw < QUESTION_ALTERED_SHARE:
        pool = [span for span in document.pool if span.text not in row["answers"]]
        altered = alter(question, pool, chance)
        if altered and altered[0] not in ("added detail", "quantifier", "tense"):
            yield Example(
                altered[1], statement, evidence, "unsupported", "altered question", *common
            )
    elif draw < QUESTION_ALTERED_SHARE + NOT_IN_EVIDENCE_SHARE:
        alternatives = [
            position
            for position in document.rank_sentences(question)
            if not any(
                accepted.lower() in document.sentences[position].lower()
                for accepted in row["answers"]
            )
        ][:3]
        if alternatives:
            unrelated = make_evidence(
                document, alternatives[: chance.randint(1, 3)], chance, more=False
            )
            yield Example(question, statement, unrelated, "not_stated", "other evidence", *common)
    elif classify_span(answer) == "number" and draw < 0.7:
        yield from _make_corrected(question, answer, evidence, common, chance)


_CORRECTIONS = (
    "The number was later corrected to {}.",
    "It was later revised to {}.",
    "Later the figure was put at {}.",
    "Officials have since corrected this to {}.",
    "An earlier version gave a wrong number; the right one is {}.",
    "By the end, the number had changed to {}.",
)


def _make_corrected(
    question: str,
    answer: str,
    evidence: str,
    common: tuple[str, str, str],
    chance: random.Random,
) -> Iterator[Example]:
    """Yield a number that the evidence corrects: the old one is contradicted."""
    new = change_number(answer, chance)
    if new is None or new == answer:
        return
    quotes, mark, context = evidence.partition(" | ")
    corrected = f"{quotes} {chance.choice(_CORRECTIONS).format(new)}{mark}{context}"
    for text, label in ((answer, "contradicted"), (new, "supported")):
        statement = phrase_answer(question, text, chance)
        yield Example(question, statement, corrected, label, "corrected later", *common)


def _make_unanswerable_examples(
    row: dict[str, Any], document: Document, chance: random.Random
) -> Iterator[Example]:
    """Yield a plausible span as the answer to a question that the document does not answer."""
    question = end_question(row["question"])
    ranked = document.rank_sentences(question)[:2]
    wanted = guess_kinds(question)
    options = [
        (position, span.text)
        for position in ranked
        for span in find_spans(document.sentences[position])
        if span.kind in wanted and span.text.lower() not in question.lower()
    ]
    options += [
        (position, answer)
        for position in ranked
        for answer in document.answers
        if answer in document.sentences[position]
        and classify_span(answer) in wanted
        and len(answer.split()) < 9
    ]
    if not options:
        return
    position, answer = chance.choice(options)
    evidence = make_evidence(document, [position], chance)
    statement = (chance.random() < 0.3 and make_statement(question, answer)) or None
    yield Example(
        "" if statement and chance.random() < 0.5 else question,
        statement or phrase_answer(question, answer, chance),
        evidence,
        "not_stated",
        "unanswerable question",
        document.source,
        get_group(document.name),
        "sentence" if statement else "answer",
    )


def find_answer_positions(row: dict[str, Any], document: Document) -> list[int]:
    """Return the positions of the sentences that answer a question."""
    positions: set[int] = set()
    for start, end in row["extra"].get("evidence_spans") or []:
        positions.update(document.find_positions(start, end))
    starts = row["extra"].get("starts") or []
    if len(starts) > 1:  # the answer stands there several times: which one answers is not known
        return []
    if not positions and row["answer_start"] is not None:
        start = row["answer_start"]
        positions.update(document.find_positions(start, start + len(row["answers"][0])))
    return sorted(positions)


def replace_answer(
    row: dict[str, Any], document: Document, chance: random.Random
) -> tuple[str | None, str]:
    """Return a wrong answer and its kind: another span of the same kind, or another number."""
    answer = " ".join(row["answers"][0].split())
    kind = classify_span(answer)
    numeric = kind not in ("name", "phrase")
    label = "other number" if numeric else f"other {kind}"
    if (
        numeric
        and chance.random() < 0.4
        and (changed := change_number(answer, chance))
        and not any(changed in accepted for accepted in row["answers"])
    ):
        return changed, label
    golds = {word for accepted in row["answers"] for word in accepted.lower().split()}
    lowered_question = row["question"].lower()
    sentences = [document.sentences[position] for position in find_answer_positions(row, document)]
    near = " ".join(sentences)
    options = [
        *((span.text, span.kind) for span in find_spans(near)),
        *((span.text, span.kind) for span in document.pool),
        *((candidate, classify_span(candidate)) for candidate in document.answers),
    ]
    replacements = [
        candidate
        for candidate, candidate_kind in options
        if candidate_kind == kind
        and len(candidate.split()) <= 9
        and candidate.lower() not in lowered_question
        and not (set(candidate.lower().split()) - {"the", "of", "a", "and", "in"}) & golds
        and not is_listed_with(answer, candidate, near)
    ]
    # Half from the sentence itself, where there is one: the hardest to tell.
    inside = [candidate for candidate in replacements if candidate in near]
    if inside and chance.random() < 0.6:
        replacements = inside
    if replacements:
        return chance.choice(replacements), label
    return (change_number(answer, chance), label) if numeric else (None, label)
