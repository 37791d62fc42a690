"""Sentences that the embedded model writes before it is trained, of those that hold: what the adapter is to go on writing.

Half a second to two seconds a question. Each goes to disk as it comes, so a run that was cut short goes on.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from tqdm import tqdm

from assistant.checking import Evidence, unsupported
from assistant.evidence import candidates_of, heading, named, numbered
from assistant.models.embedded import EmbeddedModel
from assistant.settings import get_settings
from assistant.writing import says_not_stated
from index.article import Article
from index.search import Hit

from .examples import golds, group, rows
from .splits import held_out

__all__ = ["asked", "main"]

SYSTEM = Path(__file__).with_name("write_system.md")
WRITTEN = 380  # questions. They teach a manner, not facts: with their numbers and quoted words alone the others teach the rest.
MOST_SENTENCES = 3  # that one answer is written from
LONGEST = 25  # words


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--out", type=Path, default=Path("results/written.jsonl"))
    given = arguments.parse_args()
    done = {row["key"] for row in rows(given.out)} if given.out.exists() else set()
    chat = EmbeddedModel(cache_folder=get_settings().cache, adapter=None)
    given.out.parent.mkdir(exist_ok=True)
    with given.out.open("a", encoding="utf-8") as file:
        for key, question, article, positions, answers in tqdm([one for one in asked(given.data) if one[0] not in done]):
            hits = [Hit(article, article.sentences[position], 0.0, 0.0, 0.0) for position in positions]
            chosen = candidates_of(hits)
            text = chat.invoke(_asked(question, article, named(chosen))).text.strip()
            known = Evidence([*(one.text for one in chosen), article.title], question, article.text)
            holds = bool(text) and not says_not_stated(text) and not unsupported(text, known) and len(text.split()) <= LONGEST
            holds = holds and any(answer.lower() in text.lower() for answer in answers)
            file.write(json.dumps({"key": key, "text": text, "holds": holds}, ensure_ascii=False) + "\n")
            file.flush()


def _asked(question: str, article: Article, ids: str) -> list[BaseMessage]:
    """The prompt that the model as it comes writes well with: an example, and the sentences to write from."""
    sentences = numbered([(number, article.slice(span)) for number, span in enumerate(article.sentences, 1)])
    system = SYSTEM.read_text(encoding="utf-8").strip().replace("{heading}", heading([article]))
    return [
        SystemMessage(system.replace("{sentences}", sentences)),
        HumanMessage(f"Question: {question}\nAnswer from {ids}."),
    ]


def asked(data: Path) -> Iterator[tuple[str, str, Article, list[int], list[str]]]:
    """Key, question, article, positions of the sentences that answer, and short answers of which the text must hold one."""
    texts = {row["doc_id"]: row for row in rows(data / "squad2.docs.jsonl")}
    found = [row for row in rows(data / "squad2.questions.jsonl") if row["answerable"] and not held_out(group(row))]
    for row in random.Random(0).sample(found, min(WRITTEN, len(found))):
        told = texts[row["doc_id"]]
        article = Article.from_text(told["text"], told.get("title") or "")
        positions = sorted(golds(row, article))
        if 0 < len(positions) <= MOST_SENTENCES:
            yield f"squad2:{row['qid']}", row["question"], article, positions, row["answers"]


if __name__ == "__main__":
    main()
