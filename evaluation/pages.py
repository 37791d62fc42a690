"""Measure the loaders on public pages and files: `python -m evaluation.pages ../shared/eval`.

The text of a page is compared with the text that a person marked. Titles and dates have no such
gold: they are compared with what the page itself declares, so they show agreement more than truth.
Compared libraries that are not installed are left out.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from evaluation.token_f1 import normalise, token_f1
from index.errors import ArticleError
from index.loaders import load
from index.loaders.base import decode_text
from index.loaders.html import HtmlLoader

ReadPage = tuple[str, str, str]  # text, title, date


class Gold(NamedTuple):
    """What a page should be read as."""

    path: Path
    text: str
    titles: set[str]  # as the page gives them, normalised
    dates: set[str]


def read_with_loader(path: Path, html: str) -> ReadPage:
    article = HtmlLoader().load(path.read_bytes(), path)
    return article.text, article.title, article.date


def read_with_trafilatura(path: Path, html: str) -> ReadPage:
    from trafilatura import bare_extraction

    page: Any = bare_extraction(html, include_comments=False, with_metadata=True)
    return (page.text or "", page.title or "", page.date or "") if page else ("", "", "")


def read_with_readability(path: Path, html: str) -> ReadPage:
    from lxml.html import fromstring
    from readability import Document

    document = Document(html)
    return fromstring(document.summary()).text_content(), document.short_title(), ""


def read_with_newspaper(path: Path, html: str) -> ReadPage:
    from newspaper import Article

    # Without a language, Japanese pages need one more package.
    article = Article("http://localhost/", language="en", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    return article.text, article.title, str(article.publish_date or "")[:10]


def read_with_justext(path: Path, html: str) -> ReadPage:
    from justext import get_stoplist
    from justext import justext as paragraphs

    return (
        "\n\n".join(
            p.text for p in paragraphs(html, get_stoplist("English")) if not p.is_boilerplate
        ),
        "",
        "",
    )


READERS: dict[str, Callable[[Path, str], ReadPage]] = {
    "our loader": read_with_loader,
    "trafilatura, its defaults": read_with_trafilatura,
    "readability-lxml": read_with_readability,
    "newspaper4k": read_with_newspaper,
    "justext": read_with_justext,
}


def read_gold(folder: Path) -> list[Gold]:
    """Return the gold of the pages in a folder with `gold.jsonl`."""
    rows = [json.loads(line) for line in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    return [_read_gold_page(folder / row["file"], row["text"]) for row in rows]


def _read_gold_page(path: Path, text: str) -> Gold:
    from lxml.html import fromstring

    html = decode_text(path.read_bytes(), str(path))
    root = fromstring(html.encode())
    titles = {normalise(h1.text_content()) for h1 in root.iter("h1")}
    titles |= {
        normalise(str(title)) for title in root.xpath("//meta[@property='og:title']/@content")
    }
    titles |= {normalise(title) for title in re.findall(r'"headline"\s*:\s*"([^"]+)"', html)}
    stamps = re.findall(r'"datePublished"\s*:\s*"(\d{4}-\d\d-\d\d)', html)
    stamps += [
        str(v)[:10] for v in root.xpath("//meta[contains(@property, 'published_time')]/@content")
    ]
    stamps += [
        str(v)[:10]
        for v in root.xpath("//*[@itemprop='datePublished']/@content | //time/@datetime")
    ]
    return Gold(
        path,
        text,
        titles - {""},
        {stamp for stamp in stamps if re.fullmatch(r"(19|20)\d\d-\d\d-\d\d", stamp)},
    )


def print_pages_table(folder: Path, names: Iterable[str] = READERS) -> None:
    """Print a row for each reader that is installed."""
    golds = read_gold(folder)
    dated = sum(bool(gold.dates) for gold in golds)
    print(
        f"\n| reader | token F1 | worst page | title as declared, of {len(golds)} "
        f"| date as declared, of {dated} | seconds |"
    )
    print("|---|---|---|---|---|---|")
    for name in names:
        try:
            print(_format_pages_row(name, READERS[name], golds), flush=True)
        except ImportError:
            print(f"| {name} | not installed | | | | |")


def _format_pages_row(name: str, reader: Callable[[Path, str], ReadPage], golds: list[Gold]) -> str:
    htmls = [decode_text(gold.path.read_bytes(), str(gold.path)) for gold in golds]
    reader(golds[0].path, htmls[0])  # so that imports are not measured
    start = time.process_time()
    pages = [reader(gold.path, html) for gold, html in zip(golds, htmls, strict=True)]
    seconds = time.process_time() - start
    scores = [token_f1(text, gold.text) for (text, _, _), gold in zip(pages, golds, strict=True)]
    titles = sum(
        normalise(title) in gold.titles for (_, title, _), gold in zip(pages, golds, strict=True)
    )
    dates = sum(date in gold.dates for (_, _, date), gold in zip(pages, golds, strict=True))
    has_title, has_date = any(title for _, title, _ in pages), any(date for _, _, date in pages)
    return (
        f"| {name} | {sum(scores) / len(scores):.3f} | {min(scores):.2f} "
        f"| {titles if has_title else '–'} | {dates if has_date else '–'} | {seconds:.1f} |"
    )


class Cost(NamedTuple):
    """The seconds it took to read a file, and the outcome."""

    name: str
    processor: float  # seconds
    clock: float  # seconds
    outcome: str


def measure_costs(folder: Path) -> Iterator[Cost]:
    """Read each file of a folder and yield its cost."""
    for path in sorted(folder.iterdir()):
        before, start = _measure_processor_seconds(), time.monotonic()
        outcome = _describe_opening(path)
        yield Cost(
            path.name, _measure_processor_seconds() - before, time.monotonic() - start, outcome
        )


def measure_peak_memory() -> float:
    """Return the largest memory, in MB, of any ended child process."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def print_files_table(folder: Path) -> None:
    """Print a row for each file of a folder."""
    print("\n| file | processor seconds | opened as |\n|---|---|---|")
    slowest = 0.0
    for cost in measure_costs(folder):
        slowest = max(slowest, cost.clock)
        print(f"| {cost.name} | {cost.processor:.1f} | {cost.outcome} |", flush=True)
    print(
        f"\nSlowest on the clock: {slowest:.1f} s. "
        f"Most memory of a process that read one: {measure_peak_memory():.0f} MB."
    )


def _measure_processor_seconds() -> float:
    """Return the processor seconds of this process and its ended children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _describe_opening(path: Path) -> str:
    try:
        article = load(path)
    except ArticleError as error:
        return f"refused: {str(error).removeprefix(str(path)).strip(' :')}"
    pages = f", {len(article.pages)} pages" if article.pages else ""
    return f"{article.words} words, {len(article.blocks)} blocks{pages}"


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/eval")
    print_pages_table(FOLDER / "pages")
    print_files_table(FOLDER / "files")
