"""Measure the checks of statements on documents that nothing was trained on.

    python -m evaluation.verification ../shared/train
    python -m evaluation.verification --only wice ../shared/train

Statements that people wrote, statements altered by rule, and WiCE's claims with web pages. A
statement is stopped by the verifier, by the other checks (numbers, names, negations, antonyms,
swapped arguments, and the words that answer), or by either. The figures go to standard output as
tables and to a file in `evaluation/results`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from assistant.pipeline.evidence.answer_words import find_omitted_words
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.query.answer_type import needs_explanation
from assistant.pipeline.query.intent import classify_intent
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.pipeline.verification.claims import find_unsupported_claims
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.role_swap import find_role_swap
from assistant.pipeline.verification.verifier import (
    VERIFIER_WEIGHTS,
    Verifier,
    format_evidence,
)
from assistant.text.tokens import content_stems
from evaluation.intervals import bootstrap_weights, percentile_interval
from evaluation.machine import describe_environment
from evaluation.peers import read_published
from evaluation.runs import code_version
from evaluation.sets import SHARED
from evaluation.table_formats import format_comparison, format_verification
from index.text.article import Article
from training.open_sets import read_rows
from training.verifier import compute_probabilities, is_calibration, read_examples
from training.verifier_data import Example, split_examples

__all__ = [
    "compute_balanced_interval",
    "compute_calibration_error",
    "find_rejected",
    "make_windows",
    "measure",
    "measure_wice",
]

PARTS = ("statements", "wice")
RESULTS = Path(__file__).with_name("results")
EXAMPLES_PER_SET = 150
WINDOW_CHARACTERS = 900  # with a claim, within 256 tokens
WINDOWS = 4  # of a page, at most
BINS = 10  # of the expected calibration error
RESAMPLES = 2_000  # of the bootstrap


def measure(
    chances: np.ndarray,
    supported: np.ndarray,
    threshold: float,
    rejected: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the figures of a set of statements, and the 95 % interval of the balanced accuracy.

    "stopped" without an addition is by the verifier.

    Args:
        chances: the probability of "supported" of each statement.
        supported: whether each is supported.
        threshold: the verifier stops statements below it.
        rejected: whether the other checks stop each statement; None if they were not run.
    """
    stopped = chances < threshold
    both = bool(supported.any() and not supported.all())
    figures: dict[str, Any] = _compute_figures(chances, supported, both)
    figures |= _compute_stopped(stopped, supported)
    if both:
        interval = compute_balanced_interval(chances, supported)
        figures["intervals"] = {"balanced accuracy": list(interval)}
    if rejected is not None:
        figures |= _compute_stopped(rejected, supported, ", other checks")
        figures |= _compute_stopped(rejected | stopped, supported, ", all checks")
    return figures


def _compute_stopped(
    stopped: np.ndarray, supported: np.ndarray, suffix: str = ""
) -> dict[str, float | None]:
    """Return the shares of unsupported and of supported statements that are stopped."""
    true, false = stopped[supported], stopped[~supported]
    return {
        f"false stopped{suffix}": float(false.mean()) if false.size else None,
        f"true stopped{suffix}": float(true.mean()) if true.size else None,
    }


def _compute_figures(
    chances: np.ndarray, supported: np.ndarray, both: bool
) -> dict[str, float | None]:
    true, false = supported, ~supported
    return {
        "statements": len(chances),
        "supported": int(true.sum()),
        "balanced accuracy": _average(
            [(chances[true] >= 0.5).mean(), (chances[false] < 0.5).mean()] if both else []
        ),
        "accuracy": float(((chances >= 0.5) == supported).mean()),
        "AUROC": float(roc_auc_score(supported, chances)) if both else None,
    }


def compute_balanced_interval(
    chances: np.ndarray, supported: np.ndarray, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return the 95 % interval of the balanced accuracy at 0.5, by the bootstrap.

    Args:
        chances: the probability of "supported" of each statement.
        supported: whether each is supported; both kinds must occur.
        resamples: number of resamples.
    """
    right = ((chances >= 0.5) == supported).astype(float)
    weights = bootstrap_weights(len(right), resamples)
    shares = [
        (weights[:, group] @ right[group]) / np.maximum(weights[:, group].sum(axis=1), 1)
        for group in (supported, ~supported)
    ]
    return percentile_interval((shares[0] + shares[1]) / 2)


def find_rejected(examples: Sequence[Example], span_reader: SpanReader) -> np.ndarray:
    """Return whether the other checks stop each statement; shape `(examples,)`.

    These are the rules and the comparison with the words that answer.
    """
    return np.array(
        [
            bool(
                find_unsupported_claims(
                    example.statement, Evidence([example.evidence], example.question)
                )
                or find_role_swap(example.statement, [example.evidence])
                or _omits_answer(example, span_reader)
            )
            for example in tqdm(examples, desc="other checks", disable=None)
        ]
    )


def _omits_answer(example: Example, span_reader: SpanReader) -> bool:
    question = example.question
    if not question or classify_intent(question) != "fact" or needs_explanation(question):
        return False
    sentences, _, rest = example.evidence.partition(" | ")
    limit = DEFAULT_THRESHOLDS.min_disagreement_probability
    title = rest.partition(" | ")[0]
    return bool(
        find_omitted_words(example.statement, question, [sentences], title, span_reader, limit)
    )


def _average(values: Sequence[float]) -> float | None:
    return float(statistics.mean(map(float, values))) if values else None


def compute_calibration_error(chances: np.ndarray, supported: np.ndarray) -> float:
    """Return the expected calibration error of "supported" in ten bins (Naeini et al., 2015)."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    return float(
        sum(
            (bins == number).mean()
            * abs(chances[bins == number].mean() - supported[bins == number].mean())
            for number in range(BINS)
            if (bins == number).any()
        )
    )


def measure_examples(
    verifier: Verifier, examples: Sequence[Example], threshold: float
) -> dict[str, Any]:
    """Return the figures for all examples, for each set, each form and each kind of statement."""
    chances = np.concatenate(
        [
            compute_probabilities(verifier, examples[start : start + 256])
            for start in tqdm(range(0, len(examples), 256), desc="statements", disable=None)
        ]
    )[:, 0]
    supported = np.array([example.is_supported for example in examples])
    rejected = find_rejected(examples, SpanReader())

    def measure_by(key: Callable[[Example], str]) -> dict[str, Any]:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, example in enumerate(examples):
            rows[key(example)].append(row)
        return {
            name: measure(chances[group], supported[group], threshold, rejected[group])
            for name, group in sorted(rows.items())
        }

    return {
        "all": measure(chances, supported, threshold, rejected),
        "calibration error": compute_calibration_error(chances, supported),
        "sets": measure_by(lambda example: example.source),
        "forms": measure_by(lambda example: example.form),
        "kinds": measure_by(lambda example: example.kind),
    }


def sample_examples(examples: Iterable[Example], count: int) -> list[Example]:
    """Return at most `count` examples of each set, in the order of the sets."""
    sets: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        sets[example.source].append(example)
    chance = random.Random(0)
    return [
        example
        for name in sorted(sets)
        for example in chance.sample(sets[name], min(count, len(sets[name])))
    ]


def measure_wice(verifier: Verifier, folder: Path, threshold: float) -> dict[str, Any]:
    """Return the figures on WiCE's development claims: supported against partly and not.

    A claim is as supported as by the best window of its page.
    """
    texts = {row["doc_id"]: row["text"] for row in read_rows(folder, "wice_dev", "docs")}
    articles = {name: Article.from_text(text) for name, text in texts.items()}
    chances, supported = [], []
    for row in tqdm(list(read_rows(folder, "wice_dev", "claims")), desc="WiCE", disable=None):
        windows = make_windows(row["claim"], articles[row["doc_id"]])
        judgements = verifier.judge([("", row["claim"], window) for window in windows])
        chances.append(max(judgement.supported for judgement in judgements))
        supported.append(row["label"] == "supported")
    return measure(np.array(chances), np.array(supported), threshold)


def make_windows(claim: str, article: Article) -> list[str]:
    """Return windows of an article that may support a claim.

    The sentences that share most stems with the claim together, and each of the best with its
    neighbours.
    """
    sentences = [" ".join(article.slice(span).split()) for span in article.sentences]
    stems = frozenset(content_stems(claim))
    shared = [len(stems & frozenset(content_stems(sentence))) for sentence in sentences]
    ranked = sorted(range(len(sentences)), key=lambda row: -shared[row])
    selections = [_fill_window(ranked, sentences)]
    for best in ranked[: WINDOWS - 1]:
        near = _rank_neighbours(best, len(sentences))
        selections.append(_fill_window(near[:7], sentences))
    windows = [
        format_evidence([sentences[row] for row in sorted(rows)], "", article.title)
        for rows in selections
    ]
    return list(dict.fromkeys(windows))


def _rank_neighbours(position: int, count: int) -> list[int]:
    """Return the positions from 0 to `count`, the nearest to a position first."""
    return sorted(range(count), key=lambda row: abs(row - position))


def _fill_window(ranked: Sequence[int], sentences: Sequence[str]) -> list[int]:
    """Return the first positions whose sentences fit a window; one at least."""
    rows: list[int] = []
    length = 0
    for row in ranked:
        length += len(sentences[row])
        if rows and length > WINDOW_CHARACTERS:
            break
        rows.append(row)
    return rows


def measure_milliseconds(verifier: Verifier, examples: Sequence[Example]) -> dict[str, float]:
    """Return the median milliseconds of a statement alone, and of one of eight together."""
    rows = [(example.question, example.statement, example.evidence) for example in examples[:80]]
    verifier.judge(rows[:8])
    figures = {}
    for count in (1, 8):
        seconds = []
        for start in range(0, len(rows), count):
            started = time.perf_counter()
            verifier.judge(rows[start : start + count])
            seconds.append((time.perf_counter() - started) / count)
        figures[f"milliseconds a statement, {count} at once"] = 1000 * statistics.median(seconds)
    return figures


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of *.claims.jsonl, *.questions.jsonl")
    arguments.add_argument("--weights", type=Path, default=VERIFIER_WEIGHTS)
    arguments.add_argument(
        "--threshold", type=float, default=DEFAULT_THRESHOLDS.min_supported_probability
    )
    arguments.add_argument("--count", type=int, default=EXAMPLES_PER_SET, help="of each set")
    arguments.add_argument("--eval", type=Path, default=SHARED / "eval", help="folder of WiCE")
    arguments.add_argument("--out", type=Path, default=RESULTS, help="folder")
    arguments.add_argument("--runs", type=Path, default=Path("results"))
    arguments.add_argument("--only", choices=PARTS, help="measure one of the two parts")
    options = arguments.parse_args()
    if not options.data.is_dir():
        print(f"Skipped: the sets are not there ({options.data}).", file=sys.stderr)
        return 0
    verifier = Verifier(options.weights)
    result: dict[str, Any] = {
        "kind": "verification",
        "commit": code_version(),
        **describe_environment(),
        "threshold": options.threshold,
        "count": options.count,
        "published": [],
    }
    if options.only != "wice":
        examples = _read_held_out(options.runs, options.data, options.count)
        result["results"] = measure_examples(verifier, examples, options.threshold)
        result["speed"] = measure_milliseconds(verifier, random.Random(0).sample(examples, 80))
        print(f"{format_verification(result)}\n\n{json.dumps(result['speed'])}\n")
    if options.only != "statements" and (options.eval / "wice_dev.claims.jsonl").exists():
        result["wice"] = measure_wice(verifier, options.eval, options.threshold)
        result["published"] = [row._asdict() for row in read_published("wice_dev")]
        print(f"{format_comparison([result])}\n")
    options.out.mkdir(parents=True, exist_ok=True)
    part = f"-{options.only}" if options.only else ""
    path = options.out / f"{result['date']}-{result['commit']}-verification{part}.json"
    path.write_text(json.dumps(_round(result), ensure_ascii=False, indent=1), encoding="utf-8")
    print(path)
    return 0


def _read_held_out(runs: Path, data: Path, count: int) -> list[Example]:
    """Return at most `count` examples of each set, from documents that nothing was fitted on."""
    _, held_out = split_examples(read_examples(runs / "verifier-examples.jsonl", data))
    return sample_examples(
        (example for example in held_out if not is_calibration(example.group)), count
    )


def _round(value: Any) -> Any:
    """Return the figures of a result with four decimals."""
    if isinstance(value, dict):
        return {name: _round(figure) for name, figure in value.items()}
    if isinstance(value, list):
        return [_round(figure) for figure in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
