"""Store a run on disk: a header, then each judged answer as it comes.

An interrupted run continues where it stopped.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from assistant.models import conversion as weights
from assistant.pipeline.evidence.reader import READER_WEIGHTS
from assistant.settings import get_settings
from evaluation.judgement import JudgedAnswer
from evaluation.word_overlap import WordCounts

__all__ = ["Group", "Run", "RunError", "code_version", "make_header", "read_run"]

ROOT = Path(__file__).parents[1]
# The code that answers and judgements depend on.
EVALUATION_MODULES = (
    "ablations",
    "attacks",
    "failure_cases",
    "judgement",
    "peer_sets",
    "sets",
    "squad",
    "stuffing_baseline",
    "systems",
    "token_f1",
    "two_step_baseline",
    "word_overlap",
)
CODE_PATHS = ("index", "assistant", *(f"evaluation/{name}.py" for name in EVALUATION_MODULES))
# Settings that change no answer.
CHROMA_SETTINGS = {"chroma", "chroma_headers", "chroma_tenant", "chroma_database"}
UNRELATED_SETTINGS = {"data", "cache", "host", "port"} | CHROMA_SETTINGS

Group = tuple[str, str]  # a set and a system


class RunError(Exception):
    """The file belongs to another run, or cannot be read."""


class Run:
    """Judged answers by set and system, then by case ID. `add` writes each to disk at once.

    Raises:
        RunError: the file exists with another header.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        self.header = header
        self.rows: dict[Group, dict[str, JudgedAnswer]] = defaultdict(dict)
        if path.exists() and _drop_partial_line(path):
            before, rows = read_run(path)
            self._check_header(before)
            self.rows.update(rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")
        if not self._file.tell():
            self._write(header)

    def _check_header(self, before: dict[str, Any]) -> None:
        keys = sorted(
            key
            for key in before.keys() | self.header.keys()
            if before.get(key) != self.header.get(key)
        )
        if keys:
            changes = "; ".join(
                f"{key} was {before.get(key)}, is {self.header.get(key)}" for key in keys
            )
            raise RunError(
                f"{self.path} was made otherwise ({changes}). "
                "Give another --run, or remove that file to begin anew."
            )

    def add(self, name: str, system: str, row: JudgedAnswer) -> None:
        self.rows[name, system][row.id] = row
        self._write({"set": name, "system": system, **asdict(row)})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def read_run(path: Path) -> tuple[dict[str, Any], dict[Group, dict[str, JudgedAnswer]]]:
    """Return the header and the rows of a run.

    Args:
        path: the run's `.jsonl`, or the `.json` next to it.

    Raises:
        RunError: the file is missing or is not a run.
    """
    path = path.with_suffix(".jsonl")
    rows: dict[Group, dict[str, JudgedAnswer]] = defaultdict(dict)
    try:
        header, *lines = [
            json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
        ]
        for line in lines:
            group = line.pop("set"), line.pop("system")
            rows[group][line["id"]] = _restore_row(line)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is no run that this version can read ({error}).") from error
    return header, rows


def _restore_row(line: dict[str, Any]) -> JudgedAnswer:
    counts = line.get("word_counts")
    return JudgedAnswer(
        **line
        | {"quotes": tuple(line["quotes"]), "word_counts": WordCounts(*counts) if counts else None}
    )


def _drop_partial_line(path: Path) -> int:
    """Remove an incomplete last line from the file, and return its remaining size in bytes."""
    with path.open("r+b") as file:
        size = file.read().rfind(b"\n") + 1
        file.truncate(size)
    return size


def make_header(**options: Any) -> dict[str, Any]:
    """Return what answers depend on: code, weights, settings and the choice of questions."""
    files = sorted(path for path in READER_WEIGHTS.parent.iterdir() if path.is_file())
    digests = b"".join(sha256(path.read_bytes()).digest() for path in files)
    return {
        "commit": code_version(),
        "model": f"{weights.MODEL_NAME} {weights.SHA256[:12]}",
        "weights": sha256(digests).hexdigest()[:12],
        "settings": get_settings().model_dump(mode="json", exclude=UNRELATED_SETTINGS),
        **options,
    }


def code_version() -> str:
    """Return the commit, with a hash of the uncommitted changes to `CODE_PATHS` if any."""
    commit = _run_git("rev-parse", "--short", "HEAD").decode().strip()
    changes = _run_git("diff", "HEAD", "--", *CODE_PATHS)
    new_files = (
        _run_git("ls-files", "--others", "--exclude-standard", "--", *CODE_PATHS).decode().split()
    )
    for name in new_files:
        changes += name.encode() + (ROOT / name).read_bytes()
    return f"{commit}+{sha256(changes).hexdigest()[:7]}" if changes else commit


def _run_git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False).stdout
