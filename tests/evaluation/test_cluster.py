"""Test the deployment test: what it counts, and nginx's configuration before two small servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml

from evaluation.cluster.__main__ import count_lost, find_longest_gap, make_fillers, summarize
from evaluation.cluster.parts import (
    SERVER_NAME,
    Part,
    fill_in_proxy,
    find_free_ports,
    make_proxy,
    run_deployment,
)
from evaluation.cluster.users import Request, describe_library_fault, judge_failure
from evaluation.load.cases import Case
from index.text.article import Article
from tests.conftest import ROOT
from tests.index.serving import Reply, serving

TEXT = "The Alder bridge cost 1,234 euros."
CASE = Case("How much did the bridge cost?", "a", TEXT, "1,234")
PROBLEM = {"content-type": "application/problem+json"}
FULL = {**PROBLEM, "retry-after": "2"}
HEADERS = {"Host": SERVER_NAME}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (httpx.Response(503, headers=FULL, json={"detail": "Full."}), "refused"),
        (httpx.Response(503, headers=PROBLEM, json={"detail": "No database."}), "error"),
        (httpx.Response(500, headers=PROBLEM, json={"detail": "A fault."}), "error"),
        (httpx.Response(503, headers={"retry-after": "2"}, json={"detail": "Full."}), "unclear"),
        (httpx.Response(502, text="<h1>502 Bad Gateway</h1>"), "unclear"),
        (httpx.Response(500, headers=PROBLEM, json={}), "unclear"),
    ],
)
def test_judge_failure_wants_a_problem_document(response: httpx.Response, outcome: str) -> None:
    assert judge_failure(response)[0] == outcome


@pytest.mark.unit
@pytest.mark.parametrize(
    ("quotes", "fault"),
    [
        ([("a", 0, TEXT), ("b", 0, "Other.")], ""),
        ([("b", 0, TEXT)], "no quote with the answer"),
        ([("a", 1, TEXT[:-1])], "a quote that is not exact"),
        ([("a", 0, "The Alder")], "no quote with the answer"),
    ],
)
def test_library_answer_needs_exact_quote_of_its_article(
    quotes: list[tuple[str, int, str]], fault: str
) -> None:
    answer = {
        "question": CASE.question,
        "quotes": [
            {"article_id": article, "start": start, "end": start + len(text), "text": text}
            for article, start, text in quotes
        ],
    }
    assert describe_library_fault(CASE, answer) == fault


@pytest.mark.unit
def test_summary_has_longest_gap_and_whether_it_came_back() -> None:
    requests = [
        *(Request("ask", "answered", moment, 0.1) for moment in (101, 102, 109, 139)),
        Request("ask", "error", 105, 3.0, "503 No database."),
        *(Request("ask the library", "answered", moment, 0.1) for moment in (110, 135)),
        *(Request("add", "answered", moment, 0.1) for moment in (101, 120)),
    ]
    row = summarize("PostgreSQL", requests, 100, 40)
    assert row["gaps"] == {"ask": 30, "ask the library": 25, "add": 20}
    assert (row["answered"], row["error"], row["longest_failure"]) == (8, 1, 3.0)
    assert not row["is_back"]  # no addition in the last quarter
    assert not row["passed"]
    requests.append(Request("add", "answered", 138, 0.1))
    assert summarize("PostgreSQL", requests, 100, 40)["passed"]
    requests.append(Request("add", "broken", 139, 0.1, "ReadError"))
    assert not summarize("web 1", requests, 100, 40)["passed"]
    assert summarize("proxy", requests, 100, 40)["passed"]
    requests.append(Request("add", "wrong", 139, 0.1, "another text"))
    assert not summarize("proxy", requests, 100, 40)["passed"]
    assert find_longest_gap([], "ask", 100, 140) == 40


@pytest.mark.unit
def test_fillers_have_as_many_passages_as_asked_for() -> None:
    texts = make_fillers(1_100)
    assert sum(len(Article.from_text(text).passages) for text in texts) == 1_100


def test_article_with_another_text_counts_as_lost() -> None:
    with serving() as site:
        for name in ("Kept.", "Changed."):
            path = f"/api/articles/{name.lower()[:-1]}"
            site.replies[path] = Reply(json.dumps({"text": name}).encode())
        articles = {"kept": "Kept.", "changed": "Kept.", "gone": "Kept."}
        assert count_lost(site.url, articles) == 2


@pytest.mark.unit
def test_template_of_proxy_has_no_other_variables() -> None:
    assert "${" not in fill_in_proxy("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")


@pytest.mark.unit
def test_compose_file_uses_files_that_exist() -> None:
    folder = ROOT / "deploy"
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    build = services["web-1"]["build"]
    assert (folder / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    template, _ = services["proxy"]["volumes"]
    assert (folder / template.partition(":")[0]).is_file()
    assert {"LISTEN", "SERVER_NAME", "WEB_1", "WEB_2"} == set(services["proxy"]["environment"])
    copied = [
        word
        for line in (ROOT / build["dockerfile"]).read_text().splitlines()
        if line.startswith("COPY")
        for word in line.split()[1:-1]
    ]
    assert copied
    assert all((ROOT / word).exists() for word in copied)


class _Backend:
    """A small process: it answers with its name, is too busy, or ends in the middle."""

    def __init__(self, name: str, port: int) -> None:
        backend = self
        self.busy = self.ends = False
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                backend.requests += 1
                if backend.ends:
                    self.connection.close()
                    return
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(503 if backend.busy else 200)
                self.end_headers()
                host, client = self.headers["Host"], self.headers["X-Forwarded-For"]
                self.wfile.write(f"{name} {host} {client}".encode())

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def _run_proxy(folder: Path) -> Iterator[tuple[str, list[_Backend]]]:
    """Yield the address of a proxy, and the two servers behind it."""
    first, second, port = find_free_ports(3)
    try:
        proxy: Part = make_proxy(folder, port, first, second)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    backends = [_Backend("one", first), _Backend("two", second)]
    with ExitStack() as stack:
        stack.callback(proxy.stop)
        proxy.start()
        proxy.wait()
        yield f"http://127.0.0.1:{port}", backends


def test_proxy_keeps_browser_at_one_process(tmp_path: Path) -> None:
    with _run_proxy(tmp_path) as (address, _):
        names = set()
        for _ in range(12):
            with httpx.Client(base_url=address, headers=HEADERS) as browser:
                answers = {browser.get("/gradio_api/info").text for _ in range(4)}
            assert len(answers) == 1
            names |= answers
        assert names == {f"{name} {SERVER_NAME} 127.0.0.1" for name in ("one", "two")}


def test_proxy_replaces_forged_client_address(tmp_path: Path) -> None:
    with _run_proxy(tmp_path) as (address, _):
        forged = {**HEADERS, "X-Forwarded-For": "192.0.2.1"}
        assert httpx.get(f"{address}/config", headers=forged).text.endswith(" 127.0.0.1")


def test_proxy_asks_other_process_if_one_is_busy_or_ends(tmp_path: Path) -> None:
    with _run_proxy(tmp_path) as (address, (one, two)):

        def ask(path: str = "/api/ask") -> httpx.Response:
            return httpx.post(f"{address}{path}", headers=HEADERS, content=b"{}")

        one.busy = True
        assert [ask().text[:3] for _ in range(4)] == ["two"] * 4
        one.busy, one.ends = False, True
        assert [ask().text[:3] for _ in range(4)] == ["two"] * 4
        one.ends, one.busy, two.busy = False, True, True
        assert ask("/v1/chat/completions").text[:3] in (
            "one",
            "two",
        )  # its own message, not nginx's
        two.busy = False
        assert ask().status_code == 200  # at once


def test_proxy_does_not_repeat_a_change_and_says_what_is_wrong(tmp_path: Path) -> None:
    with _run_proxy(tmp_path) as (address, backends):
        for backend in backends:
            backend.requests, backend.ends = 0, True
        response = httpx.post(f"{address}/api/articles", headers=HEADERS, content=b"{}")
        assert sum(backend.requests for backend in backends) == 1
        assert judge_failure(response)[0] == "refused"
        for backend in backends:
            backend.stop()
        page = httpx.get(f"{address}/", headers=HEADERS)
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "loads again" in page.text
        assert page.headers["content-type"] == "text/html"


@pytest.mark.usefixtures("postgresql_server")
def test_deployment_answers_at_both_processes(tmp_path: Path) -> None:
    try:
        with run_deployment(tmp_path) as deployment:
            added = httpx.post(
                f"{deployment.address}/api/articles", headers=HEADERS, json={"text": TEXT}
            ).json()
            assert [count_lost(web, {added["id"]: TEXT}) for web in deployment.web] == [0, 0]
            assert httpx.get(f"{deployment.address}/", headers={"Host": "x.y"}).status_code == 400
    except FileNotFoundError as error:
        pytest.skip(str(error))
