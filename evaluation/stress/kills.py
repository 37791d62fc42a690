"""Kill processes that change a library at random moments, and check what a restart finds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGKILL
from threading import Thread, Timer
from typing import IO, Any

from evaluation.stress.worker import ACTIONS, digest, make_article

__all__ = [
    "KILL_ACTIONS",
    "ROOT",
    "Fault",
    "State",
    "apply_change",
    "check_folder",
    "judge",
    "kill_once",
]

KILL_ACTIONS = (*ACTIONS, "serve")
NOT_KILLED = ("disk full",)  # these processes end themselves
MAX_SECONDS_BEFORE_KILL = 1.5  # after the process is ready
START_SECONDS = 300  # generous, because the machine may be busy
ROOT = Path(__file__).parents[2]
# The articles by id, each with its title and a hash of its text.
State = dict[str, list[str]]


@dataclass
class Fault:
    """A fault that was caused, and what a restart found."""

    fault: str
    outcome: str  # "survived", "refused", "lost" or "crashed"
    seconds: float = 0.0  # until the library could be used
    detail: str = ""


@dataclass
class _Journal:
    """What a process acknowledged before it was killed."""

    state: State
    pending: Mapping[str, list[str] | None] = field(default_factory=dict)
    is_ready: bool = False
    crash: str = ""  # why the process ended, unless it was killed or had done its work

    def read(self, stream: IO[str]) -> None:
        """Read the lines of the process until it ends."""
        for line in stream:
            if not line.endswith("\n"):  # cut off by the kill
                return
            message = json.loads(line)
            if "done" in message:
                self.state, self.pending = apply_change(self.state, message["done"]), {}
            else:
                self.pending = message.get("begin", self.pending)
            self.is_ready |= "ready" in message


def apply_change(state: State, change: Mapping[str, list[str] | None]) -> State:
    """Return the state after a change: new values, and None for what goes."""
    merged = {**state, **change}
    return {article_id: value for article_id, value in merged.items() if value is not None}


def kill_once(folder: Path, action: str, state: State, random: Random) -> tuple[Fault, State]:
    """Have a process change a library, kill it, and check the library.

    Args:
        folder: the data folder.
        action: one of `KILL_ACTIONS`.
        state: the articles that the library holds.
        random: chooses the moment and the articles.

    Returns:
        What happened, and the articles that the library holds now.
    """
    journal = _Journal(dict(state))
    run = _serve if action == "serve" else _change
    run(folder, action, journal, random)
    result = check_folder(folder, "default" if action == "serve" else "")
    if journal.crash:
        result["crash"] = journal.crash
    possible = [journal.state, apply_change(journal.state, journal.pending)]
    fault = judge(f"{'' if action in NOT_KILLED else 'killed during '}{action}", result, possible)
    return fault, result["articles"] if fault.outcome == "survived" else journal.state


def _change(folder: Path, action: str, journal: _Journal, random: Random) -> None:
    command = [sys.executable, "-m", "evaluation.stress.worker", "change"]
    command += [str(folder), action, str(random.randrange(10**9))]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        reader = Thread(target=journal.read, args=[process.stdout])
        reader.start()
        _wait(lambda: journal.is_ready or process.poll() is not None)
        if action in NOT_KILLED:
            process.wait(START_SECONDS)
        else:
            time.sleep(random.uniform(0, MAX_SECONDS_BEFORE_KILL))
            process.kill()
        reader.join()
        if process.wait() not in (0, -SIGKILL):
            journal.crash = f"the process ended with status {process.returncode}"


def _serve(folder: Path, action: str, journal: _Journal, random: Random) -> None:
    """Add articles over HTTP to a server that is killed meanwhile."""
    command = [sys.executable, "-m", "assistant", "serve", "--model", "none", "--port", "0"]
    with subprocess.Popen(
        [*command, "--data", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        address = process.stdout.readline().split()[1]
        _wait(lambda: _is_ready(address) or process.poll() is not None)
        listed = _request(f"{address}/api/articles")["articles"]
        served = [entry["id"] for entry in listed if entry["id"] not in journal.state]
        kill = Timer(random.uniform(0, MAX_SECONDS_BEFORE_KILL), process.kill)
        kill.start()
        try:
            while True:
                article = make_article(random)
                journal.pending = {article.id: [article.title, digest(article)]}
                body = {"text": article.text, "title": article.title}
                _request(f"{address}/api/articles", body)
                journal.state = apply_change(journal.state, journal.pending)
                journal.pending = {}
        except OSError:  # the server is gone
            kill.join()
    for article_id in served:  # the served article itself
        journal.state[article_id] = []


def _request(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=START_SECONDS) as response:
        return json.load(response)


def _is_ready(address: str) -> bool:
    try:
        return bool(_request(f"{address}/readyz"))
    except OSError:
        return False


def _wait(condition: Any) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("A process did not become ready.")
        time.sleep(0.02)


def check_folder(folder: Path, embedder: str = "") -> dict[str, Any]:
    """Return what a new process finds in a library; `crash` says why it ended, if it did."""
    command = [sys.executable, "-m", "evaluation.stress.worker", "check", str(folder)]
    result = subprocess.run(
        [*command, *([embedder] if embedder else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * START_SECONDS,
    )
    if result.returncode:
        last = (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[-1]
        return {"crash": last, "articles": {}, "seconds": 0.0}
    values: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return values


def judge(name: str, result: Mapping[str, Any], possible: list[State]) -> Fault:
    """Return the outcome of a fault after which one of several states is right."""
    seconds = result["seconds"]
    if result.get("crash"):
        return Fault(name, "crashed", seconds, result["crash"])
    if result["error"]:
        return Fault(name, "refused", seconds, result["error"])
    articles: State = result["articles"]
    if not any(_is_same(articles, state) for state in possible):
        return Fault(name, "lost", seconds, f"{len(articles)} articles, {len(possible[0])} before")
    problems = {key: result[key] for key in ("inexact", "lost") if result[key]}
    if problems or len(set(result["passages"])) > 1:
        return Fault(name, "lost", seconds, f"search: {problems} {result['passages']}")
    return Fault(name, "survived", seconds)


def _is_same(articles: State, state: State) -> bool:
    """Return whether the articles are those of a state. An empty value stands for any."""
    return articles.keys() == state.keys() and all(
        not value or value == articles[article_id] for article_id, value in state.items()
    )
