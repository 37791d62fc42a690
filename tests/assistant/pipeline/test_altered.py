"""Altered sentences: changes of meaning are detected, changes of typography are ignored."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import NamedTuple

import pytest

from assistant.pipeline.verification.claims import find_unsupported_claims
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.role_swap import find_role_swap
from index.text.article import Article
from index.text.quote_lookup import find_quote
from index.text.spans import Span
from tests.conftest import ROOT

DOCUMENTS = ROOT.parent / "shared" / "eval" / "squad2.docs.jsonl"
MAX_ALTERATIONS = 300
NUMBER_WORDS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "twelve",
    "fifteen",
    "twenty",
    "forty",
]
AUXILIARY = (
    r"\b(?:is|was|are|were|has|have|had|can|could|will|would|should|must|does|did)\b"
    r"(?! (?:not?|never|neither|nor)\b)(?= [a-z])"
)
NEGATIONS = {
    " not": "",
    "n't": "",
    " never": "",
    " no": "",
    "cannot": "can",
    " without": " with",
    "unable": "able",
}
ANTONYMS = dict(
    pair.split(":")
    for pair in """more:less most:least higher:lower highest:lowest larger:smaller largest:smallest
    before:after first:last early:late earlier:later older:younger longer:shorter increase:decrease
    increased:decreased rose:fell rise:fall rising:falling growth:decline north:south
    northern:southern east:west eastern:western strong:weak best:worst majority:minority rich:poor
    fast:slow support:oppose include:exclude accepted:rejected won:lost above:below""".split()  # noqa: SIM905
)
ANTONYMS |= {second: first for first, second in ANTONYMS.items()}

pytestmark = pytest.mark.skipif(not DOCUMENTS.exists(), reason=f"There is no {DOCUMENTS}")


class ArticleSentence(NamedTuple):
    """A sentence of an article."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        return self.article.slice(self.span)


@cache
def load_sentences() -> list[ArticleSentence]:
    """Return the sentences of six words or more that are unique in their article, shuffled."""
    articles = [
        Article.from_text(json.loads(line)["text"])
        for line in DOCUMENTS.read_text(encoding="utf-8").splitlines()
    ]
    sentences = [
        ArticleSentence(article, span) for article in articles for span in article.sentences
    ]
    unique = [
        sentence
        for sentence in sentences
        if len(sentence.text.split()) >= 6 and sentence.article.text.count(sentence.text) == 1
    ]
    random.Random(0).shuffle(unique)
    return unique


Alteration = Callable[[str, random.Random], str]


def alter_sentences(alteration: Alteration) -> list[tuple[ArticleSentence, str]]:
    """Return the first 300 sentences that an alteration changes, each with the altered text."""
    rng = random.Random(0)
    pairs = ((sentence, alteration(sentence.text, rng)) for sentence in load_sentences())
    changed = [(sentence, text) for sentence, text in pairs if text and text != sentence.text]
    return changed[:MAX_ALTERATIONS]


def replace_match(text: str, match: re.Match[str], words: str) -> str:
    return text[: match.start()] + words + text[match.end() :]


def change_number(text: str, rng: random.Random) -> str:
    """Replace a number by one that the sentence does not have."""
    spelled = "|".join(NUMBER_WORDS)
    numbers = list(re.finditer(rf"(?<![\w.,])\d[\d,.]*\b|\b(?:{spelled})\b", text))
    if not numbers:
        return ""
    match = rng.choice(numbers)
    if match[0].isalpha():
        new_words = [
            word
            for word in NUMBER_WORDS
            if not re.search(rf"{word}|\b{NUMBER_WORDS.index(word) + 2}\b", text.lower())
        ]
        return replace_match(text, match, rng.choice(new_words))
    index = rng.choice([index for index, character in enumerate(match[0]) if character.isdigit()])
    digits = [
        digit
        for digit in "123456789"
        if match[0][:index] + digit + match[0][index + 1 :] not in text
    ]
    return replace_match(text, match, match[0][:index] + rng.choice(digits) + match[0][index + 1 :])


def add_negation(text: str, rng: random.Random) -> str:
    verbs = list(re.finditer(AUXILIARY, text))
    return (
        replace_match(
            text, match := rng.choice(verbs), f"{match[0]} {rng.choice(['not', 'never'])}"
        )
        if verbs
        else ""
    )


def change_name(text: str, rng: random.Random) -> str:
    names = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", text))
    new_names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", rng.choice(load_sentences()).text)
    new_names = [name for name in new_names if name.lower()[:4] not in text.lower()]
    if not (names and new_names):
        return ""
    return replace_match(text, rng.choice(names), rng.choice(new_names))


def drop_negation(text: str, rng: random.Random) -> str:
    """Remove a negation; “not only” and “no longer” are none."""
    matches = list(
        re.finditer(
            rf"(?:{'|'.join(NEGATIONS)})\b"
            r"(?! (?:only|just|longer|more|less|later|doubt|one)\b|[.,;])",
            text,
        )
    )
    return replace_match(text, match := rng.choice(matches), NEGATIONS[match[0]]) if matches else ""


def swap_antonym(text: str, rng: random.Random) -> str:
    matches = [match for match in re.finditer(r"\b[a-z]+\b", text) if match[0] in ANTONYMS]
    matches = [
        match for match in matches if not re.search(rf"\b{ANTONYMS[match[0]]}\b", text.lower())
    ]
    return replace_match(text, match := rng.choice(matches), ANTONYMS[match[0]]) if matches else ""


def swap_names(text: str, rng: random.Random) -> str:
    """Swap two names, but not those of a list, whose order is free."""
    names = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*\b", text))
    pairs = [
        (first, second)
        for first, second in combinations(names, 2)
        if not {*first[0].split()} & {*second[0].split()}
        and re.search(
            r"[a-z]{2,}", re.sub(r"\b(?:and|or)\b|[A-Z]\w+", "", text[first.end() : second.start()])
        )
    ]
    if not pairs:
        return ""
    first, second = rng.choice(pairs)
    return (
        text[: first.start()]
        + second[0]
        + text[first.end() : second.start()]
        + first[0]
        + text[second.end() :]
    )


def find_supported(pairs: list[tuple[ArticleSentence, str]]) -> list[str]:
    """Return the altered sentences that are supported by the originals."""
    return [
        text
        for sentence, text in pairs
        if not find_unsupported_claims(text, Evidence([sentence.text]))
    ]


@pytest.mark.parametrize(
    "alteration",
    [
        change_number,
        add_negation,
        change_name,
        drop_negation,
        swap_antonym,
        swap_names,
    ],
    ids=lambda it: it.__name__,
)
def test_quote_of_altered_sentence_is_not_found(alteration: Alteration) -> None:
    pairs = alter_sentences(alteration)
    assert len(pairs) > 100
    assert [text for sentence, text in pairs if find_quote(text, sentence.article)] == []


@pytest.mark.parametrize(
    "alteration", [change_number, add_negation, change_name], ids=lambda it: it.__name__
)
def test_claims_of_altered_facts_are_unsupported(alteration: Alteration) -> None:
    assert find_supported(alter_sentences(alteration)) == []


@pytest.mark.parametrize("alteration", [drop_negation, swap_antonym], ids=lambda it: it.__name__)
def test_claims_of_opposites_are_mostly_unsupported(alteration: Alteration) -> None:
    pairs = alter_sentences(alteration)
    assert len(find_supported(pairs)) <= 0.05 * len(pairs)


def test_role_swap_of_names_is_mostly_found() -> None:
    pairs = alter_sentences(swap_names)
    missed = [text for sentence, text in pairs if not find_role_swap(text, [sentence.text])]
    assert len(missed) <= 0.1 * len(pairs) == 0.1 * MAX_ALTERATIONS


def move_year_to_front(text: str, rng: random.Random) -> str:
    match = re.search(r"(?<=[a-z]) in (?:1\d|20)\d\d(?=[ .,])", text)
    return (
        f"{match[0].strip().capitalize()} {text[: match.start()]}{text[match.end() :]}"
        if match
        else ""
    )


def reverse_list(text: str, rng: random.Random) -> str:
    match = re.search(r"\b([A-Z][a-z]+) and ([A-Z][a-z]+)\b", text)
    return replace_match(text, match, f"{match[2]} and {match[1]}") if match else ""


@pytest.mark.parametrize(
    "alteration", [move_year_to_front, reverse_list], ids=lambda it: it.__name__
)
def test_role_swap_ignores_harmless_reordering(
    alteration: Alteration,
) -> None:
    pairs = alter_sentences(alteration)
    assert len(pairs) > 100
    assert [text for sentence, text in pairs if find_role_swap(text, [sentence.text])] == []


def omit_middle(text: str, sign: str) -> str:
    words = text.split()
    ends = max(3, len(words) // 3)
    return (
        f"{' '.join(words[:ends])}{sign}{' '.join(words[-ends:])}"
        if len(words) > 2 * ends
        else text
    )


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
        lambda text: omit_middle(text, " … "),
        lambda text: omit_middle(text, "... "),
        lambda text: omit_middle(text, " […] "),
    ],
)
def test_quote_is_found_despite_typography(
    variant: Callable[[str], str],
) -> None:
    sentences = load_sentences()[:MAX_ALTERATIONS]
    results = [
        find_quote(variant(sentence.text), sentence.article) == sentence.span
        for sentence in sentences
    ]
    assert results.count(True) >= 0.99 * len(sentences) == 0.99 * MAX_ALTERATIONS


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
def test_claims_of_sentence_and_its_start_are_supported(part: Callable[[str], str]) -> None:
    sentences = load_sentences()[:MAX_ALTERATIONS]
    unsupported = [
        sentence.text
        for sentence in sentences
        if find_unsupported_claims(part(sentence.text), Evidence([sentence.text]))
    ]
    assert len(unsupported) <= 0.01 * len(sentences)
