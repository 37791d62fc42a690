"""Questions in other words, by the embedded model before it is trained: more questions than the sets have, with the same answers.

A second or less a question. Each goes to disk as it comes, so a run that was cut short goes on.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from langchain_core.messages import HumanMessage, SystemMessage
from tqdm import tqdm

from assistant.models.embedded import EmbeddedModel
from assistant.settings import get_settings

from .examples import group, rows
from .splits import held_out

__all__ = ["main", "same_names"]

SYSTEM = Path(__file__).with_name("paraphrase_system.md")
SETS = ("clapnq", "squad2")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--out", type=Path, default=Path("results/paraphrased.jsonl"))
    given = arguments.parse_args()
    given.out.parent.mkdir(exist_ok=True)
    done = {row["key"] for row in rows(given.out)} if given.out.exists() else set()
    chat = EmbeddedModel(cache_folder=get_settings().cache, adapter=None)
    system = SystemMessage(SYSTEM.read_text(encoding="utf-8").strip())
    with given.out.open("a", encoding="utf-8") as file:
        for key, question in tqdm([one for one in asked(given.data) if one[0] not in done]):
            text = chat.invoke([system, HumanMessage(f"Question: {question}\nIn other words:")]).text.strip().removeprefix("Question: ")
            file.write(json.dumps({"key": key, "text": text, "holds": same_names(question, text)}, ensure_ascii=False) + "\n")
            file.flush()


def asked(data: Path) -> Iterator[tuple[str, str]]:
    """Key and question, of those that are trained on; in an order of which any beginning is a fair part."""
    for name in SETS:
        found = [row for row in rows(data / f"{name}.questions.jsonl") if not held_out(group(row))]
        for row in random.Random(0).sample(found, len(found)):
            yield f"{name}:{row['qid']}", row["question"].strip()


def same_names(question: str, other: str) -> bool:
    """Whether another wording is one question with the same numbers and names, and not the same wording."""
    if not other.endswith("?") or "\n" in other or len(other.split()) > 2 * len(question.split()) + 4:
        return False
    kept = _words(question, names=True) <= _words(other) and _words(other, names=True) <= _words(question)
    return kept and other.lower() != question.lower()


def _words(question: str, names: bool = False) -> set[str]:
    """All words, small and without an s at the end; or those alone that have a capital or a digit and are not the first one."""
    words = re.findall(r"\w+", question)
    return {word.lower().removesuffix("s") for word in (words[1:] if names else words) if not names or not word.islower()}


if __name__ == "__main__":
    main()
