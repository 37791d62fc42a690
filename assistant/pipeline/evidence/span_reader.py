"""The span reader: a small trained model that finds the words of a passage that answer a question.

It is a cross-encoder: all-MiniLM-L6-v2 (Wang et al., MiniLM, 2020) over question and passage
together, with one score for each token to be the first word of the answer and one to be the last.
The first token of the input stands for "no answer" (Devlin et al., BERT, 2019). Only what training
changed is bundled, as eight-bit integers. The word embeddings come from the registry package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistant.models.cross_encoder import (
    CrossEncoder,
    cut_tokens,
    load_encoder,
    load_trained_weights,
    replace_surrogates,
)
from index.text.spans import Span

if TYPE_CHECKING:
    import torch

__all__ = ["AnswerWords", "SPAN_WEIGHTS", "SpanReader", "load_network"]

SPAN_WEIGHTS = Path(__file__).parents[2] / "weights" / "span.safetensors"
MAX_TOKENS = 256  # question and passage together; the passage is truncated
MAX_QUESTION_TOKENS = 64
MAX_ANSWER_TOKENS = 30


class AnswerWords(NamedTuple):
    """The words of a passage that answer best.

    Attributes:
        span: where they are in the passage; None if the passage is empty.
        probability: that these very words answer.
        no_answer_probability: that the passage does not answer.
    """

    span: Span | None
    probability: float
    no_answer_probability: float


class SpanReader(CrossEncoder):
    """Finds the words of a passage that answer."""

    def __init__(self, weights: Path = SPAN_WEIGHTS) -> None:
        super().__init__(weights)

    @staticmethod
    def _load_network(weights: Path) -> Any:
        return load_network(weights)

    def find(self, question: str, passage: str, title: str = "") -> AnswerWords:
        """Return the words of the passage that answer the question best.

        Args:
            question: the standalone question.
            passage: one or a few sentences.
            title: of the section or the article; helps to read the passage.

        Raises:
            ModelError: the weights cannot be read.
        """
        import torch

        self.load()
        with self._lock, torch.inference_mode():
            inputs = self._network.encode(
                [(replace_surrogates(question), replace_surrogates(passage), title)]
            )
            starts, ends = self._network(inputs)
        positions = _find_passage_tokens(inputs, len(passage))
        scores = _score_spans(starts[0, positions], ends[0, positions])
        none = starts[0, 0] + ends[0, 0]
        chances = torch.softmax(torch.cat([scores.flatten(), none.unsqueeze(0)]), dim=0)
        if not positions:
            return AnswerWords(None, 0.0, 1.0)
        best = int(chances[:-1].argmax())
        first, last = (positions[row] for row in divmod(best, len(positions)))
        offsets = inputs["offset_mapping"][0]
        span = Span(int(offsets[first, 0]), int(offsets[last, 1]))
        return AnswerWords(span, float(chances[best]), float(chances[-1]))


def _find_passage_tokens(inputs: Any, length: int) -> list[int]:
    """Return the positions of the tokens of the passage, without the title after it."""
    return [
        position
        for position, (kind, (start, end)) in enumerate(
            zip(inputs.sequence_ids(0), inputs["offset_mapping"][0].tolist(), strict=True)
        )
        if kind == 1 and start < end <= length
    ]


def _score_spans(starts: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    """Return the score of each pair of first and last token; shape `(tokens, tokens)`."""
    import torch

    scores = starts.unsqueeze(1) + ends.unsqueeze(0)
    allowed = torch.ones_like(scores, dtype=torch.bool).triu()
    allowed &= torch.ones_like(scores, dtype=torch.bool).tril(MAX_ANSWER_TOKENS - 1)
    return scores.masked_fill(~allowed, -torch.inf)


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
            self.ends = torch.nn.Linear(self.encoder.config.hidden_size, 2)

        def encode(self, rows: Sequence[tuple[str, str, str]]) -> Any:
            """Return the tokens of questions, passages and titles, with their offsets."""
            return self.tokenizer(
                [
                    cut_tokens(self.tokenizer, question, MAX_QUESTION_TOKENS)
                    for question, _, _ in rows
                ],
                [f"{passage} | {title}" for _, passage, title in rows],
                truncation="only_second",
                max_length=MAX_TOKENS,
                padding=True,
                return_offsets_mapping=True,
                return_tensors="pt",
            )

        def forward(self, inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
            """Return the scores of each token to be the first and the last; `(rows, tokens)`."""
            names = ("input_ids", "attention_mask", "token_type_ids")
            hidden = self.encoder(**{name: inputs[name] for name in names}).last_hidden_state
            starts, ends = self.ends(hidden).unbind(-1)
            return starts, ends

    network = Network()
    if weights is not None:
        load_trained_weights(network, weights, name="span reader", required="ends.weight")
    return network.eval()
