"""Answer as tutorials do: put the nearest four chunks of 1000 characters into one prompt.

The model writes up to three sentences, without quotes.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.vectorstores import InMemoryVectorStore

from assistant import Answer
from evaluation.sets import Case
from index.text.article import Article

__all__ = ["StuffingBaseline", "is_refusal", "split_chunks"]

CHUNK_CHARACTERS = 1_000
OVERLAP_CHARACTERS = 200
TOP_CHUNKS = 4
PROMPT = """Use the following context to answer the question. \
If the context does not say, say that it does not say. \
Use three sentences at most.

Question: {question}

Context:
{context}
"""
_REFUSAL = re.compile(
    r"\b(?:context|article|text|passage|information|it)\b[^.]*(?:\bnot|n['’]t|\bno)\b[^.]*"
    r"\b(?:say|state|mention|provide|specif|contain|include|give|information|answer)|"
    r"\bnot (?:stated|mentioned|specified|provided|given)\b|"
    r"\b(?:do not|don['’]t|cannot|can['’]t|unable to) (?:know|answer|determine)|"
    r"\bno (?:information|mention)\b",
    re.IGNORECASE,
)


class StuffingBaseline:
    """A single prompt without quotes. The wording of the reply decides whether it is a refusal."""

    def __init__(self, embedder: Embeddings, model: BaseChatModel) -> None:
        self._model = model

        @lru_cache(maxsize=1)  # questions are grouped by article
        def indexed(article: Article) -> InMemoryVectorStore:
            return InMemoryVectorStore.from_texts(split_chunks(article.text), embedder)

        self._indexed = indexed

    def ask(self, case: Case) -> Answer:
        """Answer a case from the chunks nearest to its question."""
        store = self._indexed(case.article)
        started = time.perf_counter()
        documents = store.similarity_search(case.standalone_question, k=TOP_CHUNKS)
        searched = time.perf_counter()
        context = "\n\n".join(document.page_content for document in documents)
        prompt = PROMPT.format(question=case.standalone_question, context=context)
        text = self._model.invoke([HumanMessage(prompt)], max_tokens=120).text
        ended = time.perf_counter()
        seconds = {
            "searching": searched - started,
            "writing": ended - searched,
            "total": ended - started,
        }
        return Answer.from_text(
            case.question, text.strip(), (), not is_refusal(text), model="embedded", seconds=seconds
        )


def is_refusal(text: str) -> bool:
    """Return whether the first sentence says that the context does not answer."""
    return bool(_REFUSAL.search(re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]))


def split_chunks(
    text: str, size: int = CHUNK_CHARACTERS, overlap: int = OVERLAP_CHARACTERS
) -> list[str]:
    """Split a text into overlapping pieces of at most `size` characters.

    A piece ends with a paragraph, a line, a sentence or a word if possible. LangChain's
    RecursiveCharacterTextSplitter does the same; its package is not a dependency.
    """
    pieces, start = [], 0
    while start < len(text):
        end = _find_chunk_end(text, start, start + size)
        pieces.append(text[start:end].strip())
        start = (
            end if end == len(text) else max(start + 1, _find_chunk_end(text, start, end - overlap))
        )
    return [piece for piece in pieces if piece]


def _find_chunk_end(text: str, start: int, latest: int) -> int:
    if latest >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", ". ", " "):
        position = text.rfind(mark, start + (latest - start) // 2, latest)
        if position > start:
            return position + len(mark)
    return max(latest, start + 1)
