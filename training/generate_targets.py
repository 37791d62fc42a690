"""Generate target sentences for the adapter with the untrained model, and mark those that pass.

A question takes half a second to two seconds. Each sentence is written to disk as it comes, so an
interrupted run continues where it stopped.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from tqdm import tqdm

from assistant.models.bundled import BundledModel
from assistant.pipeline.candidate import make_candidates
from assistant.pipeline.prompting.context import format_article_header, format_ids, number_sentences
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.verification.claims import find_unsupported_claims
from assistant.pipeline.verification.evidence import Evidence
from assistant.settings import get_settings
from index.retrieval.hybrid import Hit
from index.text.article import Article
from training.reader_data import find_gold_positions, get_group, read_rows
from training.splits import is_held_out

__all__ = ["main", "select_questions"]

SYSTEM = Path(__file__).with_name("write_system.md")
# These sentences teach a manner, not facts: of the other questions, sentence numbers and quoted
# words are enough.
QUESTION_COUNT = 380
MAX_SENTENCES = 3  # that one answer is written from
MAX_WORDS = 25


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--out", type=Path, default=Path("results/written.jsonl"))
    options = arguments.parse_args()
    done = {row["key"] for row in read_rows(options.out)} if options.out.exists() else set()
    chat = BundledModel(cache_folder=get_settings().cache, adapter=None)
    options.out.parent.mkdir(exist_ok=True)
    with options.out.open("a", encoding="utf-8") as file:
        pending = [
            question for question in select_questions(options.data) if question[0] not in done
        ]
        for key, question, article, positions, answers in tqdm(pending):
            hits = [
                Hit(article, article.sentences[position], 0.0, 0.0, 0.0) for position in positions
            ]
            candidates = make_candidates(hits)
            text = chat.invoke(_make_prompt(question, article, format_ids(candidates))).text.strip()
            texts = [*(candidate.text for candidate in candidates), article.title]
            evidence = Evidence(texts, question, article.text)
            holds = (
                bool(text)
                and not is_not_stated(text)
                and not find_unsupported_claims(text, evidence)
                and len(text.split()) <= MAX_WORDS
            )
            holds = holds and any(answer.lower() in text.lower() for answer in answers)
            file.write(
                json.dumps({"key": key, "text": text, "holds": holds}, ensure_ascii=False) + "\n"
            )
            file.flush()


def _make_prompt(question: str, article: Article, ids: str) -> list[BaseMessage]:
    """Return a prompt that suits the untrained model: an example and the sentences to use."""
    sentences = number_sentences(
        [(number, article.slice(span)) for number, span in enumerate(article.sentences, 1)]
    )
    system = (
        SYSTEM.read_text(encoding="utf-8")
        .strip()
        .replace("{heading}", format_article_header([article]))
    )
    return [
        SystemMessage(system.replace("{sentences}", sentences)),
        HumanMessage(f"Question: {question}\nAnswer from {ids}."),
    ]


def select_questions(data: Path) -> Iterator[tuple[str, str, Article, list[int], list[str]]]:
    """Yield key, question, article, positions of the sentences that answer, and right answers.

    A target sentence must contain one of the right answers.
    """
    documents = {row["doc_id"]: row for row in read_rows(data / "squad2.docs.jsonl")}
    candidates = [
        row
        for row in read_rows(data / "squad2.questions.jsonl")
        if row["answerable"] and not is_held_out(get_group(row))
    ]
    for row in random.Random(0).sample(candidates, min(QUESTION_COUNT, len(candidates))):
        document = documents[row["doc_id"]]
        article = Article.from_text(document["text"], document.get("title") or "")
        positions = sorted(find_gold_positions(row, article))
        if 0 < len(positions) <= MAX_SENTENCES:
            yield f"squad2:{row['qid']}", row["question"], article, positions, row["answers"]


if __name__ == "__main__":
    main()
