"""Questions that the language model asks of sentences, and how likely it says, with the adapter, that each of a few sentences answers.

The reader learns from these, and from people's questions judged in the same way, beside the sentences that people marked (distillation:
Hinton et al., 2015). Five minutes on a graphics card; on two cores most of a day, by estimate.
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

from assistant.evidence import heading, numbered
from assistant.models import weights
from assistant.models.adapter import ADAPTER
from assistant.prompts import prompt
from assistant.reader import Sentence
from assistant.settings import get_settings
from assistant.writing import FOUND, NOT_FOUND

from .adapter import ANSWERING, Tokens, as_turn, load
from .examples import OTHERS, SHOWN, Pool
from .lessons import Question, seen_and_kept
from .lora import add

SETS = ("squad2", "clapnq", "quotesum", "covidqa_long", "xquad_en")
SYSTEM = Path(__file__).with_name("ask_system.md")
EACH = 45  # sentences of an article, at most
CONTEXT = 2  # sentences before the one that is asked of, for the model to know what it is about
LENGTHS = range(6, 71)  # words of a sentence that is asked of
QUESTIONS = range(3, 26)  # words of a question
WARMTH, MASS, LONGEST = 0.8, 0.95, 64  # of sampling: temperature, top p, tokens
TOGETHER = 60_000 if torch.cuda.is_available() else 4_000  # tokens that are computed at once
ORDERS = {
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
EXAMPLE = "The city will spend 3 million euros on its repair, which Ana Ruiz, the mayor, called overdue."
BEFORE_IT = "The Infante bridge was closed in March."
# Of the questions that a sentence answers, those that are asked again without it, and those asked of another text: of people's, of the model's.
AWAY, ELSEWHERE = (0.5, 0.35), (0.3, 0.12)

Place = tuple[int, int]  # of a sentence: the number of its article, and its position there


@dataclass(frozen=True)
class Asked:
    """A question on a few sentences."""

    question: str
    article: int
    places: tuple[Place, ...]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--out", type=Path, default=Path("results/asked.jsonl"))
    arguments.add_argument("--sentences", type=int, default=EACH, help="of each article, at most")
    given = arguments.parse_args()
    torch.manual_seed(0)
    cache = get_settings().cache
    tokens, model, chance = Tokens(weights.prepare(cache, adapter=None)), load(cache).eval(), random.Random(1)
    people = [question for name in SETS for question in seen_and_kept(given.data, name)[False]]
    texts = Texts(people)
    of_model = list(texts.questions(model, tokens, given.sentences, chance))
    asked = [*texts.put(people, AWAY[0], ELSEWHERE[0], chance), *texts.put(of_model, AWAY[1], ELSEWHERE[1], chance)]
    add(model, ADAPTER)
    given.out.parent.mkdir(exist_ok=True)
    with given.out.open("w", encoding="utf-8") as file:
        for one, chances in judged(model, tokens, texts, asked):
            sentences = [Sentence.of(texts.articles[number], position) for number, position in one.places]
            row = {"question": one.question, "sentences": sentences, "chances": chances, "article": texts.groups[one.article]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


class Texts:
    """The articles of questions, and the sentences of them that are most like a question."""

    def __init__(self, asked: Sequence[Question]) -> None:
        self.articles = list({id(one.article): one.article for one in asked}.values())
        self._number = {id(article): number for number, article in enumerate(self.articles)}
        self.groups = {self._number[id(one.article)]: one.group for one in asked}
        members: dict[str, list[int]] = defaultdict(list)
        for number, name in self.groups.items():
            members[name].append(number)
        self._pools = {name: Pool([self.articles[number] for number in numbers]) for name, numbers in members.items()}

    def questions(self, model: Any, tokens: Tokens, each: int, chance: random.Random) -> Iterator[Question]:
        """Those that the model asks of sentences; some of them no sentence answers."""
        places = [(number, place) for number in range(len(self.articles)) for place in self._some(number, each, chance)]
        prompts = [self._prompt(place, order) for place in places for order in ORDERS]
        known: set[tuple[str, int]] = set()
        for (number, position), said in zip(
            [one for one in places for _ in ORDERS], written(model, tokens, prompts), strict=True
        ):
            for line in said.splitlines()[:3]:
                question = line.strip(' -*0123456789."')
                if len(question.split()) in QUESTIONS and (question.lower(), number) not in known:
                    known.add((question.lower(), number))
                    yield Question("", question, self.articles[number], frozenset([position]), True, self.groups[number])

    def _some(self, number: int, each: int, chance: random.Random) -> list[int]:
        article = self.articles[number]
        found = [place for place, span in enumerate(article.sentences) if len(article.slice(span).split()) in LENGTHS]
        return chance.sample(found, min(each, len(found)))

    def _prompt(self, place: Place, order: str) -> str:
        number, position = place
        article = self.articles[number]
        before = " ".join(self.text((number, one)) for one in range(max(0, position - CONTEXT), position))
        turns = [("system", SYSTEM.read_text(encoding="utf-8").strip()), ("user", _order("Porto", BEFORE_IT, EXAMPLE, order))]
        turns += [("assistant", ORDERS[order]), ("user", _order(article.title, before, self.text(place), order))]
        return _chat(turns)

    def text(self, place: Place) -> str:
        number, position = place
        article = self.articles[number]
        return " ".join(article.slice(article.sentences[position]).split())

    def put(self, questions: Sequence[Question], away: float, elsewhere: float, chance: random.Random) -> Iterator[Asked]:
        """Each question on the sentences that it is asked of and others like it; some without those, some on another text."""
        names = sorted(self._pools)
        for question in questions:
            number = self._number[id(question.article)]
            right = [(number, position) for position in sorted(question.golds)]
            likest = self._likest(question.text, question.group)
            whole = [(number, position) for position in range(len(question.article.sentences))]
            here = whole if len(whole) <= SHOWN else [place for place in likest if place[0] == number]
            others = [place for place in likest if place[0] != number][:OTHERS]
            rest = [place for place in [*here, *others] if place not in right]
            yield Asked(question.text, number, _ordered([*right, *rest], number))
            if right and rest and chance.random() < away:
                yield Asked(question.text, number, _ordered(rest, number))
            if chance.random() < elsewhere:
                far = [place for place in self._likest(question.text, chance.choice(names)) if place[0] != number]
                if far:
                    yield Asked(question.text, far[0][0], _ordered(far, far[0][0]))

    def _likest(self, question: str, group: str) -> list[Place]:
        ranked = islice(self._pools[group].ranked(question), 5 * SHOWN)
        return [(self._number[id(article)], position) for article, position in ranked]


def _ordered(places: Sequence[Place], first: int) -> tuple[Place, ...]:
    """The first that are shown, in the order of their article; the question's own before others."""
    return tuple(sorted(places[:SHOWN], key=lambda place: (place[0] != first, place)))


def _order(title: str, before: str, sentence: str, order: str) -> str:
    text = f"{before} {sentence}".strip()
    return f'Title: {title or "untitled"}\nText: {text}\n\n{order}: "{sentence}"'


def _chat(turns: Sequence[tuple[str, str]]) -> str:
    return "".join(as_turn(role, text) for role, text in turns) + ANSWERING


@torch.inference_mode()  # type: ignore[untyped-decorator]
def written(model: Any, tokens: Tokens, prompts: Sequence[str]) -> Iterator[str]:
    """What the model says to each, sampled."""
    (end,) = tokens.of("<|im_end|>")
    device = model.lm_head.weight.device
    for batch in tqdm(list(_batches([tokens.of(text) for text in prompts], TOGETHER)), desc="asking"):
        longest = max(len(one) for one in batch)
        padded = torch.tensor([[end] * (longest - len(one)) + one for one in batch], device=device)
        mask = torch.tensor([[0] * (longest - len(one)) + [1] * len(one) for one in batch], device=device)
        told = {"do_sample": True, "temperature": WARMTH, "top_p": MASS, "top_k": 0, "repetition_penalty": 1.0}
        said = model.generate(padded, attention_mask=mask, max_new_tokens=LONGEST, eos_token_id=end, pad_token_id=end, **told)
        yield from (tokens.text([token for token in row[longest:].tolist() if token != end]) for row in said)


@torch.inference_mode()  # type: ignore[untyped-decorator]
def judged(model: Any, tokens: Tokens, texts: Texts, asked: Sequence[Asked]) -> Iterator[tuple[Asked, list[float]]]:
    """How likely each of the sentences is the one that the model names first, and at the end, that it names none; they sum to 1."""
    found, not_found = tokens.of(FOUND)[0], tokens.of(NOT_FOUND)[0]
    digits = [tokens.of(str(number))[0] for number in range(1, SHOWN + 1)]
    opening = tokens.of(f"{FOUND} [")
    device = model.lm_head.weight.device
    order = sorted(asked, key=lambda one: sum(len(texts.text(place)) for place in one.places))
    ids = [tokens.of(_reading(texts, one)) + opening for one in order]
    begun = 0
    for batch in tqdm(list(_batches(ids, TOGETHER)), desc="judging"):
        longest = max(len(one) for one in batch)
        padded = torch.tensor([one + [0] * (longest - len(one)) for one in batch], device=device)  # what is after is not seen
        hidden = model.model(input_ids=padded, use_cache=False).last_hidden_state
        for row, one in enumerate(batch):
            first = hidden[row, len(one) - 1 - len(opening)]
            says = model.lm_head(first).float()[[found, not_found]].softmax(-1)[0].item()
            names = model.lm_head(hidden[row, len(one) - 1]).float()[digits[: len(order[begun].places)]].softmax(-1).tolist()
            yield order[begun], [round(chance, 4) for chance in (*(says * name for name in names), 1 - says)]
            begun += 1


def _reading(texts: Texts, asked: Asked) -> str:
    lines = numbered([(number, texts.text(place)) for number, place in enumerate(asked.places, 1)])
    shown = prompt("read", heading=heading([texts.articles[asked.article]]), sentences=lines)
    return _chat([("system", shown), ("user", prompt("ask", question=asked.question, manner="").strip())])


def _batches(ids: Sequence[list[int]], tokens: int) -> Iterator[list[list[int]]]:
    """In their order, as many as have so many tokens together."""
    batch: list[list[int]] = []
    for one in ids:
        if batch and (len(batch) + 1) * max(len(other) for other in [*batch, one]) > tokens:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


if __name__ == "__main__":
    main()
