"""The tutorial way: chunks of 1000 characters, the nearest four stuffed into one prompt, up to three free sentences."""

from __future__ import annotations

import re
import time
from functools import lru_cache

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.vectorstores import InMemoryVectorStore

from assistant import Answer
from index.article import Article

from .sets import Case

__all__ = ["Plain", "chunks", "refuses"]

SIZE, OVERLAP, FOUND = 1_000, 200, 4  # characters, characters, chunks
PROMPT = """Use the following context to answer the question. If the context does not say, say that it does not say. \
Use three sentences at most.

Question: {question}

Context:
{context}
"""
_REFUSAL = re.compile(
    r"\b(?:context|article|text|passage|information|it)\b[^.]*(?:\bnot|n['’]t|\bno)\b[^.]*\b(?:say|state|mention|provide|"
    r"specif|contain|include|give|information|answer)|\bnot (?:stated|mentioned|specified|provided|given)\b|"
    r"\b(?:do not|don['’]t|cannot|can['’]t|unable to) (?:know|answer|determine)|\bno (?:information|mention)\b",
    re.IGNORECASE,
)


class Plain:
    """No quotes; it refuses if its words say so."""

    def __init__(self, embedder: Embeddings, model: BaseChatModel) -> None:
        self._model = model

        @lru_cache(maxsize=1)  # questions are grouped by article
        def indexed(article: Article) -> InMemoryVectorStore:
            return InMemoryVectorStore.from_texts(chunks(article.text), embedder)

        self._indexed = indexed

    def ask(self, case: Case) -> Answer:
        store = self._indexed(case.article)
        begun = time.perf_counter()
        found = store.similarity_search(case.alone, k=FOUND)
        searched = time.perf_counter()
        context = "\n\n".join(document.page_content for document in found)
        text = self._model.invoke([HumanMessage(PROMPT.format(question=case.alone, context=context))], max_tokens=120).text
        ended = time.perf_counter()
        seconds = {"searching": searched - begun, "writing": ended - searched, "total": ended - begun}
        return Answer(case.question, text.strip(), (), not refuses(text), model="embedded", seconds=seconds)


def refuses(text: str) -> bool:
    """Whether the first sentence says that the context does not say."""
    return bool(_REFUSAL.search(re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]))


def chunks(text: str, size: int = SIZE, overlap: int = OVERLAP) -> list[str]:
    """Pieces of at most `size` characters that end, as far as they can, with a paragraph, a line, a sentence or a word.

    As LangChain's RecursiveCharacterTextSplitter, whose package the project does not have.
    """
    pieces, start = [], 0
    while start < len(text):
        end = _end(text, start, start + size)
        pieces.append(text[start:end].strip())
        start = end if end == len(text) else max(start + 1, _end(text, start, end - overlap))
    return [piece for piece in pieces if piece]


def _end(text: str, start: int, latest: int) -> int:
    if latest >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", ". ", " "):
        place = text.rfind(mark, start + (latest - start) // 2, latest)
        if place > start:
            return place + len(mark)
    return max(latest, start + 1)
