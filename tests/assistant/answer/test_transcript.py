"""Test exports of conversations: quotes with locations, and escaping."""

from __future__ import annotations

import json
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from assistant import Answer, Article, InputError, Quote
from assistant.answer.quote import NOT_STATED
from assistant.answer.render.answer_parts import NEAREST, Locale
from assistant.answer.render.plain_text import render_answer_text
from assistant.answer.render.transcript import (
    TextFormat,
    export_conversation,
    format_from_suffix,
)
from index import Span
from index.text.spans import Block
from tests.assistant.interfaces.web.test_html import PAYLOADS

pytestmark = pytest.mark.unit

ARTICLE = Article.from_text(
    "The bridge was opened by Ana Ruiz. It cost 3 million euros.",
    "The bridge",
    source="bridge.pdf",
    pages=(Span(0, 35), Span(35, 59)),
)
FIRST, SECOND = (
    Quote.of(ARTICLE, sentence, number) for number, sentence in enumerate(ARTICLE.sentences, 1)
)
CONVERSATION = [
    (
        "Who opened it?",
        Answer.from_text(
            "Who opened it?", "Ana Ruiz opened it [1].", (FIRST,), searched="Who opened it?"
        ),
    ),
    (
        "And the cost?",
        Answer.from_text(
            "And the cost?",
            "3 million [2].",
            (SECOND,),
            searched="The cost?",
            notes=("A note.",),
            partial=True,
        ),
    ),
    (
        "Why?",
        Answer.from_text(
            "Why?", "The article does not say.", answered=False, nearest=FIRST, searched="Why?"
        ),
    ),
]
HOSTILE = Article.from_text("It\n".join(PAYLOADS), PAYLOADS[0], source=PAYLOADS[2])


class HtmlReader(HTMLParser):
    """Collects the text and the names of elements and attributes of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.used, self.attributes = "", set[str](), set[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.used.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("form", ["md", "html"])
def test_export_has_words_source_and_place_of_quotes(form: TextFormat) -> None:
    text = export_conversation(CONVERSATION, [ARTICLE], form)
    read = HtmlReader(MarkdownIt().render(text) if form == "md" else text).text
    for quote, page in ((FIRST, 1), (SECOND, 2)):
        assert quote.page == page
        assert f"“{quote.text}”" in read
        assert f"The bridge, page {page}, paragraph 1".replace(
            ",", ", bridge.pdf," if form == "html" else ",", 1
        ) in (read)
    for expected in (
        "Ana Ruiz opened it [",
        "Searched for: The cost?",
        "A note.",
        "only a part",
        "Related passage:",
    ):
        assert expected in read


THEY_FLED = (
    "[Link to the original at this sentence](https://www.example.org/a_b#:~:text="
    "%E2%80%9CThey%20fled%2C%E2%80%9D%20he%20said.)"
)


def test_markdown_export_reads_well_raw() -> None:
    text = (
        "Aleppo\n\nCivilians (a *few*) left rebel-held areas. It cost $5!\n\n"
        "Where people go\n\n“They fled,” he said."
    )
    blocks = (Block(0, 6, "heading", 1), Block(8, 62), Block(64, 79, "heading", 2), Block(81, 102))
    article = Article.from_text(
        text, "Aleppo", date="2016-11-28", source="https://www.example.org/a_b", blocks=blocks
    )
    first, second = (
        Quote.of(article, span, number)
        for number, span in ((1, article.sentences[1]), (2, article.sentences[-1]))
    )
    talk = [
        ("Who left?", Answer.from_text("Who left?", "Civilians left! [1](x) [2]", (first, second))),
        ("1. Why #?", Answer.from_text("1. Why #?", NOT_STATED, answered=False, nearest=second)),
    ]
    assert export_conversation(talk, [article], "md") == (
        "# Who left?\n\n"
        "Article: Aleppo, 2016-11-28, https://www.example.org/a_b\n\n"
        "## Who left?\n\n"
        "Civilians left! [^1]\\(x) [^2]\n\n"
        "> “Civilians (a \\*few\\*) left rebel-held areas.” — *Aleppo*, example.org, 2016-11-28[^1]"
        "\n\n"
        "> ““They fled,” he said.” — *Aleppo*, example.org, 2016-11-28, Where people go[^2]\n\n"
        "[^1]: Article: *Aleppo*, paragraph 1, [Link to the original at this sentence]"
        "(https://www.example.org/a_b#:~:text=Civilians%20%28a%20%2Afew%2A%29%20left%20"
        "rebel%2Dheld%20areas.)\n"
        f"[^2]: Article: *Aleppo*, paragraph 2, {THEY_FLED}\n\n"
        "## 1. Why #?\n\n"
        "The article does not say.\n\n"
        "Related passage:\n\n"
        "> ““They fled,” he said.” — *Aleppo*, example.org, 2016-11-28, Where people go[^3]\n\n"
        f"[^3]: Article: *Aleppo*, paragraph 2, {THEY_FLED}\n"
    )


def test_html_and_json_exports_link_to_the_original() -> None:
    article = Article.from_text("It was so.", "T", source="https://a.example/?x=1&y=(2)")
    answer = Answer.from_text("So?", "Yes. [1]", (Quote.of(article, article.sentences[0], 1),))
    link = "https://a.example/?x=1&y=(2)#:~:text=It%20was%20so."
    html = export_conversation([("So?", answer)], [article], "html")
    assert f'<a href="{escape(link)}" rel="noopener noreferrer">' in html
    data = json.loads(export_conversation([("So?", answer)], [article], "json"))
    assert data["turns"][0]["answer"]["quotes"][0]["link"] == link
    assert render_answer_text(answer, [article]).endswith(f"    {link}\n")
    markdown = export_conversation([("So?", answer)], [article], "md")
    assert "](https://a.example/?x=1&y=%282%29#:~:text=It%20was%20so.)" in markdown


ARABIC = Locale(
    "ar",
    {
        "Article:": "المقال:",
        "page": "صفحة",
        "Searched for:": "بُحث عن:",
        "A note.": "ملاحظة.",
        "Who?": "لا",
    },
)


def test_export_translates_labels_but_not_article_text() -> None:
    forms: tuple[TextFormat, ...] = ("md", "html")
    for form in forms:
        text = export_conversation(
            [
                *CONVERSATION,
                ("Who?", Answer.from_text("Who?", "Who? [1]", (FIRST,), searched="Who?")),
            ],
            [ARTICLE],
            form,
            "",
            ARABIC,
        )
        read = HtmlReader(MarkdownIt().render(text) if form == "md" else text).text
        for expected in (
            "المقال: The bridge",
            "صفحة 1",
            "بُحث عن: The cost?",
            "ملاحظة.",
            "only a part",
        ):
            assert expected in read
        assert "Searched for:" not in read
        assert "Who? [" in read
    assert '<html lang="ar" dir="rtl">' in export_conversation(
        CONVERSATION, [ARTICLE], "html", "", ARABIC
    )
    assert '<html lang="en" dir="ltr">' in export_conversation(CONVERSATION, [ARTICLE], "html")
    assert export_conversation(CONVERSATION, [ARTICLE], "json", "", ARABIC) == export_conversation(
        CONVERSATION, [ARTICLE], "json"
    )  # for programs
    assert "صفحة 2" in render_answer_text(CONVERSATION[1][1], [ARTICLE], ARABIC)


def test_export_translates_unstated_parts_of_merged_answer() -> None:
    whole = (
        "Ana Ruiz opened it [1]. The article does not say: “Why?” The article does not say: “When?”"
    )
    answer = Answer.from_text("Who opened it?", whole, (FIRST,))
    german = Locale(
        "de",
        {
            f"The article does not say: “{word}?”": f"Ungesagt: „{word}?“"
            for word in ("Why", "When")
        },
    )
    assert render_answer_text(answer, [ARTICLE], german).startswith(
        "Ana Ruiz opened it [1]. Ungesagt: „Why?“ Ungesagt: „When?“\n"
    )
    assert render_answer_text(answer, [ARTICLE]).startswith(f"{whole}\n")
    refused = Locale("de", {"The article does not say.": "Der Artikel sagt es nicht."})
    assert render_answer_text(CONVERSATION[2][1], [ARTICLE], refused).startswith(
        "Der Artikel sagt es nicht."
    )


def test_json_export_restores_to_equal_answers() -> None:
    data = json.loads(export_conversation(CONVERSATION, [ARTICLE], "json"))
    assert data["title"] == "Who opened it?"
    assert data["articles"] == [
        {"id": ARTICLE.id, "title": "The bridge", "date": "", "source": "bridge.pdf"}
    ]
    assert data["turns"][0]["answer"]["quotes"][0]["source"] == "bridge.pdf"
    assert [Answer.from_dict(turn["answer"], [ARTICLE]) for turn in data["turns"]] == [
        answer for _, answer in CONVERSATION
    ]


def test_answer_text_has_quotes_with_locations() -> None:
    text = render_answer_text(CONVERSATION[0][1], [ARTICLE])
    assert (
        text == f"Ana Ruiz opened it [1].\n\n[1] “{FIRST.text}”\n"
        f"    The bridge, bridge.pdf, page 1, paragraph 1\n"
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_export_escapes_hostile_text(payload: str) -> None:
    quote = Quote.of(HOSTILE, Span(0, len(HOSTILE.text)), 1)
    hostile = Quote(1, payload, 0, 1, HOSTILE.id, payload)
    conversation = [
        (
            payload,
            Answer.from_text(
                payload,
                f"{payload} [1]",
                (quote, hostile),
                searched=payload + "?",
                notes=(payload,),
                nearest=hostile,
            ),
        )
    ]
    locale = Locale(
        "de", dict.fromkeys(("Article:", "page", "paragraph", NEAREST, payload), payload)
    )
    html = HtmlReader(export_conversation(conversation, [HOSTILE], "html", payload, locale))
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "section",
        "blockquote",
        "cite",
        "br",
        "bdi",
    }
    assert html.used <= allowed
    assert html.attributes <= {"lang", "charset", "http-equiv", "content", "name", "dir", "class"}
    markdown = HtmlReader(
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .render(export_conversation(conversation, [HOSTILE], "md"))
    )
    assert markdown.used <= {"h1", "h2", "p", "em", "blockquote", "br"}
    assert " ".join(payload.split()) in " ".join(markdown.text.split()).replace("\ufffd", "\x00")


def test_empty_conversation_is_exported() -> None:
    assert export_conversation([], [ARTICLE], "md").startswith("# An empty chat")


@pytest.mark.parametrize(
    ("name", "form"), [("a.md", "md"), ("b.HTML", "html"), ("c.json", "json"), ("d.docx", "docx")]
)
def test_suffix_selects_format(name: str, form: str) -> None:
    assert format_from_suffix(Path(name)) == form


def test_unknown_suffix_is_refused_with_known_ones() -> None:
    with pytest.raises(InputError, match=r"talk\.pdf.*\.md, \.html, \.json or \.docx"):
        format_from_suffix(Path("talk.pdf"))
