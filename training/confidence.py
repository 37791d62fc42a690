"""Fit the confidence: the second part of `make reader`. Asks the embedded model for its opinion on 300 questions.

The questions are ones that neither the reader nor the adapter was trained on, nor `make quality --held-out` asks: of SQuAD 2.0, in
their own paragraph and in several joined; of XQuAD and CovidQA, each put to its own article and to another, which cannot answer it.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from tqdm import tqdm

from assistant import Article, Assistant
from assistant.confidence import FITS, Signals, nearness, pooled
from assistant.evidence import candidates_of
from assistant.models import Model, make_model
from assistant.reader import WEIGHTS, Reader
from assistant.settings import get_settings
from assistant.work import Work
from index.library import Library

from .examples import group, rows
from .splits import held_out

COUNTS = {"squad2": 80, "xquad_en": 24, "covidqa_long": 24}
# SQuAD's paragraphs are also joined, as many as a news article has, and asked about together.
JOINED, PARAGRAPHS, EACH = 10, 6, 12


def fitted_on(qid: str) -> bool:
    """Whether a question is one of the third that the confidence is fitted on."""
    return int(sha256(qid.encode()).hexdigest(), 16) % 3 == 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--weights", type=Path, default=WEIGHTS, help="the reader's")
    arguments.add_argument("--signals", type=Path, default=Path("results/signals.jsonl"), help="gone on with if it is there")
    arguments.add_argument("--out", type=Path, default=FITS)
    given = arguments.parse_args()
    given.signals.parent.mkdir(exist_ok=True)
    done = len(rows(given.signals)) if given.signals.exists() else 0
    with given.signals.open("a", encoding="utf-8") as file:
        for row in measured(given.data, Reader(given.weights), done):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
    found = [row for row in rows(given.signals) if row["signals"]]
    given.out.write_text(json.dumps(fit(found), indent=1) + "\n")


def fit(found: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Bias and weights of each; prints how well they, and those pooled, tell apart what they were not fitted on (five-fold)."""
    answers = np.array([row["answerable"] for row in found])
    given = [Signals(**row["signals"]).known for row in found]
    fits, log_odds = {}, {}
    for name in ("opinion", "reader", "search"):
        values = [one[name] for one in given]
        model = LogisticRegression(C=np.inf, class_weight="balanced", max_iter=1000)
        log_odds[name] = cross_val_predict(model, values, answers, cv=5, method="decision_function")
        model.fit(values, answers)
        fits[name] = [round(float(weight), 4) for weight in [*model.intercept_, *model.coef_[0]]]
        print(f"{name}: bias and weights {fits[name]}")
    log_odds["pooled"] = np.array([pooled(*row) for row in zip(*log_odds.values(), strict=True)])
    for name, told in log_odds.items():
        print(f"{name}: {len(found)} questions, AUROC {roc_auc_score(answers, told):.3f}")
        for threshold in np.arange(0.2, 0.9, 0.1):
            refused = told < np.log(threshold / (1 - threshold))
            print(
                f"  below {threshold:.1f}: falsely refused {refused[answers].mean():.2f}, refused {refused[~answers].mean():.2f}"
            )
    return fits


def measured(data: Path, reader: Reader, done: int = 0) -> Iterator[dict[str, Any]]:
    """Each question's signals, if there are any, and whether the article that it was put to answers it.

    Args:
        done: how many were measured before; they are passed by.
    """
    model = make_model("embedded", get_settings().cache)
    assert model is not None
    asked = [case for name, count in COUNTS.items() for case in questions(data, name, count)]
    asked += joined(data)
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        for name, question, article, answerable in tqdm(asked[done:]):
            signals = signals_on(library, library.add(article), question, model, reader)
            told = asdict(signals) if signals else None
            yield {"set": name, "question": question, "answerable": answerable, "signals": told}
        library.close()


def questions(data: Path, name: str, count: int) -> Iterator[tuple[str, str, Article, bool]]:
    """Set, question, article, and whether it answers."""
    articles = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "") for row in rows(data / f"{name}.docs.jsonl")
    }
    fitting = [row for row in rows(data / f"{name}.questions.jsonl") if fitted_on(row["qid"]) and held_out(group(row))]
    chosen = random.Random(0).sample(fitting, min(count, len(fitting)))
    for row, away in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        yield name, row["question"], articles[row["doc_id"]], row["answerable"]
        if name != "squad2" and away["doc_id"] != row["doc_id"]:
            yield name, row["question"], articles[away["doc_id"]], False


def joined(data: Path) -> Iterator[tuple[str, str, Article, bool]]:
    """Questions on whole parts of SQuAD's articles; unanswerable ones were only meant to be so in their own paragraph."""
    fitting = [row for row in rows(data / "squad2.questions.jsonl") if fitted_on(row["qid"]) and held_out(group(row))]
    texts = {row["doc_id"]: row["text"] for row in rows(data / "squad2.docs.jsonl")}
    names = {row["doc_id"]: group(row) for row in rows(data / "squad2.questions.jsonl") if held_out(group(row))}
    parts = [
        part[first : first + PARAGRAPHS]
        for part in ([one for one in texts if names.get(one) == name] for name in sorted(set(names.values())))
        for first in range(0, len(part) - PARAGRAPHS + 1, PARAGRAPHS)
    ]
    for part in random.Random(0).sample(parts, min(JOINED, len(parts))):
        article = Article.from_text("\n\n".join(texts[one] for one in part), names[part[0]].replace("_", " "))
        own = [row for row in fitting if row["doc_id"] in part]
        for row in random.Random(0).sample(own, min(EACH, len(own))):
            yield "squad2, joined", row["question"], article, row["answerable"]


def signals_on(library: Library, article: Article, question: str, model: Model, reader: Reader) -> Signals | None:
    """The signals; None if the article has no sentence."""
    chain = Assistant(library, [article], model).runnable
    work = Work(question, model, chain.whole, chain.quotes)
    hits = chain.retriever.hits(question)
    work.candidates = candidates_of(hits)
    work.near = nearness(hits, library.embedder.fingerprint)
    work.read(reader)
    return work.signals


if __name__ == "__main__":
    main()
