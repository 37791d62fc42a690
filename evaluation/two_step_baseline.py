"""Answer in two steps: choose among retrieved sentences, then write from them.

Search is dense, over single sentences. Both prompts go to the bundled model and nothing is cached.
"""

from __future__ import annotations

import re
import time
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant import Answer, Quote
from evaluation.sets import Case
from index.storage.library import Library
from index.text.spans import Span

__all__ = ["TwoStepBaseline"]

CHOOSE_PROMPT = """Here are numbered sentences of an article. \
Write only the numbers of those that answer the question, as in [2] or [1][3]; \
if none answers it, write [0].

Example
[1] The bridge opened in 1998.
[2] It cost 3 million euros.
Question: How much did the bridge cost?
[2]

{sentences}
Question: {question}
"""
WRITE_PROMPT = """{sentences}

Question: {question}
Answer in one short sentence from the sentences above, or write "Not stated".
"""


class TwoStepBaseline:
    """Two prompts to the same model, with the same embeddings as the assistant."""

    def __init__(self, library: Library, model: BaseChatModel) -> None:
        self._library = library
        self._model = model
        self._calls = 0

    def ask(self, case: Case) -> Answer:
        """Answer a case whose article is in the library."""
        started = time.perf_counter()
        question = case.standalone_question
        vector = self._library.embedder.embed([question])[0]
        hits = self._library.vectors.find_nearest(vector, 8, [case.article.id])
        spans = [case.article.passages[position] for _, position, _ in hits]
        ids = "|".join(map(str, range(1, len(spans) + 1)))
        prompt = CHOOSE_PROMPT.format(sentences=self._number(case, spans), question=question)
        reply = self._generate(prompt, regex=rf"\[0\]|\[({ids})\](\[({ids})\]){{0,2}}")
        numbers = dict.fromkeys(re.findall(r"[1-9]\d*", reply))
        cited = [spans[int(number) - 1] for number in numbers]
        quotes = tuple(Quote.of(case.article, span, number) for number, span in enumerate(cited, 1))
        text = (
            self._generate(
                WRITE_PROMPT.format(sentences=self._number(case, cited), question=question)
            )
            if cited
            else "Not stated"
        )
        answered = not text.lower().startswith("not stated")
        seconds = {"total": time.perf_counter() - started}
        return Answer.from_text(
            case.question,
            text,
            quotes if answered else (),
            answered,
            model="embedded",
            seconds=seconds,
        )

    def _number(self, case: Case, spans: list[Span]) -> str:
        return "\n".join(
            f"[{number}] {case.article.slice(span)}" for number, span in enumerate(spans, 1)
        )

    def _generate(self, prompt: str, **options: Any) -> str:
        """Return the model's reply.

        The first line differs each time, so that no prefix is reused.
        """
        self._calls += 1
        message = HumanMessage(f"({self._calls})\n{prompt}")
        return self._model.invoke([message], max_tokens=80, **options).text
