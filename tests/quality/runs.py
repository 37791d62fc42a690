"""A run on disk: what it was made with, then each judged answer as it comes. A run that was cut short goes on."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from assistant.models import weights
from assistant.reader import WEIGHTS
from assistant.settings import get_settings

from .measure import Judged

__all__ = ["Group", "Run", "RunError", "header", "read_run", "version"]

ROOT = Path(__file__).parents[2]
# What answers and judgements are made by.
CODE = (
    "index",
    "assistant",
    *(f"tests/quality/{name}.py" for name in ("attacks", "measure", "naive", "plain", "sets", "systems", "words")),
)
# Settings that change no answer.
ELSEWHERE = {"data", "cache", "host", "port"}

Group = tuple[str, str]  # a set and a system


class RunError(Exception):
    """The run's file is of another run, or cannot be read."""


class Run:
    """Judged answers by set and system, then by case id; `add` puts each on disk at once.

    Raises:
        RunError: the file is there with another header.
    """

    def __init__(self, path: Path, made_with: dict[str, Any]) -> None:
        self.path = path
        self.header = made_with
        self.rows: dict[Group, dict[str, Judged]] = defaultdict(dict)
        if path.exists() and _mend(path):
            before, rows = read_run(path)
            self._check(before)
            self.rows.update(rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")
        if not self._file.tell():
            self._write(made_with)

    def _check(self, before: dict[str, Any]) -> None:
        keys = sorted(key for key in before.keys() | self.header.keys() if before.get(key) != self.header.get(key))
        if keys:
            told = "; ".join(f"{key} was {before.get(key)}, is {self.header.get(key)}" for key in keys)
            raise RunError(f"{self.path} was made otherwise ({told}). Give another --run, or remove that file to begin anew.")

    def add(self, name: str, system: str, row: Judged) -> None:
        self.rows[name, system][row.id] = row
        self._write({"set": name, "system": system, **asdict(row)})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def read_run(path: Path) -> tuple[dict[str, Any], dict[Group, dict[str, Judged]]]:
    """Header and rows of a run's `.jsonl`, or of the one beside its `.json`. Raises RunError."""
    path = path.with_suffix(".jsonl")
    rows: dict[Group, dict[str, Judged]] = defaultdict(dict)
    try:
        made_with, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for line in lines:
            group = line.pop("set"), line.pop("system")
            rows[group][line["id"]] = Judged(**line | {"quotes": tuple(line["quotes"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is no run that this version can read ({error}).") from error
    return made_with, rows


def _mend(path: Path) -> int:
    """Take away a last line that was cut off while it was written; the size that is left."""
    with path.open("r+b") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
    return whole


def header(**options: Any) -> dict[str, Any]:
    """Everything that answers depend on: code, weights, settings, and which questions are asked."""
    folder = sorted(path for path in WEIGHTS.parent.iterdir() if path.is_file())
    trained = sha256(b"".join(sha256(path.read_bytes()).digest() for path in folder)).hexdigest()[:12]
    return {
        "commit": version(),
        "model": f"{weights.NAME} {weights.SHA256[:12]}",
        "weights": trained,
        "settings": get_settings().model_dump(mode="json", exclude=ELSEWHERE),
        **options,
    }


def version() -> str:
    """The commit, and a hash of what was changed since, if anything was."""
    commit = _git("rev-parse", "--short", "HEAD").decode().strip()
    changed = _git("diff", "HEAD", "--", *CODE)
    new = _git("ls-files", "--others", "--exclude-standard", "--", *CODE).decode().split()
    for name in new:
        changed += name.encode() + (ROOT / name).read_bytes()
    return f"{commit}+{sha256(changed).hexdigest()[:7]}" if changed else commit


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False).stdout
