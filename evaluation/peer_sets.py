"""Read the sets for which others published figures, besides those of `evaluation.sets`.

Nothing was trained or fitted on them, so they need no choice of held-out questions.
"""

from __future__ import annotations

from evaluation.sets import Case, read_articles, read_rows
from index.text.spans import Span

__all__ = ["read_acl_verbatim", "read_mtrag_un"]


def read_acl_verbatim() -> list[Case]:
    """Return the search queries of ACL-Verbatim, each with a passage of a paper.

    `Case.spans` are the spans that people chose. They are empty for passages without an answer.
    """
    articles = read_articles("acl_verbatim")
    return [
        Case(
            row["qid"],
            row["question"],
            articles[row["doc_id"]],
            row["answerable"],
            (),
            tuple(row["extra"].get("evidence") or ()),
            spans=tuple(Span(*span) for span in row["extra"].get("evidence_spans") or ()),
        )
        for row in read_rows("acl_verbatim.questions.jsonl")
    ]


def read_mtrag_un() -> list[Case]:
    """Return the last questions of MTRAG-UN's conversations, with the turns before them.

    The kind is `answerable`, `partial`, `unanswerable` or `underspecified`. An underspecified
    question counts as unanswerable: the passages answer it only if it is guessed what is meant.
    Nobody marked sentences, so there is no evidence; `Case.reference` is what a person answered.
    """
    articles = read_articles("mtrag_un_dev")
    cases = []
    for row in read_rows("mtrag_un_dev.questions.jsonl"):
        turns = [turn["text"] for turn in row["extra"]["history"]]
        cases.append(
            Case(
                row["qid"],
                row["question"],
                articles[row["doc_id"]],
                bool(row["answerable"]),
                (),
                (),
                tuple(zip(turns[::2], turns[1::2], strict=True)),
                kind=row["extra"]["answerability"],
                reference=(row["extra"].get("reference") or "").strip(),
            )
        )
    return cases
