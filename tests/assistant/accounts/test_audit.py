"""Test the audit log."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from threading import Thread

import pytest

from assistant.accounts.audit import AuditLog

pytestmark = pytest.mark.unit


def read_lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_event_is_one_line_with_time_and_user(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path)
    audit.record("request", user="ana", address="192.0.2.1", path="/a\nb\u2028", status=200)
    (entry,) = read_lines(audit.path)
    assert str(entry.pop("time")).endswith("+00:00")
    assert entry == {
        "event": "request",
        "user": "ana",
        "address": "192.0.2.1",
        "path": "/a\nb\u2028",
        "status": 200,
    }
    assert audit.path.read_text().count("\n") == 1


def test_long_values_are_cut(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path)
    audit.record("request", path="x" * 10_000)
    assert audit.path.stat().st_size < 400


def test_full_file_is_rotated_and_old_ones_deleted(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, max_bytes=300, backups=2)
    for number in range(40):
        audit.record("request", number=number)
    names = sorted(path.name for path in tmp_path.glob("audit.jsonl*"))
    assert names == ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]
    numbers = [entry["number"] for name in reversed(names) for entry in read_lines(tmp_path / name)]
    assert numbers == list(range(40 - len(numbers), 40))
    assert all(path.stat().st_size < 400 for path in tmp_path.glob("audit.jsonl*"))


def test_threads_of_two_logs_lose_no_event(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path, max_bytes=2_000, backups=50) for _ in range(2)]

    def record(number: int) -> None:
        for _ in range(25):
            logs[number % 2].record("request", number=number)

    threads = [Thread(target=record, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = [entry for path in tmp_path.glob("audit.jsonl*") for entry in read_lines(path)]
    assert sorted(str(entry["number"]) for entry in entries) == sorted("0123" * 25)


def test_unwritable_log_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    audit = AuditLog(tmp_path)
    audit.path.mkdir()
    with caplog.at_level(logging.ERROR):
        audit.record("sign_in", user="ana")
    assert "cannot be written" in caplog.text
