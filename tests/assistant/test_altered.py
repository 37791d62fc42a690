"""Other people's sentences, altered: a change of meaning is caught, a change of typography is not one."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from assistant.checking import Evidence, find_quote, unsupported
from assistant.exchange import exchanged
from index.article import Article, Span

DOCUMENTS = Path(__file__).parents[3] / "shared" / "eval" / "squad2.docs.jsonl"
MOST = 300
NUMBER_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen", "twenty", "forty"]
AUXILIARY = (
    r"\b(?:is|was|are|were|has|have|had|can|could|will|would|should|must|does|did)\b(?! (?:not?|never|neither|nor)\b)(?= [a-z])"
)
DENIALS = {" not": "", "n't": "", " never": "", " no": "", "cannot": "can", " without": " with", "unable": "able"}
OPPOSITES = dict(
    pair.split(":")
    for pair in """more:less most:least higher:lower highest:lowest larger:smaller largest:smallest before:after first:last
    early:late earlier:later older:younger longer:shorter increase:decrease increased:decreased rose:fell rise:fall rising:falling
    growth:decline north:south northern:southern east:west eastern:western strong:weak best:worst majority:minority rich:poor
    fast:slow support:oppose include:exclude accepted:rejected won:lost above:below""".split()  # noqa: SIM905
)
OPPOSITES |= {second: first for first, second in OPPOSITES.items()}

pytestmark = pytest.mark.skipif(not DOCUMENTS.exists(), reason=f"There is no {DOCUMENTS}")


class Told(NamedTuple):
    """A sentence and where it stands."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        return self.article.slice(self.span)


@cache
def told() -> list[Told]:
    """All sentences of six words or more that stand in their article once, in an order that never changes."""
    articles = [Article.from_text(json.loads(line)["text"]) for line in DOCUMENTS.read_text(encoding="utf-8").splitlines()]
    sentences = [Told(article, span) for article in articles for span in article.sentences]
    chosen = [one for one in sentences if len(one.text.split()) >= 6 and one.article.text.count(one.text) == 1]
    random.Random(0).shuffle(chosen)
    return chosen


Alteration = Callable[[str, random.Random], str]


def altered(alteration: Alteration) -> list[tuple[Told, str]]:
    """The first 300 sentences that the alteration changes, each with what it makes of them."""
    rng = random.Random(0)
    pairs = ((one, alteration(one.text, rng)) for one in told())
    return [(one, text) for one, text in pairs if text and text != one.text][:MOST]


def put(text: str, match: re.Match[str], words: str) -> str:
    return text[: match.start()] + words + text[match.end() :]


def number_changed(text: str, rng: random.Random) -> str:
    """One number is another one, that the sentence does not have."""
    spelled = "|".join(NUMBER_WORDS)
    numbers = list(re.finditer(rf"(?<![\w.,])\d[\d,.]*\b|\b(?:{spelled})\b", text))
    if not numbers:
        return ""
    match = rng.choice(numbers)
    if match[0].isalpha():
        others = [word for word in NUMBER_WORDS if not re.search(rf"{word}|\b{NUMBER_WORDS.index(word) + 2}\b", text.lower())]
        return put(text, match, rng.choice(others))
    place = rng.choice([place for place, character in enumerate(match[0]) if character.isdigit()])
    digits = [digit for digit in "123456789" if match[0][:place] + digit + match[0][place + 1 :] not in text]
    return put(text, match, match[0][:place] + rng.choice(digits) + match[0][place + 1 :])


def negation_put_in(text: str, rng: random.Random) -> str:
    verbs = list(re.finditer(AUXILIARY, text))
    return put(text, match := rng.choice(verbs), f"{match[0]} {rng.choice(['not', 'never'])}") if verbs else ""


def name_changed(text: str, rng: random.Random) -> str:
    names = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", text))
    others = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", rng.choice(told()).text)
    others = [name for name in others if name.lower()[:4] not in text.lower()]
    return put(text, rng.choice(names), rng.choice(others)) if names and others else ""


def negation_left_out(text: str, rng: random.Random) -> str:
    """Without one of its negations; “not only” and “no longer” are none."""
    found = list(re.finditer(rf"(?:{'|'.join(DENIALS)})\b(?! (?:only|just|longer|more|less|later|doubt|one)\b|[.,;])", text))
    return put(text, match := rng.choice(found), DENIALS[match[0]]) if found else ""


def comparison_swapped(text: str, rng: random.Random) -> str:
    found = [match for match in re.finditer(r"\b[a-z]+\b", text) if match[0] in OPPOSITES]
    found = [match for match in found if not re.search(rf"\b{OPPOSITES[match[0]]}\b", text.lower())]
    return put(text, match := rng.choice(found), OPPOSITES[match[0]]) if found else ""


def names_exchanged(text: str, rng: random.Random) -> str:
    """Two names, each in the other's place; not those of a list, which may stand in any order."""
    names = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*\b", text))
    pairs = [
        (one, other)
        for one, other in combinations(names, 2)
        if not {*one[0].split()} & {*other[0].split()}
        and re.search(r"[a-z]{2,}", re.sub(r"\b(?:and|or)\b|[A-Z]\w+", "", text[one.end() : other.start()]))
    ]
    if not pairs:
        return ""
    one, other = rng.choice(pairs)
    return text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]


def passing(pairs: list[tuple[Told, str]]) -> list[str]:
    """Altered sentences that an answer could give, citing the sentence as it was."""
    return [text for one, text in pairs if not unsupported(text, Evidence([one.text]))]


@pytest.mark.parametrize(
    "alteration",
    [number_changed, negation_put_in, name_changed, negation_left_out, comparison_swapped, names_exchanged],
    ids=lambda it: it.__name__,
)
def test_an_altered_sentence_is_no_quote(alteration: Alteration) -> None:
    pairs = altered(alteration)
    assert len(pairs) > 100
    assert [text for one, text in pairs if find_quote(text, one.article)] == []


@pytest.mark.parametrize("alteration", [number_changed, negation_put_in, name_changed], ids=lambda it: it.__name__)
def test_an_altered_sentence_is_never_supported_by_what_it_was(alteration: Alteration) -> None:
    assert passing(altered(alteration)) == []


@pytest.mark.parametrize("alteration", [negation_left_out, comparison_swapped], ids=lambda it: it.__name__)
def test_the_opposite_of_a_sentence_is_hardly_ever_supported_by_it(alteration: Alteration) -> None:
    pairs = altered(alteration)
    assert len(passing(pairs)) <= 0.05 * len(pairs)


def test_names_in_each_other_s_place_are_hardly_ever_missed() -> None:
    pairs = altered(names_exchanged)
    missed = [text for one, text in pairs if not exchanged(text, [one.text])]
    assert len(missed) <= 0.1 * len(pairs) == 0.1 * MOST


def year_put_first(text: str, rng: random.Random) -> str:
    match = re.search(r"(?<=[a-z]) in (?:1\d|20)\d\d(?=[ .,])", text)
    return f"{match[0].strip().capitalize()} {text[: match.start()]}{text[match.end() :]}" if match else ""


def list_turned(text: str, rng: random.Random) -> str:
    match = re.search(r"\b([A-Z][a-z]+) and ([A-Z][a-z]+)\b", text)
    return put(text, match, f"{match[2]} and {match[1]}") if match else ""


@pytest.mark.parametrize("alteration", [year_put_first, list_turned], ids=lambda it: it.__name__)
def test_another_order_that_says_the_same_is_not_taken_for_an_exchange(alteration: Alteration) -> None:
    pairs = altered(alteration)
    assert len(pairs) > 100
    assert [text for one, text in pairs if exchanged(text, [one.text])] == []


def middle_left_out(text: str, sign: str) -> str:
    words = text.split()
    ends = max(3, len(words) // 3)
    return f"{' '.join(words[:ends])}{sign}{' '.join(words[-ends:])}" if len(words) > 2 * ends else text


@pytest.mark.parametrize(
    "variant",
    [
        lambda text: text.translate(str.maketrans("\"'", "”’")).replace("“", '"').replace("‘", "'"),
        lambda text: text.translate(str.maketrans("“”‘’", "\"\"''")),
        lambda text: text.translate(str.maketrans("“”\"'", "«»„′")),
        lambda text: text.translate(str.maketrans("-–—", "–—‑")),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace(" ", " \n\u202f"),
        lambda text: text[0].swapcase() + text[1:],
        lambda text: middle_left_out(text, " … "),
        lambda text: middle_left_out(text, "... "),
        lambda text: middle_left_out(text, " […] "),
    ],
)
def test_a_sentence_is_found_where_it_stands_whatever_its_typography(variant: Callable[[str], str]) -> None:
    sentences = told()[:MOST]
    found = [find_quote(variant(one.text), one.article) == one.span for one in sentences]
    assert found.count(True) >= 0.99 * len(sentences) == 0.99 * MOST


@pytest.mark.parametrize(
    "part",
    [
        lambda text: text,
        lambda text: f"{text} [1]",
        lambda text: " ".join(text.split()[: len(text.split()) // 2]),
        lambda text: re.split(r"(?<=[,;]) ", text)[0],
    ],
    ids=["whole", "cited", "first half", "first clause"],
)
def test_a_sentence_and_its_beginning_support_themselves(part: Callable[[str], str]) -> None:
    sentences = told()[:MOST]
    wanting = [one.text for one in sentences if unsupported(part(one.text), Evidence([one.text]))]
    assert len(wanting) <= 0.01 * len(sentences)
