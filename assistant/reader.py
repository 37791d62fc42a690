"""A small trained reader: scores sentences, and "none of them", as answers to a question.

A cross-encoder: all-MiniLM-L6-v2 (Wang et al., MiniLM, 2020) over question and sentence together, mean pooling, one
linear score; a learned score stands for "none". A softmax over the sentences and none gives probabilities. Only what
training changed is shipped (the encoder's layers, in half precision); the word embeddings are the registry package's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from index.article import Article
from index.embedding import minilm_folder, offline
from index.errors import ModelError

if TYPE_CHECKING:
    import torch

__all__ = ["Reader", "Sentence", "Verdict", "WEIGHTS", "load_network"]

WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"
TOKENS = 112  # question, sentence and context together; what is cut is the context
CONTEXT_WORDS = 25  # of the sentence before: enough to tell who "he" is


class Sentence(NamedTuple):
    """A sentence as the reader sees it."""

    text: str
    before: str = ""
    title: str = ""

    @classmethod
    def of(cls, article: Article, position: int) -> Sentence:
        before = article.slice(article.sentences[position - 1]) if position else ""
        return cls(article.slice(article.sentences[position]), before, article.title)

    def joined(self) -> str:
        return f"{self.text} | {self.title} | {' '.join(self.before.split()[-CONTEXT_WORDS:])}"


class Verdict(NamedTuple):
    """Probabilities that sum to 1: one for each sentence, in order, that it is the one that answers, and one for none."""

    sentences: tuple[float, ...]
    none: float


class Reader:
    """Loads at first use; safe to call from several threads."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._lock = Lock()
        self._network: Any = None

    @classmethod
    @lru_cache(maxsize=1)
    def shared(cls) -> Reader:
        return cls()

    def load(self) -> None:
        with self._lock:
            if self._network is None:
                self._network = load_network(self._weights)

    def read(self, question: str, sentences: Sequence[Sentence]) -> Verdict:
        """Which of the sentences answers the question. No sentences: none does."""
        import torch

        if not sentences:
            return Verdict((), 1.0)
        self.load()
        with self._lock, torch.inference_mode():
            scores = self._network(question, sentences)
            *each, none = torch.softmax(torch.cat([scores, self._network.none]), dim=0).tolist()
        return Verdict(tuple(each), none)


def load_network(weights: Path | None) -> Any:
    """The network, with the trained weights, or as it is before training. Raises ModelError if they cannot be read."""
    offline()
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            folder = str(minilm_folder())
            self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self.encoder = AutoModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False)
            self.score = torch.nn.Linear(self.encoder.config.hidden_size, 1)
            self.none = torch.nn.Parameter(torch.zeros(1))

        def forward(self, question: str, sentences: Sequence[Sentence]) -> torch.Tensor:
            return self.scores([(question, sentence) for sentence in sentences])

        def scores(self, pairs: Sequence[tuple[str, Sentence]]) -> torch.Tensor:
            """Shape `(pairs,)`."""
            first, second = [question for question, _ in pairs], [sentence.joined() for _, sentence in pairs]
            inputs = self.tokenizer(
                first, second, truncation="longest_first", max_length=TOKENS, padding=True, return_tensors="pt"
            )
            inputs = inputs.to(self.none.device)
            hidden = self.encoder(**inputs).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1)
            result: torch.Tensor = self.score((hidden * mask).sum(1) / mask.sum(1)).squeeze(-1)
            return result

    network = Network()
    if weights is not None:
        try:
            trained = {name: value.float() for name, value in load_file(weights).items()}
            if network.load_state_dict(trained, strict=False).unexpected_keys or "none" not in trained:
                raise ValueError("they are of another reader")
        except (OSError, RuntimeError, ValueError, SafetensorError) as error:
            raise ModelError(f"The reader's weights {weights} cannot be read ({error}). Install the package again.") from error
    return network.eval()
