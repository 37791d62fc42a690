"""Find the topic of a question that asks what all of several articles say."""

from __future__ import annotations

import re

__all__ = ["find_shared_topic"]

_QUESTION_WORDS = frozenset(["who", "whose", "what", "when", "where", "why", "which", "how"])
# Words that name the articles together.
_ALL_ARTICLES = frozenset(
    """they both each every all them articles texts reports sources documents papers stories pages
    files pieces posts accounts versions""".split()  # noqa: SIM905
)
_ONE_ARTICLE = frozenset(
    """article text report source document paper story page file piece""".split()  # noqa: SIM905
)
_REPORTING_VERBS = frozenset(
    """say says report reports state states tell tells claim claims write mention mentions describe
    describes give gives cover covers discuss discusses""".split()  # noqa: SIM905
)
_COMPARING_VERBS = frozenset(
    """compare contrast agree agrees disagree disagrees differ differs contradict contradicts
    difference differences""".split()  # noqa: SIM905
)
_CONNECTIVES = frozenset(
    """please can could would you do does did is are there any a the these those two three what how
    which where in between among of on about regarding concerning over for with to if whether us
    me other one another and""".split()  # noqa: SIM905
)
_FRAME = _ALL_ARTICLES | _ONE_ARTICLE | _REPORTING_VERBS | _COMPARING_VERBS | _CONNECTIVES
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def find_shared_topic(question: str) -> str | None:
    """Return the question to ask of each article by itself, or None for other questions.

    "Do they agree on the cost?" and "Compare what the articles say about the cost" ask every
    article what is said about the cost. The question consists of a frame, which names the articles
    together or compares them, and a topic.
    """
    words = list(_WORD.finditer(question))
    count = next(
        (index for index, word in enumerate(words) if word[0].lower() not in _FRAME), len(words)
    )
    frame = {word[0].lower() for word in words[:count]}
    is_shared = bool(frame & _COMPARING_VERBS) or bool(
        frame & _ALL_ARTICLES and frame & _REPORTING_VERBS
    )
    if not is_shared or count == len(words):
        return None
    while count and words[count - 1][0].lower() in ("the", "a"):
        count -= 1
    topic = question[words[count - 1].end() if count else 0 :].strip(" ?.!,:")
    if words[count - 1][0].lower() in _QUESTION_WORDS:  # "agree on what happened"
        return f"{words[count - 1][0].capitalize()} {topic}?"
    if topic.split()[0].lower() in _QUESTION_WORDS:
        return f"{topic[:1].upper()}{topic[1:]}?"
    return f"What is said about {topic}?"
