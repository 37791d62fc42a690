"""Users of a deployment, and what became of each of their requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from threading import Event, Lock, Thread
from typing import Any, Literal, get_args
from uuid import uuid4

import httpx

from evaluation.load.cases import Case, describe_fault

__all__ = [
    "OUTCOMES",
    "Action",
    "Outcome",
    "Request",
    "Users",
    "describe_library_fault",
    "judge_failure",
]

Action = Literal["ask", "ask the library", "add"]
# `refused` says when to come back, `error` says what is wrong, and `unclear` is any other failure.
# `broken` is a connection that ended or never came about.
Outcome = Literal["answered", "wrong", "refused", "error", "unclear", "broken"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
TIMEOUT_SECONDS = 60
PAUSE_SECONDS = 0.2  # of a user after each request
MAX_DETAIL_CHARACTERS = 120
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Request:
    """One request and what became of it."""

    action: Action
    outcome: Outcome
    ended: float  # on the monotonic clock
    seconds: float
    detail: str = ""


class Users:
    """Users who ask and add articles until they are stopped. Each has cookies of its own.

    Args:
        address: of the proxy.
        headers: sent with each request.
        cases: the questions.
        library: the IDs of all articles that a question to the library names.
    """

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        cases: Sequence[Case],
        library: Sequence[str],
    ) -> None:
        self.requests: list[Request] = []
        self.added: dict[str, str] = {}  # acknowledged: the text of each article, by its ID
        self._address, self._headers = address, headers
        self._cases, self._library = cases, library
        self._lock, self._is_over = Lock(), Event()
        self._threads: list[Thread] = []

    def start(self, askers: int) -> None:
        """Start users who ask one article, one who asks the library, and one who adds articles."""
        actions = [*[self._ask] * askers, self._ask_library, self._add]
        self._threads = [
            Thread(target=self._use, args=[action, Random(number)])
            for number, action in enumerate(actions)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until each user's last request has ended."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _use(self, act: Callable[[httpx.Client, Random], Request], random: Random) -> None:
        options: dict[str, Any] = {"headers": self._headers, "timeout": TIMEOUT_SECONDS}
        with httpx.Client(base_url=self._address, **options) as client:
            while not self._is_over.wait(PAUSE_SECONDS):
                request = act(client, random)
                with self._lock:
                    self.requests.append(request)

    def _ask(self, client: httpx.Client, random: Random) -> Request:
        case = random.choice(self._cases)
        body = {"question": case.question, "articles": [case.article_id]}
        return _send("ask", client, "/api/ask", body, lambda answer: describe_fault(case, answer))

    def _ask_library(self, client: httpx.Client, random: Random) -> Request:
        case = random.choice(self._cases)
        body = {"question": case.question, "articles": list(self._library)}
        return _send(
            "ask the library",
            client,
            "/api/ask",
            body,
            lambda answer: describe_library_fault(case, answer),
        )

    def _add(self, client: httpx.Client, random: Random) -> Request:
        # No other user adds this village, also not while another part is down.
        text = f"The mill of village {uuid4().int} was built by two sisters."

        def note(article: Mapping[str, Any]) -> str:
            if article["text"] != text:
                return "another text"
            self.added[article["id"]] = text
            return ""

        return _send("add", client, "/api/articles", {"text": text}, note, success=201)


def _send(
    action: Action,
    client: httpx.Client,
    path: str,
    body: Mapping[str, Any],
    find_fault: Callable[[Any], str],
    success: int = 200,
) -> Request:
    """Send a request and return what became of it.

    Args:
        action: what the user does.
        client: of the user.
        path: of the request.
        body: as JSON.
        find_fault: returns what is wrong with a response; an empty string if nothing is.
        success: the status of a response without an error.
    """
    started = time.monotonic()
    outcome: Outcome
    try:
        response = client.post(path, json=body)
    except httpx.HTTPError as error:
        outcome, detail = "broken", type(error).__name__
    else:
        outcome, detail = _judge(response, find_fault, success)
    ended = time.monotonic()
    return Request(action, outcome, ended, round(ended - started, 2), detail)


def _judge(
    response: httpx.Response, find_fault: Callable[[Any], str], success: int
) -> tuple[Outcome, str]:
    try:
        if response.status_code != success:
            return judge_failure(response)
        answer = response.json()
        detail = find_fault(answer)
        if detail:
            detail += f": {answer.get('question')} {answer.get('text')}"
    except (ValueError, KeyError, TypeError) as error:  # cut off, or of another form
        return "unclear", f"{response.status_code} {error!r}"[:MAX_DETAIL_CHARACTERS]
    return ("wrong" if detail else "answered"), detail[: 2 * MAX_DETAIL_CHARACTERS]


def judge_failure(response: httpx.Response) -> tuple[Outcome, str]:
    """Return the outcome of a response with an error status, and what it says.

    A refusal says when to come back. An error says, as a problem document, what is wrong.
    """
    is_problem = response.headers.get("content-type", "").partition(";")[0] == PROBLEM
    if not is_problem or not (detail := str(response.json().get("detail", ""))):
        return "unclear", f"{response.status_code} {response.text[:MAX_DETAIL_CHARACTERS]}"
    has_time = response.status_code == 503 and "retry-after" in response.headers
    outcome: Outcome = "refused" if has_time else "error"
    return outcome, f"{response.status_code} {detail[:MAX_DETAIL_CHARACTERS]}"


def describe_library_fault(case: Case, answer: Mapping[str, Any]) -> str:
    """Return what is wrong with an answer of several articles; an empty string if nothing is."""
    if answer["question"] != case.question:
        return "the answer to another question"
    own = [quote for quote in answer["quotes"] if quote["article_id"] == case.article_id]
    if any(case.article[quote["start"] : quote["end"]] != quote["text"] for quote in own):
        return "a quote that is not exact"
    if not any(case.expected in quote["text"] for quote in own):
        return "no quote with the answer"
    return ""
