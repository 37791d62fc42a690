"""Fit the confidence on the signals of 300 questions: the last part of `make reader`.

Neither the reader nor the adapter was trained on these questions, and `make quality --held-out`
does not ask them. SQuAD 2.0's are asked of their own paragraph and of several joined ones. XQuAD's
and CovidQA's are asked of their own article and of another, which cannot answer them.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from tqdm import tqdm

from assistant import Article, Assistant
from assistant.models import Model, make_model
from assistant.pipeline.candidate import make_candidates
from assistant.pipeline.evidence.calibration import (
    FITS_FILE,
    Signals,
    compute_retrieval_similarity,
    pool_log_odds,
)
from assistant.pipeline.evidence.reader import READER_WEIGHTS, Reader
from assistant.pipeline.strategy import AnswerStrategy
from assistant.settings import get_settings
from index.storage.library import Library
from training.reader_data import get_group, read_rows
from training.splits import is_held_out

QUESTION_COUNTS = {"squad2": 80, "xquad_en": 24, "covidqa_long": 24}
# Paragraphs of SQuAD are also joined into articles as long as a news article.
JOINED_ARTICLES, PARAGRAPHS_PER_ARTICLE, QUESTIONS_PER_ARTICLE = 10, 6, 12


# The keys of a signals file, with the fields of `Signals`.
SIGNAL_FIELDS = {
    "reader": "reader",
    "foreign": "has_unknown_term",
    "opinion": "model_probability",
    "again": "model_recheck",
    "near": "retrieval_similarity",
}


def read_signals(row: dict[str, Any]) -> Signals:
    """Return the signals of a row of a signals file."""
    return Signals(**{SIGNAL_FIELDS[key]: value for key, value in row.items()})


def format_signals(signals: Signals) -> dict[str, Any]:
    """Return signals as a row of a signals file."""
    return {key: getattr(signals, name) for key, name in SIGNAL_FIELDS.items()}


def is_fitted_on(qid: str) -> bool:
    """Return whether a question belongs to the third that the confidence is fitted on."""
    return int(sha256(qid.encode()).hexdigest(), 16) % 3 == 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--weights", type=Path, default=READER_WEIGHTS, help="the reader's")
    arguments.add_argument(
        "--signals",
        type=Path,
        default=Path("results/signals.jsonl"),
        help="gone on with if it is there",
    )
    arguments.add_argument("--out", type=Path, default=FITS_FILE)
    options = arguments.parse_args()
    options.signals.parent.mkdir(exist_ok=True)
    done = len(read_rows(options.signals)) if options.signals.exists() else 0
    with options.signals.open("a", encoding="utf-8") as file:
        for row in measure_signals(options.data, Reader(options.weights), done):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
    rows = [row for row in read_rows(options.signals) if row["signals"]]
    options.out.write_text(json.dumps(fit_weights(rows), indent=1) + "\n")


def fit_weights(rows: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Return the bias and weights of each signal.

    Prints how well each signal and the pool of all separate answerable questions, in five-fold
    cross-validation.
    """
    answers = np.array([row["answerable"] for row in rows])
    signals = [read_signals(row["signals"]).features for row in rows]
    fits, log_odds = {}, {}
    for name in ("opinion", "reader", "search"):
        values = [question_signals[name] for question_signals in signals]
        model = LogisticRegression(C=np.inf, class_weight="balanced", max_iter=1000)
        log_odds[name] = cross_val_predict(model, values, answers, cv=5, method="decision_function")
        model.fit(values, answers)
        fits[name] = [round(float(weight), 4) for weight in [*model.intercept_, *model.coef_[0]]]
        print(f"{name}: bias and weights {fits[name]}")
    log_odds["pooled"] = np.array(
        [pool_log_odds(*row) for row in zip(*log_odds.values(), strict=True)]
    )
    for name, scores in log_odds.items():
        print(f"{name}: {len(rows)} questions, AUROC {roc_auc_score(answers, scores):.3f}")
        for threshold in np.arange(0.2, 0.9, 0.1):
            refused = scores < np.log(threshold / (1 - threshold))
            print(
                f"  below {threshold:.1f}: falsely refused {refused[answers].mean():.2f}, "
                f"refused {refused[~answers].mean():.2f}"
            )
    return fits


def measure_signals(data: Path, reader: Reader, done: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the signals of each question, and whether the article answers it.

    Args:
        done: number of questions to skip, which were measured before.
    """
    model = make_model("embedded", get_settings().cache)
    assert model is not None
    cases = [
        case
        for name, count in QUESTION_COUNTS.items()
        for case in select_questions(data, name, count)
    ]
    cases += select_joined_questions(data)
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        for name, question, article, answerable in tqdm(cases[done:]):
            signals = compute_signals(library, library.add(article), question, model, reader)
            yield {
                "set": name,
                "question": question,
                "answerable": answerable,
                "signals": format_signals(signals) if signals else None,
            }
        library.close()


def select_questions(data: Path, name: str, count: int) -> Iterator[tuple[str, str, Article, bool]]:
    """Yield set, question, article, and whether the article answers the question."""
    articles = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "")
        for row in read_rows(data / f"{name}.docs.jsonl")
    }
    fitting = [
        row
        for row in read_rows(data / f"{name}.questions.jsonl")
        if is_fitted_on(row["qid"]) and is_held_out(get_group(row))
    ]
    sample = random.Random(0).sample(fitting, min(count, len(fitting)))
    for row, next_row in zip(sample, [*sample[1:], sample[0]], strict=True):
        yield name, row["question"], articles[row["doc_id"]], row["answerable"]
        if name != "squad2" and next_row["doc_id"] != row["doc_id"]:
            yield name, row["question"], articles[next_row["doc_id"]], False


def select_joined_questions(data: Path) -> Iterator[tuple[str, str, Article, bool]]:
    """Yield questions on joined paragraphs of SQuAD's articles, as `select_questions` does.

    Unanswerable ones were only meant to be unanswerable in their own paragraph.
    """
    fitting = [
        row
        for row in read_rows(data / "squad2.questions.jsonl")
        if is_fitted_on(row["qid"]) and is_held_out(get_group(row))
    ]
    texts = {row["doc_id"]: row["text"] for row in read_rows(data / "squad2.docs.jsonl")}
    names = {
        row["doc_id"]: get_group(row)
        for row in read_rows(data / "squad2.questions.jsonl")
        if is_held_out(get_group(row))
    }
    parts = [
        part[first : first + PARAGRAPHS_PER_ARTICLE]
        for part in (
            [doc_id for doc_id in texts if names.get(doc_id) == name]
            for name in sorted(set(names.values()))
        )
        for first in range(0, len(part) - PARAGRAPHS_PER_ARTICLE + 1, PARAGRAPHS_PER_ARTICLE)
    ]
    for part in random.Random(0).sample(parts, min(JOINED_ARTICLES, len(parts))):
        article = Article.from_text(
            "\n\n".join(texts[doc_id] for doc_id in part), names[part[0]].replace("_", " ")
        )
        candidates = [row for row in fitting if row["doc_id"] in part]
        for row in random.Random(0).sample(candidates, min(QUESTIONS_PER_ARTICLE, len(candidates))):
            yield "squad2, joined", row["question"], article, row["answerable"]


def compute_signals(
    library: Library, article: Article, question: str, model: Model, reader: Reader
) -> Signals | None:
    """Return the signals of a question, or None if the article has no sentence."""
    chain = Assistant(library, [article], model).runnable
    work = AnswerStrategy(question, model, chain.whole, chain.quotes)
    hits = chain.retriever.hits(question)
    work.candidates = make_candidates(hits)
    work.retrieval_similarity = compute_retrieval_similarity(hits, library.embedder.fingerprint)
    work.select_evidence(reader)
    return work.signals


if __name__ == "__main__":
    main()
