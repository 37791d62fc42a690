"""Whatever an article, a question or an answer holds, the page shows it as text and lets nothing of it act."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from assistant import Answer, Article, Quote
from assistant.answer import NOT_STATED, Quoted, quotes_as_text
from assistant.checking import looked_up
from assistant.page.render import (
    anchor,
    answer_html,
    article_html,
    deleted_html,
    listing_html,
    notice_html,
    panes_html,
    question_html,
    working_html,
)
from index import Block, Span
from index.store import Listed

from ..index.texts import any_text, texts_in_blocks, texts_with_words

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

TAGS = {"article", "bdi", "h1", "h2", "h3", "h4", "h5", "h6", "p", "span", "div", "a", "br", "ul", "li", "q"}
ATTRIBUTES = {"class", "id", "href", "title", "lang", "dir", "tabindex", "aria-label", "style"}


class Read(HTMLParser):
    """HTML as a browser takes it: the text, and a list of elements that must be none but the page's own."""

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
    """As the chat shows it, which takes Markdown with HTML in it."""
    assert "\n" not in html  # a blank line would end the HTML, and what follows it would be Markdown
    straight = Read(html)
    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(html)
    shown, expected = Read(rendered), Read(html.replace("\x00", "\ufffd"))
    assert squeezed(shown.text) == squeezed(expected.text)
    assert shown.links == expected.links
    return straight


def article_with(payload: str) -> Article:
    text = f"{payload} First words. Second {payload} words.\n\nLast words {payload}"
    facts = {"source": f"Source {payload}", "language": payload}
    return Article.from_text(text, f"Title {payload}", author=f"Author {payload}", date=f"2024 {payload}", **facts)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_article_is_shown_as_text(payload: str) -> None:
    article = article_with(payload)
    shown = Read(article_html(article))
    assert squeezed(shown.text).endswith(squeezed(article.text))
    assert squeezed(article.title) in squeezed(shown.text)
    assert set(shown.ids) == {anchor(article.id, *sentence) for sentence in article.sentences}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_question_is_shown_as_text(payload: str) -> None:
    assert squeezed(in_chat(question_html(payload, 0)).text) == squeezed(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_notice_is_shown_as_text(payload: str) -> None:
    assert squeezed(in_chat(notice_html(payload, f"error {' '.join(payload.split())}")).text) == squeezed(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("place", ["text", "question", "searched", "notes", "model"])
def test_an_answer_is_shown_as_text(payload: str, place: str, bridge: Article) -> None:
    quotes = (Quote.of(bridge, bridge.sentences[0], 1),)
    facts = {"question": "Who?", "text": "She did [1].", "quotes": quotes, "searched": "Who?"}
    shown = in_chat(answer_html(Answer(**facts | {place: (payload,) if place == "notes" else payload})))  # type: ignore[arg-type]
    if place in ("text", "searched", "notes"):
        assert squeezed(payload) in squeezed(shown.text)
    assert {link for link, _ in shown.links} == {f"#{anchor(bridge.id, *bridge.sentences[0])}"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_quotes_are_shown_as_text(payload: str) -> None:
    article = article_with(payload)
    quotes = tuple(Quote.of(article, sentence, number) for number, sentence in enumerate(article.sentences, 1))
    text = " ".join(f"[{quote.number}]" for quote in quotes)
    shown = in_chat(answer_html(Answer("Who?", text, quotes, searched="Who?")))
    for quote in quotes:
        assert squeezed(quote.text) in squeezed(shown.text)
    assert {title for _, title in shown.links} - {""} == {" ".join(quote.text.split()) for quote in quotes}
    in_chat(answer_html(Answer("Who?", NOT_STATED, answered=False, nearest=quotes[-1], searched="Who?")))
    in_chat(answer_html(Answer("Who?", quotes_as_text(quotes), quotes, searched="Who?")))


@given(any_text)
def test_whatever_is_asked_is_shown_as_text(text: str) -> None:
    assert squeezed(in_chat(question_html(text, 0)).text) == squeezed(text)


@given(texts_with_words)
def test_whatever_an_article_says_is_shown_as_text(text: str) -> None:
    article = Article.from_text(text, text)
    shown = Read(article_html(article))
    assert squeezed(shown.text).endswith(squeezed(text))
    assert {name: squeezed(words) for name, words in shown.ids.items()} == {
        anchor(article.id, *sentence): squeezed(article.slice(sentence)) for sentence in article.sentences
    }


@given(texts_in_blocks())
def test_whatever_its_blocks_an_article_is_shown_whole(drawn: tuple[str, tuple[Block, ...]]) -> None:
    text, blocks = drawn
    kinds = ("paragraph", "heading", "item")
    kept = tuple(Block(block.start, block.end, kinds[i % 3], i) for i, block in enumerate(blocks))  # type: ignore[arg-type]
    if any(character.isalnum() for character in text):
        assert squeezed(Read(article_html(Article.from_text(text, blocks=kept))).text).endswith(squeezed(text))


def test_every_sentence_can_be_pointed_to(bundled: Article) -> None:
    shown = Read(article_html(bundled))
    assert shown.ids == {anchor(bundled.id, *sentence): bundled.slice(sentence) for sentence in bundled.sentences}
    assert "Where people are going" in shown.text
    assert bundled.date in shown.text
    assert f"{bundled.words:,} words" in shown.text


def test_the_author_stands_under_the_title() -> None:
    article = Article.from_text("Some words.", "Title", author="Jane <b>Doe", date="2024")
    assert '</h1><p class="meta">Jane &lt;b&gt;Doe · 2024 · ' in article_html(article)
    assert '<p class="meta">2024 · ' in article_html(replace(article, author=""))


def test_headings_and_items_are_set_as_such() -> None:
    text = "Top\n\nfirst item\n\nWords."
    blocks = (Block(0, 3, "heading", 1), Block(5, 15, "item", 2), Block(17, 23))
    article = Article.from_text(text, "Title", blocks=blocks)
    html = article_html(article)
    top, item = anchor(article.id, 0, 3), anchor(article.id, 5, 15)
    assert f'<h2 dir="auto"><span class="s" id="{top}">Top</span></h2>' in html
    assert (
        f'<p class="item" dir="auto" style="margin-inline-start:2em"><span class="s" id="{item}">first item</span></p>' in html
    )


def test_a_citation_points_to_its_sentence_and_tells_it(bridge: Article) -> None:
    quote = Quote.of(bridge, bridge.sentences[1], 1)
    shown = in_chat(answer_html(Answer("What?", "It cost much [1], too much [2].", (quote,), searched="What?")))
    assert shown.links[0] == (f"#{anchor(bridge.id, quote.start, quote.end)}", quote.text)
    assert "It cost much [1], too much [2]." in shown.text
    assert len(shown.links) == 2  # in the text, and before the quote


def test_a_footnote_within_a_quote_is_no_citation() -> None:
    article = Article.from_text("It was built in 1998.[2] Nobody knows why [1].")
    quotes = tuple(Quote.of(article, Span(*span), number) for number, span in enumerate([(0, 24), (25, 46)], 1))
    shown = in_chat(answer_html(Answer("When?", quotes_as_text(quotes), quotes, searched="When?")))
    assert [link for link, _ in shown.links] == [f"#s-{article.id[:8]}-0-24", f"#s-{article.id[:8]}-25-46"]


def test_what_is_not_stated_shows_the_nearest_passage_as_no_evidence(bridge: Article) -> None:
    html = answer_html(Answer("Who?", NOT_STATED, answered=False, nearest=Quote.of(bridge, Span(4, 14), 1), searched="Who?"))
    shown = in_chat(html)
    assert 'class="answer not-stated"' in html
    assert "The nearest passage, which does not answer it (show): Old Bridge" in shown.text
    assert "[1]" not in shown.text


def test_fixed_words_of_an_answer_are_marked_as_the_pages_own_and_a_models_are_not(bridge: Article) -> None:
    aside = Answer("Hello", "Hello.\nAgain.", seconds={"total": 0.1})
    assert '<span class="say">Hello.</span><br><span class="say">Again.</span>' in answer_html(aside)
    quote = Quote.of(bridge, bridge.sentences[0], 1)
    written = Answer("Who?", "She did. [1] The article does not say: “When?” The article does not say: “Why?”", (quote,))
    assert '<span class="say">The article does not say: “When?”</span><br><span class="say">The' in answer_html(written)
    by_model = replace(written, text="The title is “x”. [1]", searched="Who?")
    assert 'class="say"' not in answer_html(by_model)


def test_a_follow_up_shows_what_was_searched_for_and_a_part_says_that_it_is_one() -> None:
    assert "Searched for: Why did she?" in in_chat(answer_html(Answer("Why?", "So.", searched="Why did she?"))).text
    assert "Searched for" not in in_chat(answer_html(Answer("Why?", "So.", searched="Why?"))).text
    assert "this is only a part of an answer" in in_chat(answer_html(Answer("", "", partial=True))).text


IN_A_LIST = {"ul", "li", "p", "input", "button", "span", "div", "progress", *TAGS}
OF_A_LIST = {
    "translate",
    "max",
    "value",
    "data-id",
    "data-articles",
    "type",
    "aria-current",
    "aria-controls",
    "aria-selected",
    "role",
    "hidden",
    *ATTRIBUTES,
}


def listed(article: Article, title: str = "", article_id: str = "") -> Listed:
    facts = title or article.title, article.author, article.date, article.source, article.language
    return Listed(article_id or article.id, *facts, article.words, len(article.text), "2026-01-01T00:00:00")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_library_and_what_is_open_are_shown_as_text(payload: str, bridge: Article) -> None:
    article = article_with(payload)
    shown = Read(listing_html([listed(article), listed(bridge)], [bridge.id]), IN_A_LIST, OF_A_LIST)
    assert squeezed(article.title) in squeezed(shown.text)
    assert squeezed(article.source) in squeezed(shown.text)
    panes = Read(panes_html([article, bridge]), IN_A_LIST, OF_A_LIST)
    assert squeezed(panes.text).count(squeezed(article.title)) == 2  # its tab, and above it
    for html in (deleted_html(bridge.id, payload), working_html(payload, 0.5), working_html(payload)):
        assert squeezed(payload) in squeezed(Read(html, IN_A_LIST, OF_A_LIST).text)


def test_the_library_lists_the_newest_first_and_marks_what_is_open(bridge: Article, volcano: Article) -> None:
    html = listing_html([listed(bridge), listed(volcano, "Renamed")], [bridge.id])
    assert html.index("Renamed") < html.index("The Old Bridge")
    assert html.count("aria-current") == 1
    assert f'2024-07-05 · etna.txt · <span class="say">{volcano.words} words</span>' in html
    assert "No article" in listing_html([], [])


def test_articles_that_are_open_together_have_tabs_and_sentences_of_their_own(bridge: Article, volcano: Article) -> None:
    twin = Article.from_text(bridge.text, "Its twin")
    html = panes_html([bridge, volcano, twin])
    assert html.count('role="tab"') == 3
    assert html.count(" hidden>") == 2
    shown = Read(html, IN_A_LIST, OF_A_LIST)
    sentences = [anchor(article.id, *sentence) for article in (bridge, volcano, twin) for sentence in article.sentences]
    assert len(set(sentences)) == len(sentences)
    assert set(sentences) <= set(shown.ids)
    assert "tablist" not in panes_html([bridge])


def test_each_quote_names_its_article(bridge: Article, volcano: Article) -> None:
    quotes = tuple(Quote.of(article, article.sentences[0], number) for number, article in enumerate((bridge, volcano), 1))
    for text in ("Both [1] [2].", quotes_as_text(quotes)):
        html = answer_html(Answer("Who?", text, quotes, searched="Who?"))
        assert html.count('class="from"') == 2
        assert html.index("The Old Bridge</span>") < html.index("Etna erupts</span>")
    nearest = answer_html(Answer("Who?", NOT_STATED, answered=False, nearest=quotes[1], searched="Who?"))
    assert "Etna erupts</span>" in nearest


def test_what_a_long_answer_quotes_is_shown_once(bridge: Article) -> None:
    quotes = tuple(Quote.of(bridge, span, number) for number, span in enumerate(bridge.sentences[:2], 1))
    html = answer_html(Answer("Who?", f"Ana Ruiz. [1]\n{quotes_as_text(quotes)}", quotes, searched="Who?"))
    assert [html.count(f"“{quote.text}”") + html.count(f"<q>{quote.text}</q>") for quote in quotes] == [1, 1]
    assert html.index("Ana Ruiz.") < html.index("[1]") < html.index('class="quotes"')


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_between_quotation_marks_are_links_that_hold_nothing_else(payload: str) -> None:
    article = Article.from_text(f"It is so. Then {payload} came.", payload)
    words = " ".join(payload.split())
    for quoted in (looked_up(words, [article]), looked_up(words, [], [article]), Quoted(words, "not found")):
        read = Read(answer_html(Answer("Q?", f"It says “{words}” [1].", quoted=(quoted,))))
        assert [title for _, title in read.links] == [" ".join(quoted.title.split())]
        assert words in read.text
