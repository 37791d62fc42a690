"""Map Anthropic's native citations to candidate sentences.

The candidates are sent as documents with one block per sentence. Each part of the answer comes back
with the blocks that it cites and their text. A citation counts only if that text matches the
sentence exactly. The quote is cut from the article in any case.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.generation.streaming import CitationFilter
from assistant.pipeline.prompting.templates import render_prompt

__all__ = ["make_documents", "write_with_native_citations"]


def write_with_native_citations(
    question: str, candidates: Sequence[Candidate], model: BaseChatModel, length: str
) -> Generator[str, None, None]:
    """Yield the answer in pieces, each followed by the IDs that it cites, as `[4][9]`.

    Args:
        length: length of the answer in words, for the prompt.
    """
    documents, blocks = make_documents(candidates)
    messages: list[BaseMessage] = [
        SystemMessage(render_prompt("documents", length=length)),
        HumanMessage([*documents, {"type": "text", "text": f"Question: {question}"}]),
    ]
    # Removes what looks like a citation in the words that the model writes.
    filter_ = CitationFilter([])
    cited: dict[int, None] = {}
    index: object = None
    stream = model.stream(messages)
    with closing(stream):  # type: ignore[type-var]  # a generator
        for part in (part for chunk in stream for part in _list_text_blocks(chunk.content)):
            if part.get("index") != index:
                yield filter_.finish() + _format_citations(cited)
                index, cited = part.get("index"), {}
            yield filter_.filter(str(part.get("text") or ""))
            for citation in part.get("citations") or ():
                cited |= dict.fromkeys(item.id for item in _find_cited(citation, blocks))
        yield filter_.finish() + _format_citations(cited)


def make_documents(
    candidates: Sequence[Candidate],
) -> tuple[list[dict[str, Any]], list[list[Candidate]]]:
    """Return one document per article, and the candidates of its blocks, in the article's order."""
    by_article: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.position):
        by_article.setdefault(candidate.article.id, []).append(candidate)
    blocks = list(by_article.values())
    return [_make_document(sentences) for sentences in blocks], blocks


def _make_document(sentences: Sequence[Candidate]) -> dict[str, Any]:
    article = sentences[0].article
    document: dict[str, Any] = {
        "type": "document",
        "source": {
            "type": "content",
            "content": [{"type": "text", "text": sentence.text} for sentence in sentences],
        },
        "title": (article.title or "untitled")[:500],
        "citations": {"enabled": True},
    }
    return document | ({"context": f"Published {article.date}"} if article.date else {})


def _find_cited(citation: Any, blocks: Sequence[Sequence[Candidate]]) -> Iterator[Candidate]:
    """Yield the sentences whose blocks and words a citation has."""
    try:
        words = str(citation["cited_text"]).strip()
        document = blocks[_check_index(citation["document_index"])]
        start = _check_index(citation["start_block_index"])
        sentences = document[start : _check_index(citation["end_block_index"])]
    # Another kind of citation, or an invented location.
    except (IndexError, KeyError, TypeError, ValueError):
        return
    yield from (
        sentence
        for sentence in sentences
        if words and (sentence.text.strip() in words or words in sentence.text)
    )


def _check_index(number: Any) -> int:
    if not isinstance(number, int) or number < 0:
        raise ValueError(number)
    return number


def _list_text_blocks(content: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the text blocks of a chunk's content."""
    if isinstance(content, str):
        yield {"text": content}
        return
    for part in content:
        if isinstance(part, str):
            yield {"text": part}
        elif part.get("type", "text") == "text":
            yield part


def _format_citations(ids: Mapping[int, None]) -> str:
    return (" " if ids else "") + "".join(f"[{id_}]" for id_ in ids)
