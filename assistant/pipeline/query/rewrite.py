"""Rewrite a follow-up as a question that can be understood without the history."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence

from bm25s.stopwords import STOPWORDS_EN_PLUS
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.answer.answer import Answer
from assistant.answer.quote import NOT_STATED
from assistant.models.first_line import generate_first_line
from assistant.pipeline.prompting.templates import render_prompt
from assistant.pipeline.query.substitution import list_substitutions
from assistant.pipeline.verification.claims import find_unsupported_claims
from assistant.pipeline.verification.evidence import Evidence
from assistant.text.pronouns import ENGLISH, ENGLISH_REFERRING
from assistant.text.tokens import FUNCTION_WORDS, content_stems

__all__ = ["Choose", "History", "has_unresolved_pronoun", "needs_context", "rewrite_standalone"]

# Earlier questions with their answers (an Answer or its text), oldest first.
History = Sequence[tuple[str, "Answer | str"]]
_Turn = tuple[str, str]
# Returns the question that the articles answer best, or None if they answer none of them.
Choose = Callable[[Sequence[str]], "str | None"]

log = logging.getLogger(__name__)

MAX_REWRITTEN_CHARACTERS = 300
MAX_SHOWN_TURNS = 3  # turns of the history in the prompt
# Names of an answer that are put in front of a question. Retrieval found less with 4 and no more
# with 8 (`python -m evaluation.followups`, on the half of CANARD, CoQAR and CAsT used for tuning).
MAX_NAMES = 6

_LIGHT_WORDS = frozenset(STOPWORDS_EN_PLUS) | {
    "also", "any", "could", "describe", "else", "ever", "far", "get", "happen", "happened",
    "happens", "know", "long", "many", "may", "might", "much", "new", "often", "old", "say", "tell",
    "us", "would",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=\w{3}[.?!…])\s+(?=\w)")  # not after "Mr." or the "A." of a name
# An opening that is no name: "Later he", "However, it", "Founded in 1724 it", "Originally".
_PRONOUNS = "|".join(ENGLISH)
_NAMELESS_OPENING = re.compile(
    r"\W*\w+(?:ly\b|,| (?:in|at|on|by|of|from|with|as|to|after|before|under|"
    rf"{_PRONOUNS})\b)"
)
_FRONTED_PHRASE = re.compile(rf"[^,]{{0,80}},\s+(?:{_PRONOUNS})\b")
_FOLLOWUP_OPENING = re.compile(r"(?:and|or|but|also|then|what about|how about)\b", re.I)
_RECHECK = re.compile(
    r"(?:(?:oh|but)\W+)?(?:are you (?:really )?(?:sure|certain)|is (?:that|this) (?:so|true|right|"
    r"correct)|really)\W*",
    re.I,
)
_NEW_SUBJECT = re.compile(
    r"(?:and|or|but|(?:(?:and|but) )?(?:what|how) about)\s+(?:(in|of|for|from|at|by|"
    r"on)\s+)?(?:the\s+)?(.+?)\W*",
    re.I,
)
_DEFINITION = re.compile(r"what(?:['’]s| is| are) (?:an? )?[^\W\d_]+\W*", re.I)
# Words that refer back; not "it is true that", "there are", "this year", "that" as a conjunction or
# "one" as a number.
_REFERENCE = re.compile(
    rf"\b(?:{'|'.join(ENGLISH_REFERRING)}|ones|the same|(?<!if )then|"
    r"(?:which|the|this|that|what) one|"
    r"it(?! (?:(?:is|was|be) )?(?:true|possible|likely|necessary|important|clear|that|means?|"
    r"takes?|took|cost) .*\b(?:to|that|for)\b)|"
    r"(?:this|these|those)(?! (?:year|month|week|morning|article|text|story|page|report)\b)|"
    r"(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!been )there(?! (?:is|are|was|were|have|has|"
    r"had|will)\b)|"
    r"that (?:time|year|day|era|period))\b(?!-)|\b(?:that|there)\W*$|"
    r"^(?:is|was|were|are|did|does|do|has|had|can|could|would|will|how|why) (?:\w+ )?that\b",
    re.I,
)
_ELSE = re.compile(r"\belse\b", re.I)
_OTHER = re.compile(r"\b(?:else|others?|another)\b", re.I)
_BESIDES = re.compile(r"\b(?:besides|than|apart|aside|addition|except)\b", re.I)
_MARKER = re.compile(r"(?<!\s)\s*+\[\d{1,3}\]")


def needs_context(question: str) -> bool:
    """Return whether a question seems to need the history.

    A pronoun counts only if no name comes before it.
    """
    last = _SENTENCE_END.split(question.strip())[-1]
    names = _find_names(last, opening=False)
    if _FOLLOWUP_OPENING.match(last) or _has_reference_before_name(last, names):
        return True
    if (_ELSE if names else _OTHER).search(last) and not _BESIDES.search(last):
        return True
    words = _WORD.findall(last)
    if names or _DEFINITION.fullmatch(last):
        return len(words) < 3 and not _DEFINITION.fullmatch(last)
    return len(words) <= 3 or _count_content_words(last) <= (
        2 if "the" in last.lower().split() else 1
    )


def has_unresolved_pronoun(sentence: str) -> bool:
    """Return whether a sentence seems to need the sentence before it.

    It does if it has a pronoun without a name before it, or with a name only in an introductory
    phrase ("Born in Lund, she").
    """
    names = _find_names(sentence, opening=not _NAMELESS_OPENING.match(sentence))
    return bool(_FRONTED_PHRASE.match(sentence)) or _has_reference_before_name(sentence, names)


def _has_reference_before_name(sentence: str, names: Sequence[str]) -> bool:
    referring = _REFERENCE.search(sentence)
    return bool(referring and not (names and sentence.find(names[0]) < referring.start()))


def rewrite_standalone(
    question: str,
    history: History,
    model: BaseChatModel | None,
    choose: Choose | None = None,
    text: str = "",
) -> str:
    """Return the question as a search query that needs no history.

    A follow-up that names another thing is the last question with that thing in it. A question
    without a word that refers back stays as it is if the articles answer it. Without a model, or if
    its rewriting is rejected, the text that the question refers to is put in front of it.

    Args:
        question: the follow-up.
        history: the earlier turns.
        model: rewrites the question; None: rules do.
        choose: returns the question that the articles answer best, or None if they answer none.
        text: of the articles. A rewriting may have no other content words than they and the chat.
    """
    if not history:
        return question
    if _RECHECK.fullmatch(question.strip()):
        return rewrite_standalone(history[-1][0], history[:-1], model, choose, text)
    earlier, answer = history[-1]
    standalone = answer.searched or earlier if isinstance(answer, Answer) else earlier
    substitutions = list_substitutions(question, standalone, text) if choose else []
    if choose and substitutions and (chosen := choose(substitutions)):
        return chosen
    if not needs_context(question):
        return question
    if choose and not _refers_back(question) and choose([question]):
        return question
    turns = [(earlier, _get_answer_text(answer)) for earlier, answer in history]
    return (
        (model and _rewrite_with_model(question, turns[-MAX_SHOWN_TURNS:], model, text))
        or _replace_subject(question, turns[-1][0])
        or _prepend_context(question, turns)
    )


def _refers_back(question: str) -> bool:
    """Return whether a question has a word that refers back, or no content word."""
    last = _SENTENCE_END.split(question.strip())[-1]
    return bool(
        _FOLLOWUP_OPENING.match(last)
        or _REFERENCE.search(last)
        or _OTHER.search(last)
        or not _count_content_words(last)
    )


def _rewrite_with_model(
    question: str, turns: Sequence[_Turn], model: BaseChatModel, text: str
) -> str:
    """Return the model's rewriting; empty if it failed, made something up, or lost a term."""
    history = [f"Question: {earlier}\nAnswer: {answer[:300]}" for earlier, answer in turns]
    prompt = "\n".join([*history, f"Follow-up: {question}\nRewritten:"])
    try:
        messages = [SystemMessage(render_prompt("rephrase")), HumanMessage(prompt)]
        written = generate_first_line(model, messages, MAX_REWRITTEN_CHARACTERS)
    except Exception as error:  # of any provider; the question can be searched without the model
        log.warning("The follow-up could not be rewritten (%s).", error)
        return ""
    written = written.removeprefix("Rewritten:").strip()
    chat = [*(part for turn in turns for part in turn), question]
    evidence = Evidence(chat)
    repeats = written.lower() == turns[-1][0].lower()
    lost = Evidence([written]).find_missing_term(question[:1].lower() + question[1:])
    content = " ".join(
        word for word in _WORD.findall(written) if word.lower() not in FUNCTION_WORDS
    )
    invented = text and {*content_stems(content)} - {*content_stems(" ".join([*chat, text]))}
    return (
        ""
        if len(written) > MAX_REWRITTEN_CHARACTERS
        or repeats
        or lost
        or invented
        or find_unsupported_claims(written, evidence)
        else written
    )


def _replace_subject(question: str, earlier: str) -> str:
    """Return the earlier question with its name replaced: "And Lund?" after "Who founded Malmö?".

    Empty if the follow-up has another form.
    """
    match = _NEW_SUBJECT.fullmatch(question.strip())
    old = " ".join(_find_names(earlier, opening=False))
    if not match or not old or any(not word[0].isupper() for word in match[2].split()):
        return ""
    before = f"{match[1].lower()} " if match[1] else ""
    return earlier.replace(before + old, before + match[2]) if before + old in earlier else ""


def _prepend_context(question: str, turns: Sequence[_Turn]) -> str:
    """Return the question after the latest turn that has a name.

    A bare "Why?" is also preceded by the last turn.
    """
    source = next((turn for turn in reversed(turns) if _find_names(" ".join(turn))), turns[-1])
    about = [source[0], *_find_names(source[1])[:MAX_NAMES]]
    if _count_content_words(question) <= 1:
        earlier, answer = turns[-1]
        about = [
            *([] if source == turns[-1] else about),
            earlier,
            _SENTENCE_END.split(answer)[0][:200],
        ]
    return " ".join(filter(None, [*about, question]))


def _get_answer_text(answer: Answer | str) -> str:
    """Return an answer without markers; empty if the article does not say.

    A program that keeps the history itself passes texts.
    """
    if isinstance(answer, Answer):
        return answer.plain_text if answer.answered else ""
    text = _MARKER.sub("", answer)
    return "" if text == NOT_STATED else text


def _count_content_words(text: str) -> int:
    """Return how many words of a text are content words."""
    return sum(word.lower() not in _LIGHT_WORDS for word in _WORD.findall(text))


def _find_names(text: str, opening: bool = True) -> list[str]:
    """Return the capitalized words of a text, each once.

    Args:
        opening: whether to include the first word of a sentence, unless it is "The" or "When".
    """
    if text.isupper():
        return []
    words = [
        (position, word)
        for part in _SENTENCE_END.split(text)
        for position, word in enumerate(_WORD.findall(part))
    ]
    names = [
        word
        for position, word in words
        if word[0].isupper() and re.split("['’]", word)[0] != "I" and (position or opening)
    ]
    return list(dict.fromkeys(word for word in names if word.lower() not in STOPWORDS_EN_PLUS))
