"""Run local fake servers that speak the protocols of model providers and follow a script."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

from tests.index.serving import QuietServer

Body = dict[str, Any]
Protocol = Callable[[Sequence[Any]], Iterator[bytes]]


@dataclass
class Provider:
    """The requests of a fake server and its scripted responses."""

    speak: Protocol
    pieces: Sequence[Any] = ()
    statuses: list[int] = field(
        default_factory=list
    )  # of the first requests; the rest are answered
    problem: str = "a problem"  # what is said with a status
    pause: float = 0.0  # seconds before an answer
    models: Any = None  # what it says of its models
    embed: Callable[[list[str]], Any] | None = None  # what it makes of texts that it is to embed
    requests: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    address: str = ""

    @property
    def prompt(self) -> str:
        """Return the last request as one text."""
        return json.dumps(self.requests[-1], ensure_ascii=False)


@contextmanager
def run_provider(speak: Protocol, *pieces: Any, **options: Any) -> Iterator[Provider]:
    """Run a fake server and yield its state."""
    script = Provider(speak, pieces, **options)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, [json.dumps(script.models).encode()])

        def do_POST(self) -> None:
            script.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            script.headers.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(script.pause)
            if script.statuses:
                status = script.statuses.pop(0)
                self._send(
                    status,
                    [json.dumps({"error": {"message": script.problem, "code": status}}).encode()],
                )
            elif script.embed:
                self._send(
                    200, [json.dumps(embed_texts(script.requests[-1], script.embed)).encode()]
                )
            else:
                self._send(200, speak(script.pieces), "text/event-stream")

        def _send(self, status: int, pieces: Any, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            for piece in pieces:
                self.wfile.write(piece)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    script.address = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()


def format_event(body: Body, name: str = "") -> bytes:
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(body)}\n\n".encode()


def embed_texts(request: Body, embed: Callable[[list[str]], Any]) -> Body:
    """Return vectors in the formats of OpenAI, Mistral, Ollama and Google."""
    if requests := request.get("requests"):
        vectors = embed(
            [part["text"] for citation in requests for part in citation["content"]["parts"]]
        )
        return {"embeddings": [{"values": vector} for vector in vectors]}
    texts = request["input"]
    vectors = embed([texts] if isinstance(texts, str) else texts)
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "m", "data": data, "usage": usage, "embeddings": vectors}


def openai(pieces: Sequence[str]) -> Iterator[bytes]:
    """Stream chat completions. Mistral's differ only in fields that are not read."""
    facts = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    for piece in pieces:
        delta = {"role": "assistant", "content": piece}
        yield format_event(
            facts | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        )
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    yield format_event(
        facts
        | {
            "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
            "usage": usage,
        }
    )
    yield b"data: [DONE]\n\n"


def ollama(pieces: Sequence[str]) -> Iterator[bytes]:
    facts = {"model": "m", "created_at": "2026-01-01T00:00:00Z"}
    for piece in pieces:
        yield (
            json.dumps(
                facts | {"message": {"role": "assistant", "content": piece}, "done": False}
            ).encode()
            + b"\n"
        )
    end = {
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "eval_count": 1,
    }
    yield json.dumps(facts | end).encode() + b"\n"


def google(pieces: Sequence[str]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        candidate: Body = {"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}
        candidate |= {"finishReason": "STOP"} if number == len(pieces) - 1 else {}
        yield format_event({"candidates": [candidate], "modelVersion": "m"})


def anthropic(blocks: Sequence[tuple[str, Sequence[Body]]]) -> Iterator[bytes]:
    """Stream messages. Each block has its text and its citations."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    start_event = {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "usage": usage,
    }
    yield format_event(
        {
            "type": "message_start",
            "message": start_event | {"stop_reason": None, "stop_sequence": None},
        },
        "message_start",
    )
    for index, (text, citations) in enumerate(blocks):
        start: Body = {"type": "text", "text": ""} | ({"citations": []} if citations else {})
        yield format_event(
            {"type": "content_block_start", "index": index, "content_block": start},
            "content_block_start",
        )
        deltas: list[Body] = [
            {"type": "citations_delta", "citation": citation} for citation in citations
        ]
        deltas += [{"type": "text_delta", "text": piece} for piece in (text[:5], text[5:]) if piece]
        for delta in deltas:
            yield format_event(
                {"type": "content_block_delta", "index": index, "delta": delta},
                "content_block_delta",
            )
        yield format_event({"type": "content_block_stop", "index": index}, "content_block_stop")
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield format_event(
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}, "message_delta"
    )
    yield format_event({"type": "message_stop"}, "message_stop")
