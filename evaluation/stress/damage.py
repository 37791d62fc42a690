"""Damage each kind of file that a stopped library has, and check what a start finds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from assistant.answer.answer import Answer
from assistant.service.feedback import Feedback
from evaluation.stress.kills import ROOT, Fault, State, judge
from evaluation.stress.worker import EXPORT_NAME, WordVectors, digest, make_article
from index.storage.bundle import write_bundle
from index.storage.library import Library

__all__ = ["DAMAGES", "damage_files", "make_library"]

ARTICLES = 6


def _halve(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _zero(data: bytes) -> bytes:
    return bytes(len(data))


def _empty(data: bytes) -> bytes:
    return b""


def _flip(data: bytes) -> bytes:
    """Flip a bit of a sentence of an article, else of the middle."""
    position = max(data.find(b"was counted"), 0) or len(data) // 2
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :] if data else data


DAMAGES: dict[str, Callable[[bytes], bytes] | None] = {
    "halved": _halve,
    "zeroed": _zero,
    "emptied": _empty,
    "one bit flipped": _flip,
    "deleted": None,
}


def make_library(folder: Path, random: Random) -> State:
    """Fill a data folder with one file of each kind, and return its articles."""
    library = Library(folder, WordVectors())
    articles = [library.add(make_article(random)) for _ in range(ARTICLES)]
    write_bundle(library.store, library.store.ids(), folder.parent / EXPORT_NAME)
    Feedback(folder).give("chat", articles[0].id, Answer.from_text("Who?", "Ana."), "up")
    library.close()
    return {article.id: [article.title, digest(article)] for article in articles}


def damage_files(folder: Path, state: State) -> Iterator[Fault]:
    """Damage each file of a library in each way, one at a time, on a copy of the folder.

    Args:
        folder: the parent of the data folder, which is called `data`.
        state: the articles of the library.
    """
    with _open_checker() as check:
        yield from _damage_each(folder, state, check)


@contextmanager
def _open_checker() -> Iterator[Callable[[Path], dict[str, Any]]]:
    """Yield a function that describes a library in a process of its own."""
    command = [sys.executable, "-m", "evaluation.stress.worker", "checks"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        requests, answers = process.stdin, process.stdout

        def check(folder: Path) -> dict[str, Any]:
            print(folder, file=requests, flush=True)
            found: dict[str, Any] = json.loads(answers.readline())
            return found

        yield check
        requests.close()


def _damage_each(
    folder: Path, state: State, check: Callable[[Path], dict[str, Any]]
) -> Iterator[Fault]:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    for file in files:
        for name, damage in DAMAGES.items():
            if damage and not (folder / file).stat().st_size:
                continue  # nothing to damage
            copy = folder.with_name("damaged")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            if damage:
                (copy / file).write_bytes(damage((copy / file).read_bytes()))
            else:
                (copy / file).unlink()
            found = check(copy / "data")
            fault = judge(f"{_name_kind(file)} {name}", found, [state])
            if fault.outcome == "survived" and found["feedback"] != 1:
                fault = Fault(fault.fault, "lost", fault.seconds, "the feedback is gone")
            yield fault


def _name_kind(file: Path) -> str:
    """Return a name that is the same in each run: folders of the index have random names."""
    return f"chroma/{file.name}" if "chroma" in file.parts else file.name
