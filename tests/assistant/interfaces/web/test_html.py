"""Test that the page shows untrusted articles, questions and answers as plain text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from assistant import Answer, Article, Quote
from assistant.answer.quotations import look_up_phrase
from assistant.answer.quote import NOT_STATED, QuotedPhrase, render_quotes_text
from assistant.interfaces.web.article_html import render_article, render_panes, sentence_anchor
from assistant.interfaces.web.html import (
    render_answer,
    render_deleted,
    render_notice,
    render_progress,
    render_question,
)
from assistant.interfaces.web.library_list import render_listing
from index import Block, Span
from index.storage.store import ArticleSummary
from tests.index.texts import any_text, texts_in_blocks, texts_with_words

pytestmark = pytest.mark.unit

PAYLOADS = [
    "<script>alert(1)</script>",
    "</div></article><script src=//evil.example/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<a href=\"javascript:alert(1)\">click</a>",
    "<style>body { display: none }</style>",
    "<!-- a comment -->",
    "<![CDATA[ data ]]>",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' onfocus='alert(1)' autofocus='",
    "&lt;script&gt; &amp; &#60;b&#62; &quot;",
    "![image](https://evil.example/pixel.png)",
    "[link](javascript:alert(1))",
    "<https://evil.example/auto>",
    "[ref]: https://evil.example 'title'",
    "**bold** __bold__ `code` ~~gone~~ *em*",
    "```html\n<b>x</b>\n```",
    "\n\n# Heading\n\n- item\n\n> quoted\n\n1. one",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "$$\\href{javascript:alert(1)}{x}$$ \\(x\\) $x$",
    "[1](javascript:alert(1)) [99] [2]: //evil.example",
    "\x00\x1b[31m\u202e\u2028 ]]> --> */ }}",
    "{{ 7 * 7 }} ${alert(1)} <%= x %>",
]  # fmt: skip

TAGS = {
    "article",
    "bdi",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "span",
    "div",
    "a",
    "br",
    "ul",
    "li",
    "q",
}
ATTRIBUTES = {"class", "id", "href", "title", "lang", "dir", "tabindex", "aria-label", "style"}


class Read(HTMLParser):
    """Parse HTML as a browser does; reject elements and attributes that are not the page's own."""

    def __init__(self, html: str, tags: set[str] = TAGS, attributes: set[str] = ATTRIBUTES) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes = tags, attributes
        self.text = ""
        self.ids: dict[str, str] = {}
        self.links: list[tuple[str, str]] = []
        self.titles: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        assert tag in self.tags
        assert set(values) <= self.attributes
        assert re.match(r"#s-|#w-|\?article=[0-9a-f]{16}#w-", values.get("href", "#s-"))
        if tag not in ("br", "input"):
            self.open.append((tag, values.get("id", "")))
        if "href" in values:
            self.links.append((values["href"], values.get("title", "")))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, name in self.open:
            if name:
                self.ids[name] = self.ids.get(name, "") + data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def squeezed(text: str) -> str:
    return "".join(text.split())


def in_chat(html: str) -> Read:
    """Parse HTML as the chat shows it, which renders Markdown with embedded HTML."""
    # A blank line would end the HTML, and the rest would be Markdown.
    assert "\n" not in html
    straight = Read(html)
    rendered = (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(html)
    )
    rendered_html, expected = Read(rendered), Read(html.replace("\x00", "\ufffd"))
    assert squeezed(rendered_html.text) == squeezed(expected.text)
    assert rendered_html.links == expected.links
    return straight


def article_with(payload: str) -> Article:
    text = f"{payload} First words. Second {payload} words.\n\nLast words {payload}"
    return Article.from_text(
        text,
        f"Title {payload}",
        author=f"Author {payload}",
        date=f"2024 {payload}",
        source=f"Source {payload}",
        language=payload,
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_render_article_escapes_payload(payload: str) -> None:
    article = article_with(payload)
    parsed = Read(render_article(article))
    assert squeezed(parsed.text).endswith(squeezed(article.text))
    assert squeezed(article.title) in squeezed(parsed.text)
    assert set(parsed.ids) == {
        sentence_anchor(article.id, *sentence) for sentence in article.sentences
    }


@pytest.mark.parametrize("payload", PAYLOADS)
def test_render_question_escapes_payload(payload: str) -> None:
    assert squeezed(in_chat(render_question(payload, 0)).text) == squeezed(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_render_notice_escapes_payload(payload: str) -> None:
    assert squeezed(
        in_chat(render_notice(payload, f"error {' '.join(payload.split())}")).text
    ) == squeezed(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("field", ["text", "question", "searched", "notes", "model"])
def test_render_answer_escapes_payload_in_each_field(
    payload: str, field: str, bridge: Article
) -> None:
    quotes = (Quote.of(bridge, bridge.sentences[0], 1),)
    values: dict[str, Any] = {"question": "Who?", "text": "She did [1].", "searched": "Who?"}
    values[field] = (payload,) if field == "notes" else payload
    parsed = in_chat(render_answer(Answer.from_text(**values, quotes=quotes)))
    if field in ("text", "searched", "notes"):
        assert squeezed(payload) in squeezed(parsed.text)
    assert {link for link, _ in parsed.links} == {
        f"#{sentence_anchor(bridge.id, *bridge.sentences[0])}"
    }


@pytest.mark.parametrize("payload", PAYLOADS)
def test_render_answer_escapes_payload_in_quotes(payload: str) -> None:
    article = article_with(payload)
    quotes = tuple(
        Quote.of(article, sentence, number) for number, sentence in enumerate(article.sentences, 1)
    )
    text = " ".join(f"[{quote.number}]" for quote in quotes)
    parsed = in_chat(render_answer(Answer.from_text("Who?", text, quotes, searched="Who?")))
    for quote in quotes:
        assert squeezed(quote.text) in squeezed(parsed.text)
    assert {title for _, title in parsed.links} - {""} == {
        " ".join(quote.text.split()) for quote in quotes
    }
    in_chat(
        render_answer(
            Answer.from_text(
                "Who?", NOT_STATED, answered=False, nearest=quotes[-1], searched="Who?"
            )
        )
    )
    in_chat(
        render_answer(Answer.from_text("Who?", render_quotes_text(quotes), quotes, searched="Who?"))
    )


@given(any_text)
def test_render_question_keeps_any_text(text: str) -> None:
    assert squeezed(in_chat(render_question(text, 0)).text) == squeezed(text)


@given(texts_with_words)
def test_render_article_keeps_any_text(text: str) -> None:
    article = Article.from_text(text, text)
    parsed = Read(render_article(article))
    assert squeezed(parsed.text).endswith(squeezed(text))
    assert {name: squeezed(words) for name, words in parsed.ids.items()} == {
        sentence_anchor(article.id, *sentence): squeezed(article.slice(sentence))
        for sentence in article.sentences
    }


@given(texts_in_blocks())
def test_render_article_with_any_blocks_keeps_text(
    drawn: tuple[str, tuple[Block, ...]],
) -> None:
    text, blocks = drawn
    kinds = ("paragraph", "heading", "item")
    typed_blocks = tuple(
        Block(block.start, block.end, kinds[i % 3], i)  # type: ignore[arg-type]
        for i, block in enumerate(blocks)
    )
    if any(character.isalnum() for character in text):
        article = Article.from_text(text, blocks=typed_blocks)
        assert squeezed(Read(render_article(article)).text).endswith(squeezed(text))


def test_render_article_gives_every_sentence_an_anchor(bundled: Article) -> None:
    parsed = Read(render_article(bundled))
    assert parsed.ids == {
        sentence_anchor(bundled.id, *sentence): bundled.slice(sentence)
        for sentence in bundled.sentences
    }
    assert "Where people are going" in parsed.text
    assert bundled.date in parsed.text
    assert f"{bundled.words:,} words" in parsed.text


def test_render_article_shows_author_below_title() -> None:
    article = Article.from_text("Some words.", "Title", author="Jane <b>Doe", date="2024")
    assert '</h1><p class="meta">Jane &lt;b&gt;Doe · 2024 · ' in render_article(article)
    assert '<p class="meta">2024 · ' in render_article(replace(article, author=""))


def test_render_article_names_only_web_addresses_as_links() -> None:
    web = Article.from_text("Words.", source='https://a.example/?x="><b>&y')
    assert ' data-source="https://a.example/?x=%22%3E%3Cb%3E&amp;y"' in render_article(web)
    for source in ("a.pdf", "javascript:alert(1)", "data:text/html,x"):
        assert "data-source" not in render_article(Article.from_text("Words.", source=source))


@pytest.mark.parametrize("title", ["Big news", "Other news"])
def test_render_article_shows_repeated_title_once(title: str) -> None:
    blocks = (Block(0, 9, "heading", 1), Block(11, 17))
    article = Article.from_text("Big  News\n\nWords.", title, blocks=blocks)
    html, parsed = render_article(article), Read(render_article(article))
    heading = f'<span class="s" id="{sentence_anchor(article.id, 0, 9)}">Big  News</span>'
    is_repeated = title == "Big news"
    assert (f"<h1>{heading}</h1>" in html) == is_repeated
    assert (f'<h2 dir="auto">{heading}</h2>' in html) != is_repeated
    assert squeezed(parsed.text).lower().count("bignews") == 1
    assert set(parsed.ids) == {sentence_anchor(article.id, *span) for span in article.sentences}


def test_render_article_divides_pages_before_blocks_alone() -> None:
    text = "One.\n\nTwo, long.\n\nThree.\n\na | b\n\nc | d\n\nFour."
    starts = [text.index(words) for words in ("One", "Two", "Three", "a |", "c |", "Four")]
    ends = [*(start - 2 for start in starts[1:]), len(text)]
    kinds = ["paragraph"] * 3 + ["row"] * 2 + ["paragraph"]
    blocks = tuple(
        Block(start, end, kind, group=1 if kind == "row" else 0)  # type: ignore[arg-type]
        for start, end, kind in zip(starts, ends, kinds, strict=True)
    )
    # Page 2 begins within "Two, long.", page 3 with the table, and page 4 in its second row.
    bounds = [0, starts[1] + 5, starts[3], starts[4] + 1, len(text)]
    pages = tuple(Span(start, end) for start, end in pairwise(bounds))
    html = render_article(Article.from_text(text, "Title", blocks=blocks, pages=pages))
    parts = re.findall(r"Page \d|Two|Three|<table|Four", html)
    assert parts == ["Two", "Page 2", "Three", "Page 3", "<table", "Page 4", "Four"]
    assert "page-start" not in render_article(Article.from_text(text, "Title", blocks=blocks))


def test_render_article_marks_headings_and_items() -> None:
    text = "Top\n\nfirst item\n\nWords."
    blocks = (Block(0, 3, "heading", 1), Block(5, 15, "item", 2), Block(17, 23))
    article = Article.from_text(text, "Title", blocks=blocks)
    html = render_article(article)
    top, item = sentence_anchor(article.id, 0, 3), sentence_anchor(article.id, 5, 15)
    assert f'<h2 dir="auto"><span class="s" id="{top}">Top</span></h2>' in html
    assert (
        '<p class="item" dir="auto" style="margin-inline-start:2em">'
        f'<span class="s" id="{item}">first item</span></p>' in html
    )


def test_citation_links_to_its_sentence_with_quote_title(bridge: Article) -> None:
    quote = Quote.of(bridge, bridge.sentences[1], 1)
    parsed = in_chat(
        render_answer(
            Answer.from_text("What?", "It cost much [1], too much [2].", (quote,), searched="What?")
        )
    )
    assert parsed.links[0] == (f"#{sentence_anchor(bridge.id, quote.start, quote.end)}", quote.text)
    assert "It cost much [1], too much [2]." in parsed.text
    assert len(parsed.links) == 2  # in the text, and before the quote


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("“The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998.” [1]", "article's"),
        ("“Ana Ruiz” [1]", "article's"),
        ("Opened by Mayor Ana Ruiz. [1]", "assistant's"),
        ("“Ana Ruiz” [1], “in May 1998” [1].", "assistant's"),
        ("“Ana Ruiz” [1] “in May 1998” [1]", "article's"),
        ("Ana Ruiz [1] opened by [1].", "assistant's"),
        ("It was Ana Ruiz [1].", "assistant's"),
        ("An [1]", "assistant's"),  # only a part of a word
        ("No. [1]", "assistant's"),
    ],
)
def test_answer_says_whose_words_it_is_in(text: str, label: str, bridge: Article) -> None:
    quote = Quote.of(bridge, bridge.sentences[0], 1)
    answer = Answer.from_text("Who?", text, (quote,), searched="Who?")
    assert f"In the {label} words" in in_chat(render_answer(answer)).text
    assert "words" not in in_chat(render_answer(answer, is_draft=True)).text


def test_answer_without_quotes_says_nothing_of_its_words() -> None:
    for answer in (
        Answer.from_text("Hi", "Hello.", seconds={"total": 0.1}),
        Answer.from_text("Hi", "So."),
    ):
        assert "wording" not in render_answer(answer)


def test_footnote_within_quote_is_not_a_citation() -> None:
    article = Article.from_text("It was built in 1998.[2] Nobody knows why [1].")
    quotes = tuple(
        Quote.of(article, Span(*span), number) for number, span in enumerate([(0, 24), (25, 46)], 1)
    )
    parsed = in_chat(
        render_answer(
            Answer.from_text("When?", render_quotes_text(quotes), quotes, searched="When?")
        )
    )
    assert [link for link, _ in parsed.links] == [
        f"#s-{article.id[:8]}-0-24",
        f"#s-{article.id[:8]}-25-46",
    ]


def test_not_stated_answer_shows_nearest_passage_uncited(bridge: Article) -> None:
    html = render_answer(
        Answer.from_text(
            "Who?",
            NOT_STATED,
            answered=False,
            nearest=Quote.of(bridge, Span(4, 14), 1),
            searched="Who?",
        )
    )
    parsed = in_chat(html)
    assert 'class="answer not-stated"' in html
    assert "Related passage (show): Old Bridge" in parsed.text
    assert "[1]" not in parsed.text


def test_only_fixed_texts_of_answers_are_translatable(
    bridge: Article,
) -> None:
    aside = Answer.from_text("Hello", "Hello.\nAgain.", seconds={"total": 0.1})
    assert '<span class="say">Hello.</span><br><span class="say">Again.</span>' in render_answer(
        aside
    )
    quote = Quote.of(bridge, bridge.sentences[0], 1)
    written = Answer.from_text(
        "Who?",
        "She did. [1] The article does not say: “When?” The article does not say: “Why?”",
        (quote,),
    )
    assert (
        '<span class="say">The article does not say: “When?”</span><br><span class="say">The'
        in render_answer(written)
    )
    by_model = Answer.from_text("Who?", "The title is “x”. [1]", (quote,), searched="Who?")
    assert 'class="say"' not in render_answer(by_model)


def test_answer_shows_rewritten_query_and_partial_note() -> None:
    assert (
        "Searched for: Why did she?"
        in in_chat(render_answer(Answer.from_text("Why?", "So.", searched="Why did she?"))).text
    )
    assert (
        "Searched for"
        not in in_chat(render_answer(Answer.from_text("Why?", "So.", searched="Why?"))).text
    )
    assert (
        "this is only a part of an answer"
        in in_chat(render_answer(Answer.from_text("", "So", partial=True))).text
    )
    assert in_chat(render_answer(Answer.from_text("", "", partial=True))).text == "Stopped."


PAGE_TAGS = {
    "details",
    "summary",
    "time",
    "ul",
    "li",
    "p",
    "input",
    "button",
    "span",
    "div",
    "progress",
    *TAGS,
}
PAGE_ATTRIBUTES = {
    "translate",
    "max",
    "value",
    "data-id",
    "data-opened",
    "datetime",
    "data-articles",
    "type",
    "aria-current",
    "aria-controls",
    "aria-selected",
    "role",
    "hidden",
    *ATTRIBUTES,
}


def make_summary(article: Article, title: str = "", article_id: str = "") -> ArticleSummary:
    facts = title or article.title, article.author, article.date, article.source, article.language
    size = article.words, len(article.text)
    return ArticleSummary(
        article_id or article.id, *facts, *size, "2026-01-01T00:00:00", tags=(title or "a tag",)
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_library_and_panes_escape_payload(payload: str, bridge: Article) -> None:
    article = article_with(payload)
    parsed = Read(
        render_listing([make_summary(article), make_summary(bridge)], [bridge.id]),
        PAGE_TAGS,
        PAGE_ATTRIBUTES,
    )
    assert squeezed(article.title) in squeezed(parsed.text)
    assert squeezed(article.source) in squeezed(parsed.text)
    panes = Read(render_panes([article, bridge]), PAGE_TAGS, PAGE_ATTRIBUTES)
    assert squeezed(panes.text).count(squeezed(article.title)) == 2  # its tab, and above it
    for html in (
        render_deleted(bridge.id, payload),
        render_progress(payload, 0.5),
        render_progress(payload),
    ):
        assert squeezed(payload) in squeezed(Read(html, PAGE_TAGS, PAGE_ATTRIBUTES).text)


def test_render_panes_has_tabs_and_unique_sentence_ids(bridge: Article, volcano: Article) -> None:
    twin = Article.from_text(bridge.text, "Its twin")
    html = render_panes([bridge, volcano, twin])
    assert html.count('role="tab"') == 3
    assert html.count(" hidden>") == 2
    parsed = Read(html, PAGE_TAGS, PAGE_ATTRIBUTES)
    sentences = [
        sentence_anchor(article.id, *sentence)
        for article in (bridge, volcano, twin)
        for sentence in article.sentences
    ]
    assert len(set(sentences)) == len(sentences)
    assert set(sentences) <= set(parsed.ids)
    assert "tablist" not in render_panes([bridge])


def test_each_quote_shows_its_article_title(bridge: Article, volcano: Article) -> None:
    quotes = tuple(
        Quote.of(article, article.sentences[0], number)
        for number, article in enumerate((bridge, volcano), 1)
    )
    for text in ("Both [1] [2].", render_quotes_text(quotes)):
        html = render_answer(Answer.from_text("Who?", text, quotes, searched="Who?"))
        assert html.count('class="from"') == 2
        assert html.index("The Old Bridge</span>") < html.index("Etna erupts</span>")
    nearest = render_answer(
        Answer.from_text("Who?", NOT_STATED, answered=False, nearest=quotes[1], searched="Who?")
    )
    assert "Etna erupts</span>" in nearest


def test_long_answer_shows_each_quote_once(bridge: Article) -> None:
    quotes = tuple(
        Quote.of(bridge, span, number) for number, span in enumerate(bridge.sentences[:2], 1)
    )
    html = render_answer(
        Answer.from_text(
            "Who?", f"Ana Ruiz. [1]\n{render_quotes_text(quotes)}", quotes, searched="Who?"
        )
    )
    assert [
        html.count(f"“{quote.text}”") + html.count(f"<q>{quote.text}</q>") for quote in quotes
    ] == [1, 1]
    assert html.index("Ana Ruiz.") < html.index("[1]") < html.index('class="quotes"')


@pytest.mark.parametrize("payload", PAYLOADS)
def test_quoted_phrase_link_escapes_payload(payload: str) -> None:
    article = Article.from_text(f"It is so. Then {payload} came.", payload)
    words = " ".join(payload.split())
    for quoted in (
        look_up_phrase(words, [article]),
        look_up_phrase(words, [], [article]),
        QuotedPhrase(words, "not found"),
    ):
        read = Read(
            render_answer(Answer.from_text("Q?", f"It says “{words}” [1].", quoted=(quoted,)))
        )
        assert [title for _, title in read.links] == [" ".join(quoted.title.split())]
        assert words in read.text


@pytest.mark.parametrize("own_words", ["", "It cost 3 million. [1]\n"])
def test_words_that_answer_are_bold_in_their_quote(own_words: str) -> None:
    article = Article.from_text("The <old> bridge\ncost 3 million euros. It is red.")
    quote = Quote.of(article, article.sentences[0], 1)
    start = article.text.index("3 million")
    marked = replace(quote, answer_start=start, answer_end=start + len("3 million"))
    text = own_words or render_quotes_text([marked])
    markup = render_answer(Answer.from_text("How much?", text, (marked,)))
    assert markup.count("<b>3 million</b> euros.") == 1
    assert "&#60;old&#62; bridge" in markup
    plain = render_answer(Answer.from_text("How much?", text, (quote,)))
    assert "<b>" not in plain
