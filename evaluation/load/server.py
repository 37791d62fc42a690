"""Start servers in processes of their own, and watch how fast they answer health checks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx

from evaluation.load.cases import Case, make_articles, make_cases
from evaluation.runs import ROOT

__all__ = ["Watch", "fill_server", "run_module", "watch_path"]

START_SECONDS = 300  # generous, because the machine may be busy
STOP_SECONDS = 20
WATCH_SECONDS = 0.25  # between two health checks


@contextmanager
def run_module(module: str, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a module that prints its address first; yield the address and the process.

    Raises:
        RuntimeError: it ended before it printed an address.
    """
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        address = next((word for word in line.split() if word.startswith("http")), "")
        if not address:
            raise RuntimeError(f"{' '.join(command)} printed no address.")
        yield address, process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fill_server(address: str, seed: int, *, has_model: bool) -> list[Case]:
    """Add the articles to a server, ask a question of each and return all cases.

    Args:
        address: of the server.
        seed: of the articles.
        has_model: whether to wait until a model writes the answers.
    """
    cases: list[Case] = []
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=address, timeout=START_SECONDS) as client:
        while client.get("/readyz").status_code != 200:
            _check_time(deadline)
        for title, text, questions in make_articles(seed):
            added = client.post("/api/articles", json={"title": title, "text": text})
            added.raise_for_status()
            stored = client.get(f"/api/articles/{added.json()['id']}").raise_for_status().json()
            cases += make_cases(stored, questions)
        for case in {case.article_id: case for case in cases}.values():
            body = {"question": case.question, "articles": [case.article_id]}
            while (model := client.post("/api/ask", json=body).json()["model"]) == "none":
                if not has_model:
                    break
                _check_time(deadline)
            assert has_model == (model != "none")
    return cases


def _check_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError("The server did not become ready.")
    time.sleep(0.5)


class Watch:
    """The seconds of each request to a path; a request that failed has none."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.failures = 0


@contextmanager
def watch_path(address: str, path: str) -> Iterator[Watch]:
    """Request a path every quarter of a second, each time over a new connection."""
    watch, is_over = Watch(), Event()

    def request() -> None:
        while not is_over.wait(WATCH_SECONDS):
            started = time.monotonic()
            try:
                httpx.get(f"{address}{path}", timeout=START_SECONDS).raise_for_status()
                watch.seconds.append(time.monotonic() - started)
            except httpx.HTTPError:
                watch.failures += 1

    thread = Thread(target=request, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        is_over.set()
        thread.join()
