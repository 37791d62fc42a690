"""The users, for Locust. `python -m evaluation.load` starts them in a process of their own.

Locust changes sockets and threads when it is imported, so nothing else imports this module.
"""

from __future__ import annotations

import json
import os
import time
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from locust import FastHttpUser, task

from evaluation.load.cases import Case, describe_fault
from evaluation.load.options import UserOptions

OPTIONS = UserOptions(**json.loads(os.environ["ARTICLE_LOAD_USERS"]))
CASES = [Case(**values) for values in json.loads(Path(OPTIONS.cases).read_text(encoding="utf-8"))]
SHARED_ADDRESS = "10.1.0.0"
_numbers = count()


class _User(FastHttpUser):
    """Ask one question after the other. A user that is refused waits as long as it is told to."""

    abstract = True
    network_timeout = connection_timeout = OPTIONS.timeout

    def on_start(self) -> None:
        number = next(_numbers)
        self.random = Random(number)
        self.is_greedy = number < OPTIONS.greedy
        # The server believes this header if it comes from this machine, as from a proxy.
        address = f"10.0.{number // 250}.{number % 250 + 1}"
        self.headers = {
            "X-Forwarded-For": SHARED_ADDRESS if self.is_greedy else address,
            "Connection": "close",  # the server may close an idle one at this very moment
        }
        time.sleep(self.random.uniform(0, OPTIONS.ramp_seconds))

    @task
    def ask(self) -> None:
        """Ask a question, check the answer and record what happened."""
        case = self.random.choice(CASES)
        started = time.monotonic()
        outcome, detail, wait = self.send(case)
        row = {
            "outcome": outcome,
            "seconds": time.monotonic() - started,
            "detail": detail,
            "user": self.headers["X-Forwarded-For"],
        }
        with Path(OPTIONS.results).open("a", encoding="utf-8") as results:
            print(json.dumps(row), file=results)
        time.sleep(wait)

    def send(self, case: Case) -> tuple[str, str, float]:
        """Return the outcome, what was wrong, and the seconds to wait before the next question."""
        raise NotImplementedError


class AssistantUser(_User):
    """A user of this program's API."""

    def send(self, case: Case) -> tuple[str, str, float]:
        """Ask over `/api/ask`."""
        body = {"question": case.question, "articles": [case.article_id]}
        response: Any
        with self.client.post(
            "/api/ask", json=body, headers=self.headers, catch_response=True
        ) as response:
            response.success()  # judged here, not by Locust
            retry = (response.headers or {}).get("Retry-After")
            if response.status_code == 503 and retry:
                return "refused", "", float(retry) * self.random.uniform(1, 1.2)
            if response.status_code != 200:
                return "error", f"status {response.status_code} {response.error or ''}"[:200], 1.0
            fault = describe_fault(case, response.json())
        return ("wrong", fault, 0.0) if fault else ("answered", "", 0.0)


class GradioUser(_User):
    """A user of the bare Gradio chat, which has no quotes to check."""

    def send(self, case: Case) -> tuple[str, str, float]:
        """Ask over Gradio's API: one request sends the question, another one gets the answer."""
        body = {"data": [case.question, case.article]}
        response: Any
        with self.client.post("/gradio_api/call/chat", json=body, catch_response=True) as response:
            response.success()
            if response.status_code != 200:
                return "error", f"status {response.status_code}", 1.0
            event = response.json()["event_id"]
        url = f"/gradio_api/call/chat/{event}"
        with self.client.get(url, name="answer", catch_response=True) as response:
            response.success()
            text = response.text or ""
        if "event: complete" not in text:
            return "error", f"status {response.status_code} {text[:100]}", 1.0
        if case.expected not in text:
            return "wrong", "another answer", 0.0
        return "answered", "", 0.0
