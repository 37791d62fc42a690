"""Generate questions with the language model, and judge how likely each of a few sentences answers.

The model asks questions of sentences. With the adapter it then judges these questions, and people's
questions in the same way. The reader learns from these judgements in addition to the sentences that
people marked (distillation: Hinton et al., 2015). This takes five minutes on a graphics card, and
by estimate most of a day on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from assistant.models import conversion as weights
from assistant.models.adapter import ADAPTER_PATH
from assistant.pipeline.evidence.reader import Sentence
from assistant.pipeline.prompting.context import format_article_header, number_sentences
from assistant.pipeline.prompting.protocol import FOUND, NOT_FOUND
from assistant.pipeline.prompting.templates import render_prompt
from assistant.settings import get_settings
from training.adapter import ANSWER_PREFIX, Tokenizer, format_turn, load_model
from training.adapter_data import Question, split_questions
from training.lora import merge_adapter
from training.reader_data import MAX_OTHER_SENTENCES, MAX_SENTENCES, SentencePool

SETS = ("squad2", "clapnq", "quotesum", "covidqa_long", "xquad_en")
SYSTEM = Path(__file__).with_name("ask_system.md")
MAX_SENTENCES_PER_ARTICLE = 45
CONTEXT_SENTENCES = 2  # shown before the sentence, so that the model knows what it is about
SENTENCE_WORDS = range(6, 71)
QUESTION_WORDS = range(3, 26)
TEMPERATURE, TOP_P, MAX_NEW_TOKENS = 0.8, 0.95, 64
TOKENS_PER_BATCH = 60_000 if torch.cuda.is_available() else 4_000
INSTRUCTIONS = {
    "Write three different questions that these words answer": (
        "How much does the repair of the Infante bridge cost?\n"
        "Who said that repairing the bridge in Porto was overdue?\n"
        "cost of Infante bridge repair"
    ),
    "Write three questions that look as if these words answered them, but the text does not say": (
        "How much did the building of the Infante bridge cost?\n"
        "Who is responsible for the damage to the bridge in Porto?\n"
        "When did Ana Ruiz become mayor?"
    ),
}
EXAMPLE_SENTENCE = (
    "The city will spend 3 million euros on its repair, which Ana Ruiz, the mayor, called overdue."
)
EXAMPLE_CONTEXT = "The Infante bridge was closed in March."
# Shares of the answerable questions that are asked once more without the sentences that answer, and
# of all questions that are asked once more of another text: of people's and of the model's.
REMOVED_SHARES, OTHER_TEXT_SHARES = (0.5, 0.35), (0.3, 0.12)

SentencePosition = tuple[int, int]  # the number of an article, and the position of the sentence


@dataclass(frozen=True)
class SentenceQuestion:
    """A question on a few sentences."""

    question: str
    article: int
    positions: tuple[SentencePosition, ...]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--out", type=Path, default=Path("results/asked.jsonl"))
    arguments.add_argument(
        "--sentences", type=int, default=MAX_SENTENCES_PER_ARTICLE, help="of each article, at most"
    )
    options = arguments.parse_args()
    torch.manual_seed(0)
    cache = get_settings().cache
    tokenizer, model, chance = (
        Tokenizer(weights.prepare_model(cache, adapter=None)),
        load_model(cache).eval(),
        random.Random(1),
    )
    people = [question for name in SETS for question in split_questions(options.data, name)[False]]
    texts = ArticleTexts(people)
    generated = list(texts.generate_questions(model, tokenizer, options.sentences, chance))
    questions = [
        *texts.present(people, REMOVED_SHARES[0], OTHER_TEXT_SHARES[0], chance),
        *texts.present(generated, REMOVED_SHARES[1], OTHER_TEXT_SHARES[1], chance),
    ]
    merge_adapter(model, ADAPTER_PATH)
    options.out.parent.mkdir(exist_ok=True)
    with options.out.open("w", encoding="utf-8") as file:
        for question, chances in judge_questions(model, tokenizer, texts, questions):
            sentences = [
                Sentence.from_article(texts.articles[number], position)
                for number, position in question.positions
            ]
            row = {
                "question": question.question,
                "sentences": sentences,
                "chances": chances,
                "article": texts.groups[question.article],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


class ArticleTexts:
    """The articles of questions, with a search for the sentences most similar to a question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        articles = {id(question.article): question.article for question in questions}
        self.articles = list(articles.values())
        self._numbers = {id(article): number for number, article in enumerate(self.articles)}
        self.groups = {
            self._numbers[id(question.article)]: question.group for question in questions
        }
        members: dict[str, list[int]] = defaultdict(list)
        for number, name in self.groups.items():
            members[name].append(number)
        self._pools = {
            name: SentencePool([self.articles[number] for number in numbers])
            for name, numbers in members.items()
        }

    def generate_questions(
        self, model: Any, tokenizer: Tokenizer, limit: int, chance: random.Random
    ) -> Iterator[Question]:
        """Yield questions that the model asks of sentences. Some are answered by no sentence.

        Args:
            limit: number of sentences of an article, at most.
        """
        positions = [
            (number, position)
            for number in range(len(self.articles))
            for position in self._sample_positions(number, limit, chance)
        ]
        prompts = [
            self._make_prompt(position, instruction)
            for position in positions
            for instruction in INSTRUCTIONS
        ]
        seen: set[tuple[str, int]] = set()
        for (number, position), text in zip(
            [position for position in positions for _ in INSTRUCTIONS],
            generate_texts(model, tokenizer, prompts),
            strict=True,
        ):
            for line in text.splitlines()[:3]:
                question = line.strip(' -*0123456789."')
                key = (question.lower(), number)
                if len(question.split()) in QUESTION_WORDS and key not in seen:
                    seen.add(key)
                    yield Question(
                        "",
                        question,
                        self.articles[number],
                        frozenset([position]),
                        True,
                        self.groups[number],
                    )

    def _sample_positions(self, number: int, limit: int, chance: random.Random) -> list[int]:
        article = self.articles[number]
        positions = [
            position
            for position, span in enumerate(article.sentences)
            if len(article.slice(span).split()) in SENTENCE_WORDS
        ]
        return chance.sample(positions, min(limit, len(positions)))

    def _make_prompt(self, sentence: SentencePosition, instruction: str) -> str:
        number, position = sentence
        article = self.articles[number]
        before = " ".join(
            self.get_text((number, earlier))
            for earlier in range(max(0, position - CONTEXT_SENTENCES), position)
        )
        request = _format_request(article.title, before, self.get_text(sentence), instruction)
        return _format_chat(
            [
                ("system", SYSTEM.read_text(encoding="utf-8").strip()),
                ("user", _format_request("Porto", EXAMPLE_CONTEXT, EXAMPLE_SENTENCE, instruction)),
                ("assistant", INSTRUCTIONS[instruction]),
                ("user", request),
            ]
        )

    def get_text(self, sentence: SentencePosition) -> str:
        """Return the text of a sentence with single spaces."""
        number, position = sentence
        article = self.articles[number]
        return " ".join(article.slice(article.sentences[position]).split())

    def present(
        self,
        questions: Sequence[Question],
        removed_share: float,
        other_text_share: float,
        chance: random.Random,
    ) -> Iterator[SentenceQuestion]:
        """Yield each question with its own sentences and similar ones.

        Some are yielded once more without the sentences that answer, and some with another text.
        """
        names = sorted(self._pools)
        for question in questions:
            number = self._numbers[id(question.article)]
            right = [(number, position) for position in sorted(question.golds)]
            similar = self._find_similar(question.text, question.group)
            whole = [(number, position) for position in range(len(question.article.sentences))]
            from_article = (
                whole
                if len(whole) <= MAX_SENTENCES
                else [sentence for sentence in similar if sentence[0] == number]
            )
            from_others = [sentence for sentence in similar if sentence[0] != number]
            distractors = [
                sentence
                for sentence in [*from_article, *from_others[:MAX_OTHER_SENTENCES]]
                if sentence not in right
            ]
            yield SentenceQuestion(
                question.text, number, _order_positions([*right, *distractors], number)
            )
            if right and distractors and chance.random() < removed_share:
                yield SentenceQuestion(question.text, number, _order_positions(distractors, number))
            if chance.random() < other_text_share:
                foreign = [
                    sentence
                    for sentence in self._find_similar(question.text, chance.choice(names))
                    if sentence[0] != number
                ]
                if foreign:
                    first = foreign[0][0]
                    yield SentenceQuestion(question.text, first, _order_positions(foreign, first))

    def _find_similar(self, question: str, group: str) -> list[SentencePosition]:
        ranked = islice(self._pools[group].rank(question), 5 * MAX_SENTENCES)
        return [(self._numbers[id(article)], position) for article, position in ranked]


def _order_positions(
    positions: Sequence[SentencePosition], first: int
) -> tuple[SentencePosition, ...]:
    """Return the first `MAX_SENTENCES` positions in the order of their articles.

    Args:
        first: number of the article whose sentences come first.
    """
    return tuple(
        sorted(positions[:MAX_SENTENCES], key=lambda position: (position[0] != first, position))
    )


def _format_request(title: str, before: str, sentence: str, instruction: str) -> str:
    text = f"{before} {sentence}".strip()
    return f'Title: {title or "untitled"}\nText: {text}\n\n{instruction}: "{sentence}"'


def _format_chat(turns: Sequence[tuple[str, str]]) -> str:
    return "".join(format_turn(role, text) for role, text in turns) + ANSWER_PREFIX


@torch.inference_mode()  # type: ignore[untyped-decorator]
def generate_texts(model: Any, tokenizer: Tokenizer, prompts: Sequence[str]) -> Iterator[str]:
    """Yield a sampled reply of the model to each prompt."""
    (end,) = tokenizer.encode("<|im_end|>")
    device = model.lm_head.weight.device
    prompt_ids = [tokenizer.encode(text) for text in prompts]
    for batch in tqdm(list(_make_batches(prompt_ids, TOKENS_PER_BATCH)), desc="asking"):
        longest = max(len(ids) for ids in batch)
        padded = torch.tensor([[end] * (longest - len(ids)) + ids for ids in batch], device=device)
        mask = torch.tensor(
            [[0] * (longest - len(ids)) + [1] * len(ids) for ids in batch], device=device
        )
        output = model.generate(
            padded,
            attention_mask=mask,
            max_new_tokens=MAX_NEW_TOKENS,
            eos_token_id=end,
            pad_token_id=end,
            do_sample=True,
            temperature=TEMPERATURE,
            top_p=TOP_P,
            top_k=0,
            repetition_penalty=1.0,
        )
        for row in output:
            yield tokenizer.decode([token for token in row[longest:].tolist() if token != end])


@torch.inference_mode()  # type: ignore[untyped-decorator]
def judge_questions(
    model: Any, tokenizer: Tokenizer, texts: ArticleTexts, questions: Sequence[SentenceQuestion]
) -> Iterator[tuple[SentenceQuestion, list[float]]]:
    """Yield the probability of each sentence to be named first by the model, and of none.

    The probability of none comes last. Together they sum to 1.
    """
    found_token, not_found_token = tokenizer.encode(FOUND)[0], tokenizer.encode(NOT_FOUND)[0]
    digits = [tokenizer.encode(str(number))[0] for number in range(1, MAX_SENTENCES + 1)]
    opening = tokenizer.encode(f"{FOUND} [")
    device = model.lm_head.weight.device
    order = sorted(
        questions,
        key=lambda question: sum(len(texts.get_text(position)) for position in question.positions),
    )
    prompts = [
        tokenizer.encode(_format_reading_prompt(texts, question)) + opening for question in order
    ]
    pending = iter(order)
    for batch in tqdm(list(_make_batches(prompts, TOKENS_PER_BATCH)), desc="judging"):
        longest = max(len(ids) for ids in batch)
        padded = torch.tensor(
            [ids + [0] * (longest - len(ids)) for ids in batch], device=device
        )  # attention is causal, so the padding at the end has no effect
        hidden = model.model(input_ids=padded, use_cache=False).last_hidden_state
        for row, ids in enumerate(batch):
            question = next(pending)
            first = hidden[row, len(ids) - 1 - len(opening)]
            answerable = (
                model.lm_head(first).float()[[found_token, not_found_token]].softmax(-1)[0].item()
            )
            names = (
                model.lm_head(hidden[row, len(ids) - 1])
                .float()[digits[: len(question.positions)]]
                .softmax(-1)
                .tolist()
            )
            chances = (*(answerable * name for name in names), 1 - answerable)
            yield question, [round(chance, 4) for chance in chances]


def _format_reading_prompt(texts: ArticleTexts, question: SentenceQuestion) -> str:
    lines = number_sentences(
        [
            (number, texts.get_text(position))
            for number, position in enumerate(question.positions, 1)
        ]
    )
    system = render_prompt(
        "read", heading=format_article_header([texts.articles[question.article]]), sentences=lines
    )
    return _format_chat(
        [
            ("system", system),
            ("user", render_prompt("ask", question=question.question, manner="").strip()),
        ]
    )


def _make_batches(rows: Sequence[list[int]], limit: int) -> Iterator[list[list[int]]]:
    """Yield the rows in order, in batches of at most `limit` tokens with their padding."""
    batch: list[list[int]] = []
    for ids in rows:
        longest = max(len(row) for row in [*batch, ids])
        if batch and (len(batch) + 1) * longest > limit:
            yield batch
            batch = []
        batch.append(ids)
    if batch:
        yield batch


if __name__ == "__main__":
    main()
