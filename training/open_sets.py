"""Read the openly licensed sets that the reader and the verifier are trained on.

A set is `<name>.docs.jsonl` with `<name>.questions.jsonl` or `<name>.claims.jsonl`, perhaps packed.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.text.tokens import content_stems
from index.text.article import Article
from index.text.spans import Span
from training.verifier_edits import TypedSpan, find_spans

__all__ = ["MAX_DOCUMENT_CHARACTERS", "Document", "get_group", "read_documents", "read_rows"]

MAX_DOCUMENT_CHARACTERS = 12_000  # of a document that is split into sentences
_SERIES = re.compile(r"_\d{3}$")
_UNTITLED = ("shifts_reddit", "shifts_amazon")  # their documents have one title for all


@dataclass
class Document:
    """A document with its sentences and the numbers and names in it."""

    name: str
    text: str
    title: str
    source: str
    answers: list[str] = field(default_factory=list)  # of all questions about it

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Return where the sentences are."""
        text = self.text[:MAX_DOCUMENT_CHARACTERS]
        return Article.from_text(text).sentences if any(map(str.isalnum, text)) else ()

    @cached_property
    def sentences(self) -> list[str]:
        """Return the sentences, with single spaces."""
        return [" ".join(self.text[span.start : span.end].split()) for span in self.spans]

    @cached_property
    def pool(self) -> list[TypedSpan]:
        """Return the numbers and names of the document."""
        return find_spans(" ".join(self.text[:MAX_DOCUMENT_CHARACTERS].split()))

    @cached_property
    def stems(self) -> list[frozenset[str]]:
        """Return the content stems of each sentence."""
        return [frozenset(content_stems(sentence)) for sentence in self.sentences]

    def find_positions(self, start: int, end: int) -> list[int]:
        """Return the positions of the sentences that overlap a span of the text."""
        return [
            position
            for position, span in enumerate(self.spans)
            if span.start < end and span.end > start
        ]

    def rank_sentences(self, text: str) -> list[int]:
        """Return the positions of all sentences, those that share most stems with a text first."""
        stems = frozenset(content_stems(text))
        return sorted(range(len(self.stems)), key=lambda row: -len(self.stems[row] & stems))


def read_rows(folder: Path, name: str, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a set: its `docs`, `questions` or `claims`."""
    path = folder / f"{name}.{kind}.jsonl"
    packed = path.with_name(path.name + ".gz")
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    elif packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def read_documents(folder: Path, name: str) -> dict[str, Document]:
    """Return the documents of a set by their ID."""
    return {
        row["doc_id"]: Document(
            row["doc_id"],
            row["text"],
            "" if name in _UNTITLED else " ".join((row["title"] or "").split()),
            name,
        )
        for row in read_rows(folder, name, "docs")
    }


def get_group(document: str) -> str:
    """Return the name that documents are held out by: of a paragraph, that of its article."""
    return document if document.startswith(_UNTITLED) else _SERIES.sub("", document)
