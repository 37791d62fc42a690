"""Serve a bare Gradio chat over an article, to compare with: Gradio's defaults and no checks.

python -m evaluation.load.gradio_chat http://127.0.0.1:8080/v1
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from openai import OpenAI

__all__ = ["main"]


def main() -> None:
    """Serve a chat that passes the article and the question to the model of an address."""
    client = OpenAI(base_url=sys.argv[1], api_key="none needed")
    model = client.models.list().data[0].id

    def chat(question: str, article: str) -> str:
        sentences = "\n".join(f"[{n}] {line}" for n, line in enumerate(article.splitlines(), 1))
        chunks = client.chat.completions.create(
            model=model,
            messages=[
                {"role": "system", "content": sentences},
                {"role": "user", "content": question},
            ],
            stream=True,
        )
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    page = gr.Interface(chat, ["text", "text"], "text", api_name="chat")
    _, address, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
    print(f"Open {address.rstrip('/')}", flush=True)
    page.block_thread()


if __name__ == "__main__":
    main()
