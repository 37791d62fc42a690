"""The reader: a small trained model that scores sentences as answers to a question.

It is a cross-encoder: all-MiniLM-L6-v2 (Wang et al., MiniLM, 2020) over question and sentence
together, mean pooling, one linear score. "No sentence answers" has a learned score of its own. A
softmax over all scores gives probabilities. Only what training changed is bundled: the layers of
the encoder, as eight-bit integers with a scale for each row. The word embeddings come from the
registry package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistant.models.cross_encoder import (
    CrossEncoder,
    load_encoder,
    load_trained_weights,
)
from index.text.article import Article

if TYPE_CHECKING:
    import torch

__all__ = ["READER_WEIGHTS", "Reader", "ReaderOutput", "Sentence", "load_network"]

READER_WEIGHTS = Path(__file__).parents[2] / "weights" / "reader.safetensors"
MAX_TOKENS = 112  # question, sentence and context together; the context is truncated
MAX_CONTEXT_WORDS = 25  # of the previous sentence: enough to see who "he" is


class Sentence(NamedTuple):
    """A sentence with the context that the reader gets: the previous sentence and the title."""

    text: str
    before: str = ""
    title: str = ""

    @classmethod
    def from_article(cls, article: Article, position: int) -> Sentence:
        """Return the sentence at a position of an article, with its context."""
        structure, sentence = article.structure, article.sentences[position]
        path = structure.heading_path(sentence.start)
        previous = article.sentences[position - 1] if position else None
        is_near = previous and structure.heading_path(previous.start) == path
        before = article.slice(previous) if previous and is_near else ""
        text, title = structure.readable_text(sentence), article.title
        return cls(text, before, ", ".join([title, *(name for name in path if name != text)]))

    def format_with_context(self) -> str:
        """Return the second input of the reader: sentence, title and end of the context."""
        return f"{self.text} | {self.title} | {' '.join(self.before.split()[-MAX_CONTEXT_WORDS:])}"


class ReaderOutput(NamedTuple):
    """Probabilities that sum to 1: that each sentence answers, in order, and that none does."""

    sentences: tuple[float, ...]
    no_answer_probability: float


class Reader(CrossEncoder):
    """The extractive model: scores sentences as answers."""

    def __init__(self, weights: Path = READER_WEIGHTS) -> None:
        super().__init__(weights)

    @staticmethod
    def _load_network(weights: Path) -> Any:
        return load_network(weights)

    def read(self, question: str, sentences: Sequence[Sentence]) -> ReaderOutput:
        """Return the probability of each sentence to answer the question.

        Without sentences, the probability of no answer is 1.

        Raises:
            ModelError: the weights cannot be read.
        """
        import torch

        if not sentences:
            return ReaderOutput((), 1.0)
        self.load()
        with self._lock, torch.inference_mode():
            inputs = self._network.encode([(question, sentence) for sentence in sentences])
            scores = self._network(inputs)
            *each, none = torch.softmax(torch.cat([scores, self._network.none]), dim=0).tolist()
        return ReaderOutput(tuple(each), none)


def load_network(weights: Path | None) -> Any:
    """Return the network, ready for inference.

    Args:
        weights: file of the trained weights; None for the network before training.

    Raises:
        ModelError: the weights cannot be read.
    """
    import torch

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tokenizer, self.encoder = load_encoder()
            self.score = torch.nn.Linear(self.encoder.config.hidden_size, 1)
            self.none = torch.nn.Parameter(torch.zeros(1))

        def encode(self, pairs: Sequence[tuple[str, Sentence]]) -> dict[str, torch.Tensor]:
            """Return the tokens of pairs of question and sentence."""
            inputs = self.tokenizer(
                [question for question, _ in pairs],
                [sentence.format_with_context() for _, sentence in pairs],
                truncation="longest_first",
                max_length=MAX_TOKENS,
                padding=True,
                return_tensors="pt",
            )
            return dict(inputs)

        def forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
            """Return one score for each pair; shape `(pairs,)`."""
            hidden = self.encoder(**inputs).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1)
            result: torch.Tensor = self.score((hidden * mask).sum(1) / mask.sum(1)).squeeze(-1)
            return result

    network = Network()
    if weights is not None:
        load_trained_weights(network, weights, name="reader", required="none")
    return network.eval()
