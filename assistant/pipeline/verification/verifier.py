"""The verifier: a small trained model that says whether evidence supports a statement.

It is a cross-encoder: all-MiniLM-L6-v2 (Wang et al., MiniLM, 2020) over a statement and its
evidence together, the mean and the maximum of the last layer, three linear scores: supported,
contradicted, not stated. A statement is read after the question that it answers, so that a short
answer such as "In Aleppo." can be judged. Only what training changed is bundled: the layers of the
encoder as eight-bit integers with a scale for each row. The word embeddings come from the registry
package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistant.models.cross_encoder import (
    CrossEncoder,
    cut_tokens,
    load_encoder,
    load_trained_weights,
    replace_surrogates,
)

if TYPE_CHECKING:
    import torch

__all__ = [
    "CLASSES",
    "Judgement",
    "VERIFIER_WEIGHTS",
    "Verifier",
    "format_evidence",
    "load_network",
]

VERIFIER_WEIGHTS = Path(__file__).parents[2] / "weights" / "verifier.safetensors"
CLASSES = ("supported", "contradicted", "not_stated")
MAX_TOKENS = 256  # question, statement and evidence together; the evidence is truncated
MAX_STATEMENT_TOKENS = 160  # question and statement; what is longer is cut
MAX_CONTEXT_WORDS = 25  # of the sentence before the quotes: enough to see who "he" is
MATCH_FEATURES = 3  # of a token, see `_find_matches`
MAX_BATCH = 16  # statements that go through the encoder together


class Judgement(NamedTuple):
    """Probabilities that sum to 1: what the evidence says of a statement."""

    supported: float
    contradicted: float
    not_stated: float


def format_evidence(quotes: Sequence[str], before: str = "", title: str = "") -> str:
    """Return the evidence as the verifier reads it: quotes, title, end of the sentence before.

    The quotes come first, so truncation removes the context before them.

    Args:
        quotes: the quoted sentences in the order of the article.
        before: the sentence before the first quote.
        title: the title of the section or the article.
    """
    context = " ".join(before.split()[-MAX_CONTEXT_WORDS:])
    return " ".join(f"{' '.join(quotes)} | {title} | {context}".split())


class Verifier(CrossEncoder):
    """Judges statements against their evidence."""

    def __init__(self, weights: Path = VERIFIER_WEIGHTS) -> None:
        super().__init__(weights)

    @staticmethod
    def _load_network(weights: Path) -> Any:
        return load_network(weights)

    def judge(self, statements: Sequence[tuple[str, str, str]]) -> list[Judgement]:
        """Return a judgement of each statement, in order.

        Args:
            statements: question (may be empty), statement and evidence of each, the evidence as
                `format_evidence` returns it.

        Raises:
            ModelError: the weights cannot be read.
        """
        import torch

        self.load()

        pairs = [
            (replace_surrogates(f"{question} {statement}".strip()), replace_surrogates(evidence))
            for question, statement, evidence in statements
        ]
        # Pairs of similar length go together, which saves padding.
        order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]) + len(pairs[row][1]))
        judgements: dict[int, Judgement] = {}
        with self._lock, torch.inference_mode():
            for first in range(0, len(order), MAX_BATCH):
                rows = order[first : first + MAX_BATCH]
                scores = self._network(self._network.encode([pairs[row] for row in rows]))
                for row, chances in zip(rows, torch.softmax(scores, dim=1).tolist(), strict=True):
                    judgements[row] = Judgement(*chances)
        return [judgements[row] for row in range(len(pairs))]


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
            size = self.encoder.config.hidden_size
            self.match = torch.nn.Linear(MATCH_FEATURES, size, bias=False)
            self.score = torch.nn.Linear(2 * size, len(CLASSES))

        def encode(self, pairs: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
            """Return the tokens of pairs of statement and evidence.

            The evidence is truncated, a long statement is cut.
            """
            inputs = self.tokenizer(
                [
                    cut_tokens(self.tokenizer, statement, MAX_STATEMENT_TOKENS)
                    for statement, _ in pairs
                ],
                [evidence for _, evidence in pairs],
                truncation="only_second",
                max_length=MAX_TOKENS,
                padding=True,
                return_tensors="pt",
            )
            return dict(inputs)

        def forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
            """Return the scores of the classes; shape `(pairs, 3)`."""
            embedded = self.encoder.embeddings.word_embeddings(inputs["input_ids"])
            hidden = self.encoder(
                inputs_embeds=embedded + self.match(_find_matches(inputs)),
                attention_mask=inputs["attention_mask"],
                token_type_ids=inputs["token_type_ids"],
            ).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            maximum = hidden.masked_fill(mask == 0, -torch.inf).amax(1)
            result: torch.Tensor = self.score(torch.cat([mean, maximum], dim=1))
            return result

    network = Network()
    if weights is not None:
        load_trained_weights(network, weights, name="verifier", required="score.weight")
    return network.eval()


def _find_matches(inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return whether each token is in the other text, alone, after its left and before its right
    neighbour, as ones and zeros; shape `(pairs, tokens, 3)`.

    A changed number and a swapped name show in these features at once. Without them, the network
    has to learn to compare tokens.
    """
    import torch

    ids, types, mask = inputs["input_ids"], inputs["token_type_ids"], inputs["attention_mask"]
    same = ids.unsqueeze(2) == ids.unsqueeze(1)
    same &= types.unsqueeze(2) != types.unsqueeze(1)
    same &= (mask.unsqueeze(2) * mask.unsqueeze(1)).bool()
    left = torch.zeros_like(same)
    left[:, 1:, 1:] = same[:, 1:, 1:] & same[:, :-1, :-1]
    right = torch.zeros_like(same)
    right[:, :-1, :-1] = left[:, 1:, 1:]
    return torch.stack([same.any(2), left.any(2), right.any(2)], dim=2).float()
