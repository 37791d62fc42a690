"""A follow-up becomes a question that stands alone; one that stands alone is left as it is."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from .answer import Answer
from .checking import Evidence, unsupported
from .prompts import prompt

__all__ = ["History", "leans", "stand_alone"]

# Earlier questions with their answers (an Answer or its text), oldest first.
History = Sequence[tuple[str, "Answer | str"]]

log = logging.getLogger(__name__)

LONGEST = 300  # characters of a rewritten question
_LEANING = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|theirs?|this|that|these|those|there|then|one|ones|same|other|others|"
    r"former|latter|else|so)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\s*(?:and|or|but|so|also|what about|how about|why|how come|really|are you sure)\b[^?]{0,40}\??\s*$|^\s*and\b", re.I
)
_MARKER = re.compile(r"\s*\[\d{1,3}\]")


def leans(question: str) -> bool:
    """Whether a question seems to need what was said before it."""
    return bool(_LEANING.search(question) or _OPENING.search(question) or len(question.split()) <= 3)


def stand_alone(question: str, history: History, model: BaseChatModel | None) -> str:
    """The question as it can be searched for. Without a model, the question before it is put in front."""
    if not history or not leans(question):
        return question
    earlier, answer = history[-1]
    said = _MARKER.sub("", answer.text if isinstance(answer, Answer) else answer)
    joined = f"{earlier} {question}"
    if model is None:
        return joined
    told = f"Question: {earlier}\nAnswer: {said[:500]}\nFollow-up: {question}\nRewritten:"
    try:
        written = model.invoke([SystemMessage(prompt("rephrase")), HumanMessage(told)], max_tokens=60).text.strip()
    except Exception as error:  # a provider's own; the question can be searched all the same
        log.warning("The follow-up could not be rewritten (%s).", error)
        return joined
    written = written.splitlines()[0].removeprefix("Rewritten:").strip() if written else ""
    known = Evidence([earlier, said, question])
    return written if 0 < len(written) <= LONGEST and not unsupported(written, known) else joined
