"""The baseline: dense search over single sentences, then two separate prompts to the embedded model, nothing cached."""

from __future__ import annotations

import re
import time
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant import Answer, Quote
from index.article import Span
from index.library import Library

from .sets import Case

__all__ = ["Naive"]

CHOOSE = """Here are numbered sentences of an article. Write only the numbers of those that answer the question, as in [2] or [1][3]; \
if none answers it, write [0].

Example
[1] The bridge opened in 1998.
[2] It cost 3 million euros.
Question: How much did the bridge cost?
[2]

{sentences}
Question: {question}
"""
WRITE = """{sentences}

Question: {question}
Answer in one short sentence from the sentences above, or write "Not stated".
"""


class Naive:
    """Two steps on the same model and embeddings as the product."""

    def __init__(self, library: Library, model: BaseChatModel) -> None:
        self._library = library
        self._model = model
        self._calls = 0

    def ask(self, case: Case) -> Answer:
        begun = time.perf_counter()
        question = case.alone
        vector = self._library.embedder.embed([question])[0]
        found = self._library.vectors.nearest(vector, 8, [case.article.id])
        spans = [case.article.passages[position] for _, position, _ in found]
        ids = "|".join(map(str, range(1, len(spans) + 1)))
        prompt = CHOOSE.format(sentences=self._numbered(case, spans), question=question)
        said = self._say(prompt, regex=rf"\[0\]|\[({ids})\](\[({ids})\]){{0,2}}")
        chosen = [spans[int(number) - 1] for number in dict.fromkeys(re.findall(r"[1-9]\d*", said))]
        quotes = tuple(Quote.of(case.article, span, number) for number, span in enumerate(chosen, 1))
        text = self._say(WRITE.format(sentences=self._numbered(case, chosen), question=question)) if chosen else "Not stated"
        answered = not text.lower().startswith("not stated")
        seconds = {"total": time.perf_counter() - begun}
        return Answer(case.question, text, quotes if answered else (), answered, model="embedded", seconds=seconds)

    def _numbered(self, case: Case, spans: list[Span]) -> str:
        return "\n".join(f"[{number}] {case.article.slice(span)}" for number, span in enumerate(spans, 1))

    def _say(self, prompt: str, **options: Any) -> str:
        """A different first line each time, so that no computed prefix is reused."""
        self._calls += 1
        return self._model.invoke([HumanMessage(f"({self._calls})\n{prompt}")], max_tokens=80, **options).text
