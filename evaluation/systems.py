"""Build the systems that are compared: the assistant, variants of it, and simpler systems."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from assistant import Answer, Assistant, Quote
from assistant.answer.statement import make_quote_statements
from assistant.models import conversion as weights
from assistant.models import make_model
from assistant.models.bundled import BundledModel
from assistant.models.local import LocalModel
from assistant.pipeline.pipeline import AnswerPipeline, PipelineInput
from assistant.pipeline.state import Length
from assistant.pipeline.strategy import AnswerStrategy
from assistant.settings import get_settings
from evaluation.ablations import WITHOUT, ReaderSelection, WithoutChecks, WithoutOpinion
from evaluation.sets import Case
from evaluation.stuffing_baseline import StuffingBaseline
from evaluation.two_step_baseline import TwoStepBaseline
from index.errors import InputError, ModelError
from index.retrieval.bm25 import KeywordIndex
from index.storage.library import Library
from index.text.article import Article
from index.text.spans import Span

__all__ = ["SYSTEMS", "System", "check_system_name", "make_system"]

# Answers a case whose article is in the library. The answer's seconds leave out what a user does
# not wait for.
System = Callable[[Case], Answer]


def check_system_name(name: str) -> str:
    """Return the name if it is in `SYSTEMS` or has the form `provider:name`.

    Raises:
        InputError: there is no such system.
    """
    if name not in SYSTEMS and ":" not in name:
        raise InputError(
            f"There is no system {name!r}. Use {', '.join(SYSTEMS)}, or provider:name."
        )
    return name


def make_system(name: str, library: Library) -> System:
    """Return the system of a name in `SYSTEMS`, or the assistant with the model `provider:name`.

    Raises:
        InputError: there is no such system, or a provider's package or key is missing.
        ModelError: the model cannot be loaded.
    """
    return (SYSTEMS.get(check_system_name(name)) or make_assistant_system(name))(library)


def make_assistant_system(
    model_name: str,
    strategy: type[AnswerStrategy] = AnswerStrategy,
    whole: bool = True,
    length: Length = "normal",
) -> Callable[[Library], System]:
    """Return a factory of the assistant.

    Models are loaded and the articles are read before the clock starts, as in normal use.

    Args:
        strategy: the class that answers; an ablation is a subclass.
        whole: let the model read the whole article if it fits; otherwise only what search finds.
        length: of the answers.
    """

    def make(library: Library) -> System:
        model = make_model(model_name, get_settings().cache)

        @lru_cache(maxsize=1)  # questions are grouped by article
        def open_articles(articles: tuple[Article, ...]) -> AnswerPipeline:
            assistant = Assistant(library, articles, model)
            assistant.load()
            if assistant.trouble:  # otherwise quotes alone would be measured under the model's name
                raise ModelError(assistant.trouble)
            chain = assistant.runnable
            chain.strategy, chain.whole = strategy, chain.whole if whole else None
            return chain

        return lambda case: open_articles(case.articles).invoke(
            PipelineInput(case.question, case.history, length=length)
        )

    return make


def make_two_step(library: Library) -> System:
    return TwoStepBaseline(library, _load_official_model()).ask


def make_two_step_quantized(library: Library) -> System:
    return TwoStepBaseline(library, _load_untrained_model()).ask


def make_stuffing(library: Library) -> System:
    return StuffingBaseline(library.embedder, _load_untrained_model()).ask


def make_dense(library: Library) -> System:
    """Return a system that quotes the nearest sentence by embedding and never refuses."""
    library.embedder.load()

    def find_best(case: Case) -> Span:
        vector = library.embedder.embed([case.standalone_question])[0]
        _, position, _ = library.vectors.find_nearest(vector, 1, [case.article.id])[0]
        return case.article.passages[position]

    return _make_sentence_system(find_best)


def make_bm25(library: Library) -> System:
    """Return a system that quotes the best sentence by BM25 and never refuses."""

    @lru_cache(maxsize=1)
    def build_index(article: Article) -> KeywordIndex:
        return KeywordIndex([article.slice(span) for span in article.passages], article.language)

    def ask(case: Case) -> Answer:
        keywords = build_index(case.article)  # before the clock starts

        def find_best(case: Case) -> Span:
            scores = keywords.scores(case.standalone_question)
            return case.article.passages[int(np.argmax(scores))]

        return _make_sentence_system(find_best)(case)

    return ask


def _make_sentence_system(find_best: Callable[[Case], Span]) -> System:
    def ask(case: Case) -> Answer:
        started = time.perf_counter()
        quotes = (Quote.of(case.article, find_best(case), 1),)
        return Answer(
            case.question,
            make_quote_statements(quotes),
            quotes,
            seconds={"total": time.perf_counter() - started},
        )

    return ask


def _load_official_model() -> LocalModel:
    """Return the language model of the registry's official file, as openvino reads it."""
    chat = LocalModel(
        path=weights.join_official_file(get_settings().cache), cache_folder=get_settings().cache
    )
    chat.load()
    return chat


def _load_untrained_model() -> BundledModel:
    """Return the language model quantized as in the package, without its trained adapter."""
    chat = BundledModel(cache_folder=get_settings().cache, adapter=None)
    chat.load()
    return chat


SYSTEMS: dict[str, Callable[[Library], System]] = {
    "embedded": make_assistant_system("embedded"),
    "none": make_assistant_system("none"),
    "short": make_assistant_system("embedded", length="short"),
    # Ablations: a part of the assistant switched off or replaced.
    "reader-chooses": make_assistant_system("embedded", ReaderSelection),
    "no-opinion": make_assistant_system("embedded", WithoutOpinion),
    "unchecked": make_assistant_system("embedded", WithoutChecks),
    "candidates": make_assistant_system("embedded", whole=False),
    **{
        f"without-{name}": make_assistant_system("embedded", strategy)
        for name, strategy in WITHOUT.items()
    },
    "naive": make_two_step,
    "naive-quantized": make_two_step_quantized,
    "plain": make_stuffing,
    "dense": make_dense,
    "bm25": make_bm25,
}
