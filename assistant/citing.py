"""Citations that a model's provider makes (Anthropic's "citations"), mapped onto the sentences that they are of.

What was found goes in as documents, a block a sentence. Each piece of the answer comes back with the blocks it is from and their
words; a citation counts only if those are the sentence's to the letter. The quote is cut from the article all the same.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from .evidence import Candidate
from .prompts import prompt
from .writing import Markers

__all__ = ["documents_of", "write_citing"]


def write_citing(question: str, shown: Sequence[Candidate], model: BaseChatModel, length: str) -> Generator[str, None, None]:
    """The answer in pieces; behind each piece the ids of the sentences it cites, as `[4][9]`. `length`: as the prompt tells it."""
    documents, blocks = documents_of(shown)
    messages: list[BaseMessage] = [
        SystemMessage(prompt("documents", length=length)),
        HumanMessage([*documents, {"type": "text", "text": f"Question: {question}"}]),
    ]
    own = Markers([])  # leaves out what looks like a citation among the model's own words
    cited: dict[int, None] = {}
    place: object = None
    stream = model.stream(messages)
    with closing(stream):  # type: ignore[type-var]  # a generator
        for part in (part for chunk in stream for part in _parts(chunk.content)):
            if part.get("index") != place:
                yield own.rest() + _ids(cited)
                place, cited = part.get("index"), {}
            yield own.take(str(part.get("text") or ""))
            for citation in part.get("citations") or ():
                cited |= dict.fromkeys(one.id for one in _held_by(citation, blocks))
        yield own.rest() + _ids(cited)


def documents_of(shown: Sequence[Candidate]) -> tuple[list[dict[str, Any]], list[list[Candidate]]]:
    """A document an article, and the candidate behind each of its blocks, in the article's order."""
    by_article: dict[str, list[Candidate]] = {}
    for one in sorted(shown, key=lambda one: one.position):
        by_article.setdefault(one.article.id, []).append(one)
    blocks = list(by_article.values())
    return [_document(sentences) for sentences in blocks], blocks


def _document(sentences: Sequence[Candidate]) -> dict[str, Any]:
    article = sentences[0].article
    document: dict[str, Any] = {
        "type": "document",
        "source": {"type": "content", "content": [{"type": "text", "text": one.text} for one in sentences]},
        "title": (article.title or "untitled")[:500],
        "citations": {"enabled": True},
    }
    return document | ({"context": f"Published {article.date}"} if article.date else {})


def _held_by(citation: Any, blocks: Sequence[Sequence[Candidate]]) -> Iterator[Candidate]:
    """The sentences that a citation names and has the words of."""
    try:
        words, document = str(citation["cited_text"]).strip(), blocks[_whole(citation["document_index"])]
        named = document[_whole(citation["start_block_index"]) : _whole(citation["end_block_index"])]
    except (IndexError, KeyError, TypeError, ValueError):  # another kind of citation, or an invented place
        return
    yield from (one for one in named if words and (one.text.strip() in words or words in one.text))


def _whole(number: Any) -> int:
    if not isinstance(number, int) or number < 0:
        raise ValueError(number)
    return number


def _parts(content: Any) -> Iterator[Mapping[str, Any]]:
    """The text blocks of a chunk's content."""
    if isinstance(content, str):
        yield {"text": content}
        return
    for part in content:
        if isinstance(part, str):
            yield {"text": part}
        elif part.get("type", "text") == "text":
            yield part


def _ids(cited: Mapping[int, None]) -> str:
    return (" " if cited else "") + "".join(f"[{one}]" for one in cited)
