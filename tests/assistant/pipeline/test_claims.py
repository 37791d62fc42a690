"""Quotes are exact, and an answer claims no more than its quotes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.quotations import look_up_phrase, quoted_phrases
from assistant.answer.quote import QuotedPhrase
from assistant.pipeline.verification.claims import find_unsupported_claims
from assistant.pipeline.verification.evidence import Evidence
from index import Article
from index.loaders import BUNDLED_ARTICLE, load
from index.text.quote_lookup import find_quote, longest_word
from tests.assistant.conftest import BRIDGE
from tests.index.texts import any_text, texts_with_words

pytestmark = pytest.mark.unit

ALEPPO = load(BUNDLED_ARTICLE)
SPEECH = Article.from_text(
    'He called it the "worst moment" - so far. It’s over, she said: “We go\nhome — now”. '
    "30,000 people left, 2.5 million stayed. It is impossible to leave. Wait… and see what Ana "
    "Ruiz does. The flood of 2003 did not close it. 人民来了。 Aha ha ha"
)


def find_text(words: str, article: Article = SPEECH) -> str | None:
    span = find_quote(words, article)
    return span and article.slice(span)


@pytest.mark.parametrize(
    ("words", "original"),
    [
        ("worst moment", "worst moment"),
        ("called it the “worst moment” – so far", 'called it the "worst moment" - so far'),
        ("called it the «worst moment» — so far", 'called it the "worst moment" - so far'),
        ("It's over", "It’s over"),
        ("It`s over", "It’s over"),
        ("We go home - now", "We go\nhome — now"),
        ("we \t go\u00a0home", "We go\nhome"),
        ("  He called  ", "He called"),
        ("he called", "He called"),
        ("People left", "people left"),
        ("He called … so far", 'He called it the "worst moment" - so far'),
        ("He called ... It’s over", 'He called it the "worst moment" - so far. It’s over'),
        (
            "He called […] so far [...] she said",
            'He called it the "worst moment" - so far. It’s over, she said',
        ),
        ("… people left …", "people left"),
        ("Wait… and see", "Wait… and see"),
        ("Wait... And see", "Wait… and see"),
        ("2.5 million", "2.5 million"),
        ("30,000", "30,000"),
        ("人民", "人民"),
        ("ha ha", "ha ha"),
    ],
)
def test_find_quote_ignores_typography(words: str, original: str) -> None:
    assert find_text(words) == original


@pytest.mark.parametrize(
    "words",
    [
        "30,001 people left",  # a changed digit
        "80,000 people left",
        "30000 people left",
        "30,000 people never left",  # a negation put in
        "The flood of 2003 did close it",  # a negation left out
        "what Anna Ruiz does",  # a changed name
        "what Jonas Weber does",
        "He called it the worst moment",  # quotation marks left out
        "WORST MOMENT",  # the case of more than the first letter
        "so far … He called",  # pieces in another order
        "worst moment … worst moment",  # a piece used twice
        "It is possible to leave",
        "possible",  # no word of its own: it is part of "impossible"
        "000 people left",
        "0,000 people",
        "5 million",
        "30",
        "20",
        "peopl",
        "eople",
        "",
        " ",
        "…",
        "... […] …",
        "not in it at all",
    ],
)
def test_find_quote_rejects_changed_words(words: str) -> None:
    assert find_quote(words, SPEECH) is None


@st.composite
def draw_words(draw: st.DrawFn, article: Article) -> str:
    """Draw consecutive words of an article, separated by white space."""
    spans = [match.span() for match in re.finditer(r"\S+", article.text)]
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, min(len(spans) - 1, first + 60)))
    return article.text[spans[first][0] : spans[last][1]]


def normalize(text: str) -> str:
    return " ".join(text.lower().split())


@given(draw_words(ALEPPO))
def test_find_quote_finds_any_words_of_the_article(words: str) -> None:
    span = find_quote(words, ALEPPO)
    assert span is not None
    assert normalize(ALEPPO.slice(span)) == normalize(words)


@given(
    draw_words(ALEPPO),
    st.sampled_from("“”„«»"),
    st.sampled_from("’‘′"),
    st.sampled_from("–—‑−"),
    st.sampled_from(["\n", "  ", "\u202f"]),
)
def test_find_quote_is_invariant_to_typography(
    words: str, quote: str, apostrophe: str, dash: str, space: str
) -> None:
    changed = (
        words.replace('"', quote).replace("'", apostrophe).replace("-", dash).replace(" ", space)
    )
    assert find_quote(changed, ALEPPO) == find_quote(words, ALEPPO)


@given(draw_words(ALEPPO), draw_words(ALEPPO))
def test_find_quote_ellipsis_joins_pieces_in_order(first: str, second: str) -> None:
    span = find_quote(f"{first} … {second}", ALEPPO)
    if span is not None:
        covered = normalize(ALEPPO.slice(span))
        assert covered.startswith(normalize(first))
        assert covered.endswith(normalize(second))
        assert len(covered) > len(normalize(first)) + len(normalize(second))


@given(
    draw_words(ALEPPO).filter(lambda words: any(character.isdigit() for character in words)),
    st.integers(1, 9),
)
def test_find_quote_rejects_changed_digits(words: str, more: int) -> None:
    changed = re.sub(r"\d", lambda match: str((int(match[0]) + more) % 10), words)
    assert (find_quote(changed, ALEPPO) is not None) == (changed in ALEPPO.text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("text", "words"),
    [("“", "“"), ("a", "a"), ("a“", "a“"), ("a ", "a "), ("a ", " "), ("a…", "… "), ("“x", "“ … ")],
)
def test_find_quote_in_long_text_is_fast(text: str, words: str) -> None:
    article = Article(text * 200_000 + "a")
    find_quote(words * 100_000, article)
    find_quote(words * 100_000 + "b", article)


@given(texts_with_words, any_text)
def test_find_quote_span_is_in_the_article(text: str, words: str) -> None:
    article = Article.from_text(text)
    for claimed in (words, text, text[1:], text[: len(text) // 2]):
        span = find_quote(claimed, article)
        assert span is None or 0 <= span.start < span.end <= len(text)


def test_look_up_phrase_searches_other_articles(bridge: Article) -> None:
    here, there = (
        look_up_phrase("worst moment", [SPEECH], [bridge]),
        look_up_phrase("Opened by Mayor Ana Ruiz", [SPEECH], [bridge]),
    )
    assert (here.status, SPEECH.text[here.start : here.end]) == ("verified", "worst moment")
    assert (there.status, there.article_id, there.title) == ("elsewhere", bridge.id, bridge.title)
    assert bridge.text[there.start : there.end] == "opened by Mayor Ana Ruiz"
    for words, articles in (
        ("opened by Mayor Jonas Weber", [SPEECH, bridge]),
        ("worst moment", [bridge]),
    ):
        assert look_up_phrase(words, articles) == QuotedPhrase(words, "not found")


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("It’s over", "over"),
        ("Opened … Ana Ruiz", "pened"),
        ("Zürich", "ürich"),
        ("a", ""),
        ("… ?", ""),
        ("‘30,000’ people", "people"),
    ],
)
def test_longest_word_is_verbatim_in_any_match(words: str, word: str) -> None:
    assert longest_word(words) == word


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He said “it is over,” and “no.”", ["it is over", "no"]),
        ('He said "it is over".', ["it is over"]),
        ("Er sagte „genug“ und «assez».", ["genug", "assez"]),
        ("“It is over [1].” “No [2][3]”", ["It is over", "No"]),
        ("It’s the villagers’ bridge.", []),
        ("An empty “ ” and “...” and “”.", []),
        ("An open “quotation.", []),
    ],
)
def test_quoted_phrases_are_between_quotation_marks(text: str, words: list[str]) -> None:
    assert quoted_phrases(text) == words


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("About 30,000 people left.", "About 30,000 people have left."),
        ("30000 people left.", "Some 30,000 people have left."),
        ("30,000 people left.", "Thirty thousand people have left."),
        ("Thirty thousand people left.", "30,000 people have left."),
        ("At least two districts.", "2 districts at least."),
        ("Two hundred and fifty came.", "Some 250 workers came."),
        ("The siege lasted 6 months.", "A six-month siege."),
        ("She was 21.", "She was twenty-one."),
        ("It took 2.5 hours.", "After 2.5 hours it ended."),
        ("On 28 November 2016.", "On Monday, 28 November 2016, it began."),
        ("Not one of the workers came.", "None of the workers came."),
        ("Trump may cut it.", "Donald Trump said that he may cut it."),
        ("Assad’s forces.", "President Bashar al-Assad's troops"),
        ("Russian planes back it.", "It is backed by planes from Russia."),
        ("Russians bomb it.", "A Russian campaign."),
        ("Russia bombs it.", "A Russian campaign."),
        ("The Kurds hold it.", "A Kurdish enclave."),
        ("Syrians fled.", "Syria is split."),
        ("Iraqis fled.", "Iraq is split."),
        ("Turks fled.", "Turkey is near."),
        ("Indian goods.", "Goods from India."),
        ("Chinese and Lebanese goods.", "Goods from China and Lebanon."),
        ("The US backed them.", "The United States backed them."),
        ("The U.S. backed them.", "It was backed by the United States."),
        ("The UN left.", "In the United Nations, nobody stayed."),
        ("It was not a safe place.", "The place was unsafe."),
        ("It wasn't safe.", "They say it is not safe."),
        ("2,500,000 euros.", "2.5 million euros."),
        ("2.5 million euros.", "2,500,000 euros."),
        ("5bn euros.", "Five billion euros."),
        ("10 to 20 million euros.", "10-20 million euros."),
        ("From 1914 to 1918.", "1914–18"),
        ("It cost $5 million.", "It cost 5,000,000 dollars."),
        ("5% left.", "Five per cent left."),
        ("20 years.", "A 20-year siege."),
        ("20 years.", "She was 20."),
        ("30,000 left.", "About 30,000 left."),
        ("Nearly 30,000 left.", "30,000 left."),
        ("Over thirty thousand left.", "More than 30,000 left."),
        ("30,000 left.", "More than 30,000 left."),
        ("At least 30 died.", "30 died."),
        ("No more than 30 died.", "At most 30 died."),
        ("On Nov. 28.", "On Monday, 28 November."),
        ("Nobody could leave.", "They could not leave."),
        ("It is not possible to leave.", "It is impossible to leave."),
        ("They could not leave.", "They were prevented from leaving."),
        ("He refused to leave.", "He did not leave."),
        ("None of the workers came.", "The workers did not come."),
        ("No, they could not.", "They could not leave."),
        ("No, the bridge never closed.", "The bridge never closed."),
        ("No, it stayed open.", "The bridge never closed; it stayed open."),
        ("It opened in 1998.", "It did not open until 1998."),
        (
            "They built it with the villagers.",
            "They could not have built it without the villagers.",
        ),
        ("Ana left.", "Ana left, but Bob did not leave."),
        ("It fell in 2016.", "It fell in 2016, not in 2017."),
        ("Ana walked home.", "Ana walked home, because she would not wait for Bob."),
        ("Bob swam.", "Ana refused, so Bob swam over."),
        ("The ships failed to land.", "The ships did not land."),
        ("It was open in the flood.", "The bridge never closed, not even in the flood."),
        ("Prices increased.", "Prices grew."),
        (
            "It is the larger city of the north.",
            "The larger city of the north, not a smaller one of the south.",
        ),
        ("It is the bridge [1] [2].", "The bridge is there."),
        (
            "It was opened by the mayor, and the rain came later.",
            "The mayor opened it when the rain had come.",
        ),
        ("", "The bridge is there."),
    ],
)
def test_claims_of_quote_are_supported(answer: str, quote: str) -> None:
    assert find_unsupported_claims(answer, Evidence([quote])) == []


@pytest.mark.parametrize(
    ("answer", "quote", "missing"),
    [
        ("300,000 people left.", "About 30,000 people have left.", "300,000"),
        ("3,000 people left.", "About 30,000 people have left.", "3,000"),
        ("Forty thousand people left.", "Thirty thousand people left.", "40000"),
        ("It has two districts.", "It has three districts.", "2"),
        ("It is the second city.", "It is the third city.", "2"),
        ("It took 2.6 hours.", "After 2.5 hours it ended.", "2.6"),
        ("2.5 billion euros.", "2.5 million euros.", "2500000000 euros"),
        ("In 2017.", "On 28 November 2016.", "2017"),
        ("On 28/11/2017.", "On 28/11/2016.", "28/11/2017"),
        ("An eight-month siege.", "A siege of 6 months.", "8 month"),
        ("Biden said so.", "Trump said so.", "Biden"),
        ("It was Anna.", "It was Ana.", "Anna"),
        ("Maria came.", "Marie came.", "Maria"),
        ("John said so.", "Johnson said so.", "John"),
        ("Austrian goods.", "Australian goods.", "Austrian"),
        ("Iranian planes.", "Iraqi planes.", "Iranian"),
        ("The US left.", "The United Nations left.", "US"),
        ("The USA left.", "The United States left.", "USA"),
        ("It was not safe.", "It was safe.", "not"),
        ("It wasn’t safe.", "It was safe.", "n’t"),
        ("It was never closed.", "It was closed.", "never"),
        ("They deny it.", "They claim it.", "deny"),
        ("No, it was.", "It was.", "No"),
        ("5 miles.", "5 km.", "5 miles"),
        ("It cost €5.", "It cost $5.", "€5"),
        ("10 to 30 people.", "10-20 people.", "30"),
        ("10 to 30 people.", "Ten to twenty people.", "30"),
        ("More than 30,000 left.", "Fewer than 30,000 left.", "More than 30,000"),
        ("More than 30,000 left.", "30,000 left.", "More than 30,000"),
        ("At most thirty left.", "At least thirty left.", "At most 30"),
        ("On Tuesday.", "On Monday.", "Tuesday"),
        ("In May.", "It may be in June.", "May"),
        ("Ana did not leave, and Bob did not stay.", "Ana did not leave, and Bob stayed.", "not"),
        ("He was not confined.", "He was confined, because he would not leave.", "not"),
        ("It would not only happen then.", "It would only happen then.", "not only"),
        ("They did leave.", "They did not leave.", "not leav"),
        ("They left the city.", "They did not leave the city.", "not leav"),
        ("They left.", "Ana stayed; they couldn’t leave.", "n’t leav"),
        (
            "The bridge closed in the flood.",
            "The bridge never closed, not even in the flood of 2003.",
            "never close",
        ),
        ("It is possible to leave.", "It is impossible to leave.", "im leav"),
        ("It was safe there.", "It was unsafe there.", "un safe"),
        ("The workers came.", "None of the workers came.", "None worker"),
        ("He left.", "He refused to leave.", "refused leav"),
        ("They said that it fell.", "They denied that it fell.", "denied fall"),
        ("They had food.", "They left without food.", "without food"),
        ("It opened until 1998.", "It did not open until 1998.", "not open"),
        ("Those who fled died.", "Those who did not flee died.", "not flee"),
        ("Prices rose.", "Prices fell.", "rose"),
        ("Prices are higher.", "Prices are lower.", "higher"),
        ("Fewer people came.", "More people came.", "fewer"),
        ("It was before the war.", "It was after the war.", "before"),
        ("It was the last bridge.", "It was the first bridge.", "last"),
        ("It lies in the north.", "It lies in the south.", "north"),
        ("The workers cheated and stole.", "The workers came by train.", "cheat"),
    ],
)
def test_claims_beyond_quote_are_unsupported(answer: str, quote: str, missing: str) -> None:
    assert missing in find_unsupported_claims(answer, Evidence([quote]))


def test_claims_may_repeat_question_names_in_article() -> None:
    evidence = Evidence(
        ["The bridge was closed."],
        "Why was Ana Ruiz not there with Bob?",
        article="Ana Ruiz opened it.",
    )
    assert find_unsupported_claims("Ana Ruiz was not there.", evidence) == []
    assert find_unsupported_claims("Bob was there.", evidence) == ["Bob"]


def test_claims_number_of_question_is_unsupported() -> None:
    assert find_unsupported_claims(
        "All 500 left.", Evidence(["All left."], "Did all 500 leave?", article="All left.")
    ) == ["500"]


@pytest.mark.parametrize("span", [*ALEPPO.sentences])
def test_claims_of_article_sentence_support_themselves(span: tuple[int, int]) -> None:
    sentence = ALEPPO.text[slice(*span)]
    assert find_unsupported_claims(sentence, Evidence([sentence])) == []


@given(
    st.lists(
        st.sampled_from(
            [
                *BRIDGE.split(),
                "Iran’s",
                "one",
                "O'Neil",
                "U.S.",
                "1,5",
                "[7]",
                "not",
                "And",
                "Five",
                "and",
            ]
        )
    ).map(" ".join)
    | any_text
)
def test_claims_of_any_text_support_themselves(text: str) -> None:
    assert find_unsupported_claims(text, Evidence([text])) == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("He was a reformer of the 15th century.", None),
        ("He was a reformer of the sixteenth century.", None),
        ("He was a 16th-century reformer.", None),
        ("He was a reformer of the 14th century.", "14"),
        ("He was a reformer of the seventeenth century.", "17"),
        ("He wrote 15 books in the 15th century.", "15"),
    ],
)
def test_claims_year_supports_its_century(answer: str, wrong: str | None) -> None:
    evidence = Evidence(
        ["Jacques Lefevre (c. 1455–1536) was a reformer."],
        "Was he a reformer, and what books did he write?",
    )
    assert find_unsupported_claims(answer, evidence)[:1] == ([wrong] if wrong else [])
