"""Score short answers as SQuAD 2.0 does, and derive a short answer from a longer one.

The scores follow the official script of Rajpurkar et al., "Know what you don't know: unanswerable
questions for SQuAD", ACL 2018.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from assistant.pipeline.query.answer_type import asks_for_person, asks_for_time, needs_number
from assistant.text.tokens import FUNCTION_WORDS, MARKER, content_stems

__all__ = ["exact_match", "extract_short_answer", "normalise_answer", "squad_f1"]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)
_VERDICT = re.compile(r"(Yes|No)\b[.,]")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
# Pauses end a phrase; the comma and the stop in "1,200" and "3.5" do not.
_PAUSE = re.compile(r"[,.;:!?](?=\s|$|[\"'”’)\]])|[()\[\]“”\"]|\s[-–—]\s|—")
_TOKEN = re.compile(r"[^\s“”\"()\[\]—]*[^\W_][^\s“”\"()\[\]—]*")


def normalise_answer(text: str) -> str:
    """Return the text in lower case without ASCII punctuation and English articles.

    Unlike `evaluation.token_f1.normalise`, punctuation leaves no space: "re-use" is "reuse".
    """
    text = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """Return 1 if the normalised answer equals a right answer, and 0 otherwise.

    Args:
        answer: the short answer; empty if the question was refused.
        golds: the right answers; empty if the question has none.
    """
    return max(float(normalise_answer(answer) == normalise_answer(gold)) for gold in _usable(golds))


def squad_f1(answer: str, golds: Sequence[str]) -> float:
    """Return the best F1 of the tokens over the right answers, 0 to 1.

    If the answer or the right answer is empty, the score is 1 if both are, and 0 otherwise.

    Args:
        answer: the short answer; empty if the question was refused.
        golds: the right answers; empty if the question has none.
    """
    return max(_token_f1(answer, gold) for gold in _usable(golds))


def _usable(golds: Sequence[str]) -> list[str]:
    """Return the right answers that have tokens, or an empty text if there are none."""
    return [gold for gold in golds if normalise_answer(gold)] or [""]


def _token_f1(answer: str, gold: str) -> float:
    tokens, gold_tokens = normalise_answer(answer).split(), normalise_answer(gold).split()
    if not tokens or not gold_tokens:
        return float(tokens == gold_tokens)
    common = (Counter(tokens) & Counter(gold_tokens)).total()
    if not common:
        return 0.0
    precision, recall = common / len(tokens), common / len(gold_tokens)
    return 2 * precision * recall / (precision + recall)


def extract_short_answer(question: str, text: str) -> str:
    """Return the words of an answer that the question lacks.

    A text that is no sentence, such as an answer span, is returned as it is. Of a sentence, the
    phrase with the most content words counts that has no content word of the question. It must have
    a number if the question asks for a number or time, and a capital letter if it asks for a
    person, unless no phrase has one. Function words at its ends are dropped.

    Args:
        question: the question that the text answers.
        text: the text of an answer, with or without markers such as "[1]".
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    if verdict := _VERDICT.match(first):
        return verdict[1]
    sentence = " ".join(MARKER.sub("", first).split())
    plain = sentence.strip("“” ")
    if not _SENTENCE_END.search(plain):
        return plain
    phrases = _split_phrases(plain, set(content_stems(question)))
    expected = [phrase for phrase in phrases if _has_expected_type(question, phrase)]
    return max(expected or phrases, key=_count_content_words, default=plain)


def _split_phrases(sentence: str, question_stems: set[str]) -> list[str]:
    """Return the longest phrases of a sentence without content words of the question."""
    phrases, start = [], 0
    for end in [*(match.start() for match in _PAUSE.finditer(sentence)), len(sentence)]:
        tokens: list[str] = []
        for token in _TOKEN.findall(sentence[start:end]):
            if question_stems & set(content_stems(token)):
                phrases.append(tokens)
                tokens = []
            else:
                tokens.append(token)
        phrases.append(tokens)
        start = end
    return [" ".join(trimmed) for phrase in phrases if (trimmed := _trim(phrase))]


def _trim(tokens: list[str]) -> list[str]:
    while tokens and _is_function_word(tokens[0]):
        tokens = tokens[1:]
    while tokens and _is_function_word(tokens[-1]):
        tokens = tokens[:-1]
    return tokens


def _is_function_word(token: str) -> bool:
    return token.lower() in FUNCTION_WORDS


def _count_content_words(phrase: str) -> int:
    return sum(not _is_function_word(token) for token in phrase.split())


def _has_expected_type(question: str, phrase: str) -> bool:
    if needs_number(question) or asks_for_time(question) or re.search(r"\byear\b", question):
        return any(character.isdigit() for character in phrase)
    return not asks_for_person(question) or any(map(str.isupper, phrase))
