"""Describe where and when a result was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["describe_environment"]

CPU_INFO = Path("/proc/cpuinfo")


def describe_environment() -> dict[str, Any]:
    """Return the date (UTC) and the machine.

    CPU model, cores and memory in GB, for a result file.
    """
    machine = {
        "cpu": _read_cpu_model(),
        "cores": os.cpu_count(),
        "memory_gb": round(_measure_memory_bytes() / 1e9, 1),
    }
    return {"date": datetime.now(UTC).date().isoformat(), "machine": machine}


def _read_cpu_model() -> str:
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _measure_memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
