"""Put a server on this machine under load, and write a result file.

    python -m evaluation.load --seconds 60 --peer gradio

The users ask one question after the other. Every answer is checked: it belongs to the question and
to its article, and its quotes are exact. The exit status is 1 if an answer was wrong or failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from evaluation.load.cases import Case, make_articles, make_cases
from evaluation.load.options import UserOptions
from evaluation.load.server import Watch, fill_server, run_module, watch_path
from evaluation.machine import describe_environment
from evaluation.runs import ROOT, code_version

__all__ = ["main", "summarize"]

RESULTS = Path(__file__).parents[1] / "results"
USERS = {"none": 200, "mock": 200, "embedded": 20, "gradio": 200}
SERIOUS = ("wrong", "error")
RAMP_SHARE = 0.1  # of the time, in which the users begin
TIMEOUT_SECONDS = 120.0


def main(argv: list[str] | None = None) -> int:
    """Run the test. The exit status is 1 if an answer was wrong or failed."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    models = [name for name in USERS if name != "gradio"]
    parser.add_argument("--models", nargs="*", choices=models, default=models)
    parser.add_argument("--peer", choices=["gradio"], help="a bare chat to compare with")
    parser.add_argument("--users", type=int, help="by default 200, and 20 for the bundled model")
    parser.add_argument("--greedy", type=int, default=0, help="users that share one address")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--delay", type=int, default=500, help="of the mock model, in ms")
    parser.add_argument("--seed", type=int, default=0, help="of the articles")
    parser.add_argument("--out", type=Path, help="result file; by default in evaluation/results")
    options = parser.parse_args(argv)
    rows = []
    for system in [*options.models, *([options.peer] if options.peer else [])]:
        rows.append(run_system(system, options))
        print(json.dumps(rows[-1]), flush=True)
    environment = describe_environment()
    result: dict[str, Any] = {
        "kind": "load",
        "commit": code_version(),
        **environment,
        **{name: getattr(options, name) for name in ("seconds", "delay", "greedy", "seed")},
        "results": rows,
    }
    path = options.out or RESULTS / f"{environment['date']}-{result['commit']}-load.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(path)
    checked = [row for row in rows if row["system"] != "gradio"]
    return int(any(row[outcome] for row in checked for outcome in SERIOUS))


def run_system(system: str, options: argparse.Namespace) -> dict[str, Any]:
    """Start a system, put it under load and return a row of the result file."""
    users = options.users or USERS[system]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        model = system
        if system in ("mock", "gradio"):
            name = f"mock-{options.delay}ms"
            url, _ = stack.enter_context(run_module("evaluation.load.mock_model", name))
            model = f"{name}@{url}"
        if system == "gradio":
            address, _ = stack.enter_context(run_module("evaluation.load.gradio_chat", url))
            cases, path = list(_make_local_cases(options.seed)), "/config"
        else:
            serve = ("serve", "--model", model, "--port", "0", "--data", str(folder / "data"))
            address, _ = stack.enter_context(run_module("assistant", *serve))
            cases = fill_server(address, options.seed, has_model=system != "none")
            path = "/healthz"
        with watch_path(address, path) as health, watch_path(address, "/") as page:
            answers = run_users(system, address, cases, folder, users, options)
    return {
        "system": system,
        "users": users,
        **summarize(answers, options.seconds),
        **_summarize_watch("health", health),
        **_summarize_watch("page", page),
    }


def _make_local_cases(seed: int) -> Iterator[Case]:
    """Yield the cases for a program that stores no articles."""
    for title, text, questions in make_articles(seed):
        yield from make_cases({"id": title, "text": text}, questions)


def run_users(
    system: str,
    address: str,
    cases: Sequence[Case],
    folder: Path,
    users: int,
    options: argparse.Namespace,
) -> list[dict[str, Any]]:
    """Have the users ask for a while, and return what became of each question."""
    user_options = UserOptions(
        cases=str(folder / "cases.json"),
        results=str(folder / "results.jsonl"),
        greedy=options.greedy,
        ramp_seconds=RAMP_SHARE * options.seconds,
        timeout=TIMEOUT_SECONDS,
    )
    Path(user_options.cases).write_text(json.dumps([asdict(case) for case in cases]), "utf-8")
    command = [sys.executable, "-m", "locust", "--headless", "--host", address]
    command += ["--locustfile", str(Path(__file__).with_name("users.py"))]
    command += ["--users", str(users), "--spawn-rate", str(users)]
    command += ["--run-time", f"{options.seconds:.0f}s", "--exit-code-on-error", "0"]
    command += ["GradioUser" if system == "gradio" else "AssistantUser"]
    environment = {**os.environ, "ARTICLE_LOAD_USERS": json.dumps(asdict(user_options))}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=options.seconds + 2 * TIMEOUT_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"Locust failed: {done.stderr[-2_000:]}")
    lines = Path(user_options.results).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def summarize(answers: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Return the outcomes, the seconds of an answer and how evenly users were served.

    The seconds do not include those that a refused user waited before asking again.
    """
    outcomes = Counter(answer["outcome"] for answer in answers)
    by_user = Counter(answer["user"] for answer in answers if answer["outcome"] == "answered")
    served = [by_user[user] for user in {answer["user"] for answer in answers}]
    details = Counter(answer["detail"] for answer in answers if answer["outcome"] in SERIOUS)
    return {
        **{name: outcomes[name] for name in ("answered", "refused", *SERIOUS)},
        "per_minute": round(60 * outcomes["answered"] / seconds, 1),
        **_percentiles(
            [answer["seconds"] for answer in answers if answer["outcome"] == "answered"]
        ),
        "addresses": len(served),
        "addresses_served": sum(count > 0 for count in served),
        "most_answers_of_an_address": max(served, default=0),
        "details": dict(details.most_common(5)),
    }


def _summarize_watch(name: str, watch: Watch) -> dict[str, Any]:
    figures = _percentiles(watch.seconds)
    return {f"{name}_p95": figures["p95"], f"{name}_failures": watch.failures}


def _percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    values = np.percentile(seconds, (50, 95, 99)) if seconds else [None] * 3
    return {
        name: None if value is None else round(float(value), 3)
        for name, value in zip(("p50", "p95", "p99"), values, strict=True)
    }


if __name__ == "__main__":
    sys.exit(main())
