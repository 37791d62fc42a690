"""Run several processes behind a proxy, kill each part of them, and write a result file.

    python -m evaluation.cluster --seconds 30

PostgreSQL, a Chroma server, a model server, two web processes and nginx run on this machine. Users
ask one article, ask the library, and add articles. One part after the other is killed, and started
again after a few seconds. The exit status is 1 if an answer was wrong, an acknowledged article was
lost, an error was not clear, or a part did not come back.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import httpx

from evaluation.cluster.parts import SERVER_NAME, Deployment, run_deployment
from evaluation.cluster.users import OUTCOMES, Action, Request, Users
from evaluation.load.cases import Case, make_articles, make_cases
from evaluation.machine import describe_environment
from evaluation.runs import code_version

__all__ = ["FILLER_PASSAGES", "count_lost", "main", "make_fillers", "summarize"]

RESULTS = Path(__file__).parents[1] / "results"
HEADERS = {"Host": SERVER_NAME, "Connection": "close"}
FILLER_PASSAGES = 10_500  # more than are compared one by one, so that Chroma is asked
PASSAGES_OF_FILLER = 500
KILL_SHARE, START_SHARE = 0.1, 0.3  # of the seconds of a fault
ASKERS = 4
FILL_SECONDS = 300


def main(argv: list[str] | None = None) -> int:
    """Run the test. The exit status is 1 if something was wrong, lost or unclear."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=40, help="for each fault")
    parser.add_argument("--passages", type=int, default=FILLER_PASSAGES, help="of other articles")
    parser.add_argument("--parts", nargs="*", help="to kill; by default all, and none first")
    parser.add_argument("--seed", type=int, default=0, help="of the articles")
    parser.add_argument("--out", type=Path, help="result file; by default in evaluation/results")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stops the parts
    with TemporaryDirectory() as folder:
        try:
            with run_deployment(Path(folder)) as deployment:
                rows, lost = run_faults(deployment, options)
        except FileNotFoundError as error:
            print(error, file=sys.stderr)
            return 2
    environment = describe_environment()
    result: dict[str, Any] = {
        "kind": "cluster",
        "commit": code_version(),
        **environment,
        **{name: getattr(options, name) for name in ("seconds", "passages", "seed")},
        "lost": lost,
        "results": rows,
    }
    path = options.out or RESULTS / f"{environment['date']}-{result['commit']}-cluster.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(path, f"{lost} articles lost")
    return int(bool(lost) or not all(row["passed"] for row in rows))


def run_faults(
    deployment: Deployment, options: argparse.Namespace
) -> tuple[list[dict[str, Any]], int]:
    """Kill each part while users work. Return a row for each, and how many articles were lost."""
    cases, library = fill_library(deployment.address, options.seed, options.passages)
    added: dict[str, str] = {}
    rows = []
    undisturbed: tuple[Callable[[], None], Callable[[], None]] = (lambda: None, lambda: None)
    for name, (kill, start) in {"none": undisturbed, **deployment.faults}.items():
        if options.parts and name not in options.parts:
            continue
        users = Users(deployment.address, HEADERS, cases, library)
        started = time.monotonic()
        users.start(ASKERS)
        try:
            for share, act in ((KILL_SHARE, kill), (START_SHARE, start), (1, lambda: None)):
                time.sleep(max(started + share * options.seconds - time.monotonic(), 0))
                act()
        finally:
            users.stop()
        added |= users.added
        rows.append(summarize(name, users.requests, started, options.seconds))
        print(json.dumps(rows[-1]), flush=True)
    return rows, sum(count_lost(address, added) for address in deployment.web)


def fill_library(address: str, seed: int, passages: int) -> tuple[list[Case], list[str]]:
    """Add the articles. Return the questions, and the IDs of all articles."""
    cases: list[Case] = []
    ids = []
    with httpx.Client(base_url=address, headers=HEADERS, timeout=FILL_SECONDS) as client:

        def add(title: str, text: str) -> dict[str, Any]:
            response = client.post("/api/articles", json={"title": title, "text": text})
            article: dict[str, Any] = response.raise_for_status().json()
            ids.append(article["id"])
            return article

        for title, text, questions in make_articles(seed):
            article = add(title, text)
            stored = client.get(f"/api/articles/{article['id']}").raise_for_status().json()
            cases += make_cases(stored, questions)
        for number, text in enumerate(make_fillers(passages)):
            add(f"Register {number}", text)
    return cases, ids


def make_fillers(passages: int) -> list[str]:
    """Return texts that together have so many passages, none of which answers a question."""
    lines = [
        f"Hut {number:,} was painted by its keeper and has a door of oak."
        for number in range(passages)
    ]
    starts = range(0, passages, PASSAGES_OF_FILLER)
    return ["\n\n".join(lines[start : start + PASSAGES_OF_FILLER]) for start in starts]


def summarize(
    name: str, requests: Sequence[Request], started: float, seconds: float
) -> dict[str, Any]:
    """Return a row of the result file.

    Args:
        name: of the part that was killed.
        requests: of all users.
        started: when the users began, on the monotonic clock.
        seconds: for which they went on.
    """
    counts = Counter(request.outcome for request in requests)
    ended = started + seconds
    gaps = {
        action: find_longest_gap(requests, action, started, ended) for action in get_args(Action)
    }
    last = {
        action: max((one.ended for one in requests if _is_success(one, action)), default=started)
        for action in get_args(Action)
    }
    is_back = all(moment > ended - seconds / 4 for moment in last.values())
    allowed = ("answered", "refused", "error", *(["broken"] if name == "proxy" else []))
    failures = [request for request in requests if request.outcome != "answered"]
    return {
        "part": name,
        **{outcome: counts[outcome] for outcome in OUTCOMES},
        "longest_failure": max((request.seconds for request in failures), default=0.0),
        "gaps": gaps,
        "is_back": is_back,
        "passed": is_back and all(request.outcome in allowed for request in requests),
        "details": Counter(f"{one.action}: {one.outcome}: {one.detail}" for one in failures),
    }


def find_longest_gap(
    requests: Sequence[Request], action: Action, started: float, ended: float
) -> float:
    """Return the most seconds in which no action of a kind succeeded."""
    successes = [one.ended for one in requests if _is_success(one, action)]
    moments = sorted([started, *successes, ended])
    return round(max(after - before for before, after in pairwise(moments)), 1)


def _is_success(request: Request, action: Action) -> bool:
    return (request.action, request.outcome) == (action, "answered")


def count_lost(address: str, articles: Mapping[str, str]) -> int:
    """Return how many articles a process does not have with exactly their text."""
    lost = 0
    with httpx.Client(base_url=address, headers=HEADERS, timeout=FILL_SECONDS) as client:
        for article_id, text in articles.items():
            response = client.get(f"/api/articles/{article_id}")
            lost += not response.is_success or response.json()["text"] != text
    return lost


if __name__ == "__main__":
    sys.exit(main())
