"""What is measured side by side: the product as it comes, and simpler ways to do the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from assistant import Answer, Assistant, Quote
from assistant.answer import quotes_as_text
from assistant.chain import Ask, Chain
from assistant.models import make_model, weights
from assistant.models.embedded import EmbeddedModel
from assistant.models.local import LocalModel
from assistant.settings import get_settings
from assistant.task import Length
from assistant.work import Work
from index.article import Article, Span
from index.errors import InputError, ModelError
from index.keywords import Keywords
from index.library import Library

from .ablations import Believing, ReaderChooses, Unchecked
from .naive import Naive
from .plain import Plain
from .sets import Case

__all__ = ["SYSTEMS", "System", "known", "make_system"]

# Answers a case whose article is in the library. What a person does not wait for is not in the answer's seconds.
System = Callable[[Case], Answer]


def known(name: str) -> str:
    """The name, if it is in `SYSTEMS` or has the form `provider:name`. Raises InputError."""
    if name not in SYSTEMS and ":" not in name:
        raise InputError(f"There is no system {name!r}. Use {', '.join(SYSTEMS)}, or provider:name.")
    return name


def make_system(name: str, library: Library) -> System:
    """The system of a name in `SYSTEMS`, or the product with the model `provider:name`.

    Raises:
        InputError: a provider's package or key is missing; ModelError: the model cannot be loaded.
    """
    return (SYSTEMS.get(known(name)) or product(name))(library)


def product(
    model_name: str, work: type[Work] = Work, whole: bool = True, length: Length = "normal"
) -> Callable[[Library], System]:
    """The assistant itself. Models are loaded, and an article read ahead, before the clock starts, as when a person asks."""

    def make(library: Library) -> System:
        model = make_model(model_name, get_settings().cache)

        @lru_cache(maxsize=1)  # questions are grouped by article
        def opened(article: Article) -> Chain:
            assistant = Assistant(library, [article], model)
            assistant.load()
            if assistant.trouble:
                raise ModelError(assistant.trouble)  # else quotes alone would be measured under the model's name
            chain = assistant.runnable
            chain.work, chain.whole = work, chain.whole if whole else None
            return chain

        return lambda case: opened(case.article).invoke(Ask(case.question, case.history, length=length))

    return make


def naive(library: Library) -> System:
    return Naive(library, _as_it_comes()).ask


def naive_quantized(library: Library) -> System:
    return Naive(library, _untrained()).ask


def plain(library: Library) -> System:
    return Plain(library.embedder, _untrained()).ask


def dense(library: Library) -> System:
    """The nearest sentence by embedding, whatever is asked."""
    library.embedder.load()

    def best(case: Case) -> Span:
        vector = library.embedder.embed([case.alone])[0]
        _, position, _ = library.vectors.nearest(vector, 1, [case.article.id])[0]
        return case.article.passages[position]

    return _best_sentence(best)


def bm25(library: Library) -> System:
    """The best sentence by BM25, whatever is asked."""

    @lru_cache(maxsize=1)
    def indexed(article: Article) -> Keywords:
        return Keywords([article.slice(span) for span in article.passages], article.language)

    def ask(case: Case) -> Answer:
        keywords = indexed(case.article)
        return _best_sentence(lambda case: case.article.passages[int(np.argmax(keywords.scores(case.alone)))])(case)

    return ask


def _best_sentence(best: Callable[[Case], Span]) -> System:
    def ask(case: Case) -> Answer:
        begun = time.perf_counter()
        quotes = (Quote.of(case.article, best(case), 1),)
        return Answer(case.question, quotes_as_text(quotes), quotes, seconds={"total": time.perf_counter() - begun})

    return ask


def _as_it_comes() -> LocalModel:
    """The language model's official file, as openvino reads it."""
    chat = LocalModel(path=weights.official(get_settings().cache), cache_folder=get_settings().cache)
    chat.load()
    return chat


def _untrained() -> EmbeddedModel:
    """The language model as it is quantized here, without what it was trained to do."""
    chat = EmbeddedModel(cache_folder=get_settings().cache, adapter=None)
    chat.load()
    return chat


SYSTEMS: dict[str, Callable[[Library], System]] = {
    "embedded": product("embedded"),
    "none": product("none"),
    "short": product("embedded", length="short"),
    # Parts of the product switched off, or done by another.
    "reader-chooses": product("embedded", ReaderChooses),
    "no-opinion": product("embedded", Believing),
    "unchecked": product("embedded", Unchecked),
    "candidates": product("embedded", whole=False),
    "naive": naive,
    "naive-quantized": naive_quantized,
    "plain": plain,
    "dense": dense,
    "bm25": bm25,
}
