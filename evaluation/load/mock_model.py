"""Serve a model with OpenAI's protocol that answers after the delay in its name.

    python -m evaluation.load.mock_model mock-500ms [PORT]

The first line of the output is the address. The model repeats the numbered sentence that shares
most words with the question, and cites it.
"""

from __future__ import annotations

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["choose_sentence", "make_server", "parse_delay"]

_NAME = re.compile(r"mock-(\d+)ms")
_SENTENCE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
_WORD = re.compile(r"\w+")


def parse_delay(name: str) -> float:
    """Return the seconds in the name of a model.

    Raises:
        ValueError: the name has no delay.
    """
    if not (match := _NAME.fullmatch(name)):
        raise ValueError(f"{name!r} is not a name such as mock-500ms.")
    return int(match[1]) / 1000


def choose_sentence(messages: list[dict[str, Any]]) -> str:
    """Return the numbered sentence of the messages that shares most words with the last one."""
    *context, question = (str(message["content"]) for message in messages)
    words = set(_WORD.findall(question.lower()))
    sentences = _SENTENCE.findall("\n".join(context)) or [("1", question)]
    number, text = max(
        sentences, key=lambda item: len(words.intersection(_WORD.findall(item[1].lower())))
    )
    return f"{text} [{number}]"


def make_server(name: str, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a model on this machine, by default on a free port."""
    delay = parse_delay(name)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send("application/json", [json.dumps({"data": [{"id": name}]})])

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(delay)
            text = choose_sentence(request["messages"])
            self._send("text/event-stream", _format_chunks(name, text))

        def _send(self, media_type: str, pieces: list[str]) -> None:
            body = "".join(pieces).encode()
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 1_000

    return Server(("127.0.0.1", port), Handler)


def _format_chunks(name: str, text: str) -> list[str]:
    def chunk(delta: dict[str, str], reason: str | None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": name}
        return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"

    content = {"role": "assistant", "content": text}
    return [chunk(content, None), chunk({}, "stop"), "data: [DONE]\n\n"]


def main() -> None:
    """Serve the model that the command line names."""
    server = make_server(sys.argv[1], *map(int, sys.argv[2:3]))
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
