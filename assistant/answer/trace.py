"""Define the trace of an answer: what each stage returned, in the order of the stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

__all__ = [
    "ComputationTrace",
    "DraftTrace",
    "FindingTrace",
    "PassageTrace",
    "QuestionTrace",
    "SentenceTrace",
    "Trace",
]

MAX_PRINTED = 5  # passages, and sentences that were not selected
MAX_PRINTED_CHARACTERS = 160


@dataclass(frozen=True)
class QuestionTrace:
    """The question as it was parsed.

    Attributes:
        question: the question of the user.
        standalone: the question as it was searched, which needs no history.
        intent: its intent, such as "fact" or "yes-no"; "compound" for several questions in one.
        answer_type: what an answer must contain: "number", "time", "person", "reason",
            "explanation" or "any".
    """

    question: str
    standalone: str
    intent: str
    answer_type: str = "any"


@dataclass(frozen=True)
class PassageTrace:
    """A retrieved passage, with its span in the article and its scores.

    Attributes:
        article_id: the ID of its article.
        start: its first character.
        end: the character after its last one.
        score: the fused score.
        similarity: the cosine similarity to the question; 0 if it is not among the nearest.
        keyword_score: the score of BM25.
    """

    article_id: str
    start: int
    end: int
    score: float
    similarity: float
    keyword_score: float


@dataclass(frozen=True)
class SentenceTrace:
    """A sentence that may answer the question.

    Attributes:
        article_id: the ID of its article.
        start: its first character.
        end: the character after its last one.
        text: the sentence.
        probability: the reader's probability that it answers; None if the reader did not judge it.
        selected: whether it was selected as evidence.
    """

    article_id: str
    start: int
    end: int
    text: str
    probability: float | None
    selected: bool


@dataclass(frozen=True)
class ComputationTrace:
    """A computed answer.

    Attributes:
        text: the result; empty if the quotes are the answer.
        calculation: the calculation as displayed; may be empty.
    """

    text: str
    calculation: str


@dataclass(frozen=True)
class FindingTrace:
    """What a check has against a draft.

    Attributes:
        code: the name of the check. The codes are stable.
        words: the words of the draft that it is about; may be empty.
    """

    code: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftTrace:
    """A generated text, the findings of its checks and the action that followed.

    Attributes:
        text: the text; empty if the model was stopped before its end.
        span: the words of the article with which the model opened; may be empty.
        findings: in the order of the checks. The first one decides.
        action: "accept", or what was done about the findings, such as "write-again", "use-span",
            "quotes-only" or "abstain". The values are stable.
        supported: the verifier's probability that the quotes support it; None if the verifier did
            not judge it.
    """

    text: str
    span: str = ""
    findings: tuple[FindingTrace, ...] = ()
    action: str = "accept"
    supported: float | None = None


@dataclass(frozen=True)
class Trace:
    """What each stage returned on the way to an answer, in the order of the stages.

    Attributes:
        question: the question as it was parsed.
        passages: what search found, best first.
        sentences: the candidates by the reader, best first.
        no_answer_probability: the reader's probability that no candidate answers; None if the
            reader was not asked.
        computed: the computed answer, if the program computed one.
        model_probability: the language model's probability that the article answers; None if it
            gave none.
        model_recheck: the same for the sentences that it selected, alone.
        confidence: the confidence of the answer.
        drafts: what the model wrote, in order.
        seconds: wall time by stage, and "total".
        parts: the traces of the sub-questions of a compound question.
    """

    question: QuestionTrace
    passages: tuple[PassageTrace, ...] = ()
    sentences: tuple[SentenceTrace, ...] = ()
    no_answer_probability: float | None = None
    computed: ComputationTrace | None = None
    model_probability: float | None = None
    model_recheck: float | None = None
    confidence: float | None = None
    drafts: tuple[DraftTrace, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[Trace, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, ready for JSON."""
        plain = asdict(replace(self, seconds=dict(self.seconds), parts=()))
        return plain | {"parts": [part.to_dict() for part in self.parts]}

    def to_text(self) -> str:
        """Return the trace as lines of plain text, for a terminal.

        Of the passages and of the sentences that were not selected, only the best are shown.
        """
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"question: {self.question.question}"
        if self.question.standalone != self.question.question:
            yield f"standalone question: {self.question.standalone}"
        yield f"intent: {self.question.intent}"
        yield f"answer type: {self.question.answer_type}"
        yield from self._retrieval_lines()
        if self.computed:
            calculation = f" ({self.computed.calculation})" if self.computed.calculation else ""
            yield f"computed: {self.computed.text or 'the quotes'}{calculation}"
        for name, probability in (
            ("no answer, by the reader", self.no_answer_probability),
            ("stated, by the model", self.model_probability),
            ("stated by the selection, by the model", self.model_recheck),
            ("confidence", self.confidence),
        ):
            if probability is not None:
                yield f"{name}: {probability:.2f}"
        for draft in self.drafts:
            span = f" [span “{draft.span}”]" if draft.span else ""
            yield f"draft: {_shorten(draft.text) or '–'}{span}"
            if draft.supported is not None:
                yield f"  supported, by the verifier: {draft.supported:.2f}"
            for finding in draft.findings:
                words = f" ({', '.join(finding.words)})" if finding.words else ""
                yield f"  finding: {finding.code}{words}"
            yield f"  action: {draft.action}"
        times = (f"{stage} {seconds:.2f}" for stage, seconds in self.seconds.items())
        yield f"seconds: {', '.join(times)}"
        for number, part in enumerate(self.parts, 1):
            yield f"part {number}"
            yield from (f"  {line}" for line in part._lines())

    def _retrieval_lines(self) -> Iterator[str]:
        if self.passages:
            yield f"passages: {len(self.passages)}"
        for passage in self.passages[:MAX_PRINTED]:
            yield (
                f"  score {passage.score:.4f}, similarity {passage.similarity:.2f}, "
                f"keywords {passage.keyword_score:.1f}, "
                f"{passage.article_id} {passage.start}–{passage.end}"
            )
        if self.sentences:
            yield f"sentences: {len(self.sentences)}"
        best = [sentence for sentence in self.sentences if not sentence.selected][:MAX_PRINTED]
        for sentence in self.sentences:
            if sentence.selected or sentence in best:
                value = "–" if sentence.probability is None else f"{sentence.probability:.2f}"
                mark = "selected" if sentence.selected else "not selected"
                yield f"  {value} {mark}: {_shorten(sentence.text)}"


def _shorten(text: str) -> str:
    """Return a text on one line, cut after `MAX_PRINTED_CHARACTERS`."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_PRINTED_CHARACTERS else f"{line[:MAX_PRINTED_CHARACTERS]}…"
