"""Use a server for hours, and draw its memory, handles, threads and seconds (`make soak`).

    python -m evaluation.soak 120

A few users ask, and add and remove an article, one after the other, for the minutes that are given.
Every answer is checked. The exit status is 1 if an answer was wrong or failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import httpx

from evaluation.load.cases import Case, describe_fault
from evaluation.load.server import fill_server, run_module
from evaluation.machine import describe_environment
from evaluation.runs import code_version

__all__ = ["Sample", "draw_plot", "main"]

RESULTS = Path(__file__).with_name("results")
SAMPLES = 240  # of a run
WIDTH, HEIGHT, LEFT, TOP = 600, 150, 70, 30
LABELS = {
    "memory_mb": "memory, MB",
    "handles": "open files",
    "threads": "threads",
    "seconds": "median seconds of an answer",
}
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Sample:
    """The state of the server at one moment."""

    minutes: float  # since the start
    memory_mb: float
    handles: int
    threads: int
    seconds: float | None  # median of the answers since the last sample


class _Users:
    """Users that ask until they are stopped."""

    def __init__(self, address: str, cases: Sequence[Case]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []  # of the answers since the last sample
        self._address = address
        self._cases = cases
        self._is_over = Event()
        self._threads: list[Thread] = []

    def start(self, users: int) -> None:
        self._threads = [Thread(target=self._use, args=[Random(n)]) for n in range(users)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _use(self, random: Random) -> None:
        with httpx.Client(base_url=self._address, timeout=TIMEOUT_SECONDS) as client:
            while not self._is_over.is_set():
                try:
                    outcome = self._act(client, random)
                except httpx.HTTPError as error:
                    outcome = f"error: {type(error).__name__}"
                self.outcomes[outcome] += 1

    def _act(self, client: httpx.Client, random: Random) -> str:
        """Ask a question, or now and then add and remove an article. Return the outcome."""
        if random.random() < 0.1:
            text = f"The mill of village {random.randrange(10**9)} was built by two sisters."
            article = client.post("/api/articles", json={"text": text}).raise_for_status().json()
            client.delete(f"/api/articles/{article['id']}").raise_for_status()
            return "added and removed"
        case = random.choice(self._cases)
        started = time.monotonic()
        body = {"question": case.question, "articles": [case.article_id]}
        answer = client.post("/api/ask", json=body).raise_for_status().json()
        self.seconds.append(time.monotonic() - started)
        fault = describe_fault(case, answer)
        return f"wrong: {fault}" if fault else "answered"


def main(argv: list[str] | None = None) -> int:
    """Run the test. The exit status is 1 if an answer was wrong or failed."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("minutes", type=float, nargs="?", default=120)
    parser.add_argument("--model", choices=["none", "embedded"], default="none")
    parser.add_argument("--users", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="of the articles")
    parser.add_argument("--out", type=Path, help="result file; by default in evaluation/results")
    options = parser.parse_args(argv)
    samples, outcomes = soak(options.minutes, options.model, options.users, options.seed)
    environment = describe_environment()
    result: dict[str, Any] = {
        "kind": "soak",
        "commit": code_version(),
        **environment,
        **{name: getattr(options, name) for name in ("minutes", "model", "users", "seed")},
        "outcomes": outcomes,
        "samples": [asdict(sample) for sample in samples],
    }
    path = options.out or RESULTS / f"{environment['date']}-{result['commit']}-soak.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".svg").write_text(draw_plot(samples), encoding="utf-8")
    print(path, outcomes)
    return int(any(name.startswith(("wrong", "error")) for name in outcomes))


def soak(minutes: float, model: str, users: int, seed: int) -> tuple[list[Sample], dict[str, int]]:
    """Use a server for a while. Return what was sampled, and how often each outcome happened."""
    samples = []
    with TemporaryDirectory() as folder:
        serve = ("serve", "--model", model, "--port", "0", "--data", folder)
        with run_module("assistant", *serve) as (address, process):
            asking = _Users(address, fill_server(address, seed, has_model=model != "none"))
            asking.start(users)
            started = time.monotonic()
            try:
                for number in range(SAMPLES + 1):
                    due = started + 60 * minutes * number / SAMPLES
                    time.sleep(max(due - time.monotonic(), 0))
                    samples.append(_take_sample(process.pid, started, asking))
            finally:
                asking.stop()
    return samples, dict(asking.outcomes)


def _take_sample(pid: int, started: float, users: _Users) -> Sample:
    """Return the state of a process, from `/proc`."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    seconds, users.seconds = users.seconds, []
    return Sample(
        minutes=round((time.monotonic() - started) / 60, 3),
        memory_mb=round(int(status["VmRSS"].split()[0]) / 1024, 1),
        handles=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        threads=int(status["Threads"]),
        seconds=round(median(seconds), 3) if seconds else None,
    )


def draw_plot(samples: Sequence[Sample]) -> str:
    """Return a line for each quantity over the minutes, as SVG. Each axis begins at zero."""
    last = samples[-1].minutes or 1
    panels = []
    for number, (name, label) in enumerate(LABELS.items()):
        values = [
            (sample.minutes, value)
            for sample in samples
            if (value := getattr(sample, name)) is not None
        ]
        top = max((value for _, value in values), default=0) or 1
        bottom = TOP + number * (HEIGHT + 2 * TOP) + HEIGHT
        points = " ".join(
            f"{LEFT + WIDTH * minutes / last:.1f},{bottom - HEIGHT * value / top:.1f}"
            for minutes, value in values
        )
        panels.append(
            f'<text x="{LEFT}" y="{bottom - HEIGHT - 10}">{label}</text>'
            f'<path d="M{LEFT} {bottom - HEIGHT}V{bottom}H{LEFT + WIDTH}" fill="none" '
            f'stroke="#888"/><polyline points="{points}" fill="none" stroke="#36c"/>'
            f'<text x="{LEFT - 6}" y="{bottom - HEIGHT + 8}" text-anchor="end">{top:.4g}</text>'
            f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>'
            f'<text x="{LEFT + WIDTH}" y="{bottom + 16}" text-anchor="end">{last:.0f} min</text>'
        )
    width, height = LEFT + WIDTH + 20, len(LABELS) * (HEIGHT + 2 * TOP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


if __name__ == "__main__":
    sys.exit(main())
