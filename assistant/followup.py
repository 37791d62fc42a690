"""A follow-up becomes a question that stands alone; one that stands alone is left as it is."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import closing

from bm25s.stopwords import STOPWORDS_EN_PLUS
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from .answer import NOT_STATED, Answer
from .checking import Evidence, unsupported
from .prompts import prompt
from .writing import past_thinking

__all__ = ["History", "leans", "refers", "stand_alone"]

# Earlier questions with their answers (an Answer or its text), oldest first.
History = Sequence[tuple[str, "Answer | str"]]
_Turn = tuple[str, str]

log = logging.getLogger(__name__)

LONGEST = 300  # characters of a rewritten question
SHOWN = 3  # turns that the model is shown
# Of the names in an answer, those that are put in front of a question. With 4 less was found, with 8 no more
# (`python -m tests.quality.followups`, the half of CANARD, CoQAR and CAsT that it was tuned on).
MOST_NAMES = 6

_EMPTY = frozenset(STOPWORDS_EN_PLUS) | {
    "also", "any", "could", "describe", "else", "ever", "far", "get", "happen", "happened", "happens", "know", "long", "many",
    "may", "might", "much", "new", "often", "old", "say", "tell", "us", "would",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=\w{3}[.?!…])\s+(?=\w)")  # not after "Mr." or the "A." of a name
# What may open a sentence without being a name: "Later he", "However, it", "Founded in 1724 it", "Originally".
_NO_NAME = re.compile(
    r"\W*\w+(?:ly\b|,| (?:in|at|on|by|of|from|with|as|to|after|before|under|he|she|it|they|his|her|its|their)\b)"
)
_FRONTED = re.compile(r"[^,]{0,80},\s+(?:he|she|it|they|his|her|its|their)\b")
_OPENING = re.compile(r"(?:and|or|but|also|then|what about|how about)\b", re.I)
_REASKING = re.compile(
    r"(?:(?:oh|but)\W+)?(?:are you (?:really )?(?:sure|certain)|is (?:that|this) (?:so|true|right|correct)|really)\W*", re.I
)
_ANOTHER_SUBJECT = re.compile(
    r"(?:and|or|but|(?:(?:and|but) )?(?:what|how) about)\s+(?:(in|of|for|from|at|by|on)\s+)?(?:the\s+)?(.+?)\W*", re.I
)
_DEFINITION = re.compile(r"what(?:['’]s| is| are) (?:an? )?[^\W\d_]+\W*", re.I)
# Words for what was named before; not "it is true that", "there are", "this year", "that" as a conjunction, "one" as a number.
_REFERRING = re.compile(
    r"\b(?:he|she|they|him|her|them|his|hers|theirs?|its|itself|ones|the same|(?<!if )then|(?:which|the|this|that|what) one|"
    r"it(?! (?:(?:is|was|be) )?(?:true|possible|likely|necessary|important|clear|that|means?|takes?|took|cost) .*\b(?:to|that|for)\b)|"
    r"(?:this|these|those)(?! (?:year|month|week|morning|article|text|story|page|report)\b)|"
    r"(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!been )there(?! (?:is|are|was|were|have|has|had|will)\b)|"
    r"that (?:time|year|day|era|period))\b(?!-)|\b(?:that|there)\W*$|"
    r"^(?:is|was|were|are|did|does|do|has|had|can|could|would|will|how|why) (?:\w+ )?that\b",
    re.I,
)
_ELSE = re.compile(r"\belse\b", re.I)
_OTHER = re.compile(r"\b(?:else|others?|another)\b", re.I)
_BESIDES = re.compile(r"\b(?:besides|than|apart|aside|addition|except)\b", re.I)
_MARKER = re.compile(r"\s*\[\d{1,3}\]")


def leans(question: str) -> bool:
    """Whether a question seems to need what was said before it. A word for a name counts only where no name is before it."""
    last = _SENTENCE_END.split(question.strip())[-1]
    names = _names(last, opening=False)
    if _OPENING.match(last) or _refers(last, names):
        return True
    if (_ELSE if names else _OTHER).search(last) and not _BESIDES.search(last):
        return True
    words = _WORD.findall(last)
    if names or _DEFINITION.fullmatch(last):
        return len(words) < 3 and not _DEFINITION.fullmatch(last)
    return len(words) <= 3 or _weight(last) <= (2 if "the" in last.lower().split() else 1)


def refers(sentence: str) -> bool:
    """Whether a sentence seems to need what stands before it: it has a word for what was named, and no name in front of that word,
    or one only in what opens it ("Born in Lund, she").
    """
    names = _names(sentence, opening=not _NO_NAME.match(sentence))
    return bool(_FRONTED.match(sentence)) or _refers(sentence, names)


def _refers(sentence: str, names: Sequence[str]) -> bool:
    referring = _REFERRING.search(sentence)
    return bool(referring and not (names and sentence.find(names[0]) < referring.start()))


def stand_alone(question: str, history: History, model: BaseChatModel | None) -> str:
    """The question as it can be searched for. Without a model, what it leans on is put in front."""
    if not history or not leans(question):
        return question
    if _REASKING.fullmatch(question.strip()):
        return stand_alone(history[-1][0], history[:-1], model)
    turns = [(earlier, _said(answer)) for earlier, answer in history]
    return (
        (model and _rewritten(question, turns[-SHOWN:], model)) or _replaced(question, turns[-1][0]) or _joined(question, turns)
    )


def _rewritten(question: str, turns: Sequence[_Turn], model: BaseChatModel) -> str:
    """The model's rewriting; empty if it failed, made something up, or lost what was asked."""
    told = [f"Question: {earlier}\nAnswer: {said[:300]}" for earlier, said in turns]
    shown = "\n".join([*told, f"Follow-up: {question}\nRewritten:"])
    try:
        written = _first_line(model, [SystemMessage(prompt("rephrase")), HumanMessage(shown)])
    except Exception as error:  # a provider's own; the question can be searched all the same
        log.warning("The follow-up could not be rewritten (%s).", error)
        return ""
    written = written.removeprefix("Rewritten:").strip()
    known = Evidence([*(text for turn in turns for text in turn), question])
    repeats = written.lower() == turns[-1][0].lower()
    lost = Evidence([written]).first_missing(question[:1].lower() + question[1:])
    return "" if len(written) > LONGEST or repeats or lost or unsupported(written, known) else written


def _first_line(model: BaseChatModel, messages: Sequence[BaseMessage]) -> str:
    """A model that goes on is stopped: not every provider's takes a limit."""
    written = ""
    with closing(past_thinking(chunk.text for chunk in model.stream(messages))) as pieces:
        for piece in pieces:
            written = (written + piece).lstrip()
            if "\n" in written or len(written) > LONGEST:
                break
    return written.partition("\n")[0].strip()


def _replaced(question: str, earlier: str) -> str:
    """The earlier question asked of another name: "And Lund?" after "Who founded Malmö?". Empty where it is not so simple."""
    match = _ANOTHER_SUBJECT.fullmatch(question.strip())
    old = " ".join(_names(earlier, opening=False))
    if not match or not old or any(not word[0].isupper() for word in match[2].split()):
        return ""
    before = f"{match[1].lower()} " if match[1] else ""
    return earlier.replace(before + old, before + match[2]) if before + old in earlier else ""


def _joined(question: str, turns: Sequence[_Turn]) -> str:
    """The latest turn that names something, in front of the question; in front of a bare "Why?" also what was just said."""
    named = next((turn for turn in reversed(turns) if _names(" ".join(turn))), turns[-1])
    about = [named[0], *_names(named[1])[:MOST_NAMES]]
    if _weight(question) <= 1:
        earlier, said = turns[-1]
        about = [*([] if named == turns[-1] else about), earlier, _SENTENCE_END.split(said)[0][:200]]
    return " ".join(filter(None, [*about, question]))


def _said(answer: Answer | str) -> str:
    text = _MARKER.sub("", answer.text if isinstance(answer, Answer) else answer)
    return "" if text == NOT_STATED else text


def _weight(text: str) -> int:
    """How many words carry meaning."""
    return sum(word.lower() not in _EMPTY for word in _WORD.findall(text))


def _names(text: str, opening: bool = True) -> list[str]:
    """Capitalised words, each once; `opening`: also those that a sentence opens with, unless they are "The" or "When"."""
    if text.isupper():
        return []
    words = [(place, word) for part in _SENTENCE_END.split(text) for place, word in enumerate(_WORD.findall(part))]
    named = [word for place, word in words if word[0].isupper() and re.split("['’]", word)[0] != "I" and (place or opening)]
    return list(dict.fromkeys(word for word in named if word.lower() not in STOPWORDS_EN_PLUS))
