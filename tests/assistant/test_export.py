"""A talk as a file: every quote with its source and place, and nothing in it that acts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from assistant import Answer, Article, InputError, Quote
from assistant.export import NEAREST, Tongue, answer_as_text, exported, format_of
from index import Span

from .test_render import PAYLOADS

ARTICLE = Article.from_text(
    "The bridge was opened by Ana Ruiz. It cost 3 million euros.",
    "The bridge",
    source="bridge.pdf",
    pages=(Span(0, 35), Span(35, 59)),
)
FIRST, SECOND = (Quote.of(ARTICLE, sentence, number) for number, sentence in enumerate(ARTICLE.sentences, 1))
TALK = [
    ("Who opened it?", Answer("Who opened it?", "Ana Ruiz opened it [1].", (FIRST,), searched="Who opened it?")),
    (
        "And the cost?",
        Answer("And the cost?", "3 million [2].", (SECOND,), searched="The cost?", notes=("A note.",), partial=True),
    ),
    ("Why?", Answer("Why?", "The article does not say.", answered=False, nearest=FIRST, searched="Why?")),
]
HOSTILE = Article.from_text("It\n".join(PAYLOADS), PAYLOADS[0], source=PAYLOADS[2])


class Read(HTMLParser):
    """The text, and the names of elements and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.used, self.attributes = "", set[str](), set[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.used.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def places(text: str) -> list[tuple[int, int]]:
    return [(int(start), int(end)) for start, end in re.findall(r"\[(\d+), (\d+)\)", text)]


@pytest.mark.parametrize("form", ["md", "html"])
def test_each_quote_has_its_words_title_source_page_and_place(form: str) -> None:
    text = exported(TALK, [ARTICLE], form)  # type: ignore[arg-type]
    read = Read(MarkdownIt().render(text) if form == "md" else text).text
    for quote, page in ((FIRST, 1), (SECOND, 2)):
        assert quote.page == page
        assert f"“{quote.text}”" in read
        assert f"The bridge, bridge.pdf, page {page}, characters [{quote.start}, {quote.end})" in read
    assert [ARTICLE.text[start:end] for start, end in places(read)] == [FIRST.text, SECOND.text, FIRST.text]
    for said in ("Ana Ruiz opened it [1].", "Searched for: The cost?", "A note.", "only a part", "which does not answer it"):
        assert said in read


ARABIC = Tongue("ar", {"Article:": "المقال:", "page": "صفحة", "Searched for:": "بُحث عن:", "A note.": "ملاحظة.", "Who?": "لا"})


def test_our_own_few_words_are_in_the_readers_language_and_the_articles_are_not() -> None:
    for form in ("md", "html"):
        text = exported([*TALK, ("Who?", replace(TALK[0][1], text="Who? [1]"))], [ARTICLE], form, "", ARABIC)  # type: ignore[arg-type]
        read = Read(MarkdownIt().render(text) if form == "md" else text).text
        for told in ("المقال: The bridge", "صفحة 1", "بُحث عن: The cost?", "ملاحظة.", "only a part"):
            assert told in read
        assert "Searched for:" not in read
        assert "Who? [1]" in read
    assert '<html lang="ar" dir="rtl">' in exported(TALK, [ARTICLE], "html", "", ARABIC)
    assert '<html lang="en" dir="ltr">' in exported(TALK, [ARTICLE], "html")
    assert exported(TALK, [ARTICLE], "json", "", ARABIC) == exported(TALK, [ARTICLE], "json")  # for programs
    assert "صفحة 2" in answer_as_text(TALK[1][1], [ARTICLE], ARABIC)


def test_what_the_article_does_not_say_of_several_questions_is_told_in_the_readers_language() -> None:
    whole = "Ana Ruiz opened it [1]. The article does not say: “Why?” The article does not say: “When?”"
    answer = replace(TALK[0][1], text=whole)
    told = Tongue("de", {f"The article does not say: “{one}?”": f"Ungesagt: „{one}?“" for one in ("Why", "When")})
    assert answer_as_text(answer, [ARTICLE], told).startswith("Ana Ruiz opened it [1]. Ungesagt: „Why?“ Ungesagt: „When?“\n")
    assert answer_as_text(answer, [ARTICLE]).startswith(f"{whole}\n")
    refused = Tongue("de", {"The article does not say.": "Der Artikel sagt es nicht."})
    assert answer_as_text(TALK[2][1], [ARTICLE], refused).startswith("Der Artikel sagt es nicht.")


def test_json_has_whole_answers_that_can_be_read_again() -> None:
    data = json.loads(exported(TALK, [ARTICLE], "json"))
    assert data["title"] == "Who opened it?"
    assert data["articles"] == [{"id": ARTICLE.id, "title": "The bridge", "date": "", "source": "bridge.pdf"}]
    assert data["turns"][0]["answer"]["quotes"][0]["source"] == "bridge.pdf"
    assert [Answer.from_dict(turn["answer"], [ARTICLE]) for turn in data["turns"]] == [answer for _, answer in TALK]


def test_one_answer_is_copied_with_its_quotes_and_where_they_stand() -> None:
    text = answer_as_text(TALK[0][1], [ARTICLE])
    assert (
        text
        == f"Ana Ruiz opened it [1].\n\n[1] “{FIRST.text}”\n    The bridge, bridge.pdf, page 1, characters [0, {FIRST.end})\n"
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_was_said_acts_in_an_export(payload: str) -> None:
    quote = Quote.of(HOSTILE, Span(0, len(HOSTILE.text)), 1)
    hostile = Quote(1, payload, 0, 1, HOSTILE.id, payload)
    talk = [
        (
            payload,
            Answer(payload, f"{payload} [1]", (quote, hostile), searched=payload + "?", notes=(payload,), nearest=hostile),
        )
    ]
    tongue = Tongue("de", dict.fromkeys(("Article:", "page", "characters", NEAREST, payload), payload))
    html = Read(exported(talk, [HOSTILE], "html", payload, tongue))
    own = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "blockquote", "cite", "br", "bdi"}
    assert html.used <= own
    assert html.attributes <= {"lang", "charset", "http-equiv", "content", "name", "dir", "class"}
    markdown = Read(
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(exported(talk, [HOSTILE], "md"))
    )
    assert markdown.used <= {"h1", "h2", "p", "em", "blockquote", "br"}
    assert " ".join(payload.split()) in " ".join(markdown.text.split()).replace("\ufffd", "\x00")


def test_an_empty_talk_is_exported_too() -> None:
    assert exported([], [ARTICLE], "md").startswith("# An empty chat")


@pytest.mark.parametrize(("name", "form"), [("a.md", "md"), ("b.HTML", "html"), ("c.json", "json")])
def test_the_end_of_a_name_is_the_format(name: str, form: str) -> None:
    assert format_of(Path(name)) == form


def test_another_end_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"talk\.pdf.*\.md, \.html or \.json"):
        format_of(Path("talk.pdf"))
