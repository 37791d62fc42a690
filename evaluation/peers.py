"""List the figures that others published for the same benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from evaluation.sets import SHARED

__all__ = ["Published", "read_published"]

ACL_VERBATIM_PEERS = SHARED / "eval" / "acl_verbatim.peers.json"


class Published(NamedTuple):
    """A figure of another system.

    Attributes:
        set: the name of the set, as in `evaluation.questions.SETS`, or `wice_dev`.
        figure: the name of the figure, as in a result file.
        system: the name of the other system.
        value: 0 to 1.
        source: where it was published, and on which data if not on the same.
    """

    set: str
    figure: str
    system: str
    value: float
    source: str


_MINILM = "model card of deepset/minilm-uncased-squad2; all 11,873 questions of the dev set"
_ROBERTA = "model card of deepset/roberta-base-squad2; all 11,873 questions of the dev set"
_AGGREFACT = "leaderboard of LLM-AggreFact; WiCE's test claims with chosen chunks of the pages"
_PUBLISHED = (
    Published("squad2", "SQuAD exact match", "MiniLM-L12", 0.762, _MINILM),
    Published("squad2", "SQuAD F1", "MiniLM-L12", 0.795, _MINILM),
    Published("squad2", "SQuAD exact match", "RoBERTa-base", 0.799, _ROBERTA),
    Published("squad2", "SQuAD F1", "RoBERTa-base", 0.830, _ROBERTA),
    Published("wice_dev", "balanced accuracy", "HHEM-2.1", 0.759, _AGGREFACT),
    Published("wice_dev", "balanced accuracy", "AlignScore", 0.660, _AGGREFACT),
    Published("wice_dev", "balanced accuracy", "Bespoke-MiniCheck-7B", 0.830, _AGGREFACT),
)


def read_published(name: str, peers: Path = ACL_VERBATIM_PEERS) -> list[Published]:
    """Return the published figures of a set; empty if there are none.

    Args:
        name: the name of the set.
        peers: the file of ACL-Verbatim's published runs.
    """
    if name == "acl_verbatim":
        return _read_acl_verbatim(peers)
    return [published for published in _PUBLISHED if published.set == name]


def _read_acl_verbatim(path: Path) -> list[Published]:
    contents = json.loads(path.read_text(encoding="utf-8"))
    source = f"{contents['source'].split('@')[0]}; the same 100 passages"
    return [
        Published("acl_verbatim", "word F1", row["model"], row["word_f1"], source)
        for row in contents["rows"]
    ]
