"""How well the loaders read other people's pages and files: `python -m tests.quality.pages ../shared/eval`.

Pages are judged against the text that a person marked. Titles and dates have no such gold: they are held against what
the page itself declares, so they show agreement more than truth. Compared libraries are left out where not installed.
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

from index.errors import ArticleError
from index.loaders import load
from index.loaders.base import decode
from index.loaders.html import HtmlLoader

from .words import f1, normal

Read = tuple[str, str, str]  # text, title, date


class Gold(NamedTuple):
    path: Path
    text: str
    titles: set[str]  # as the page gives them, normalised
    dates: set[str]


def ours(path: Path, html: str) -> Read:
    article = HtmlLoader().load(path.read_bytes(), path)
    return article.text, article.title, article.date


def trafilatura(path: Path, html: str) -> Read:
    from trafilatura import bare_extraction

    found: Any = bare_extraction(html, include_comments=False, with_metadata=True)
    return (found.text or "", found.title or "", found.date or "") if found else ("", "", "")


def readability(path: Path, html: str) -> Read:
    from lxml.html import fromstring
    from readability import Document

    document = Document(html)
    return fromstring(document.summary()).text_content(), document.short_title(), ""


def newspaper(path: Path, html: str) -> Read:
    from newspaper import Article

    article = Article("http://localhost/", language="en", fetch_images=False)  # else Japanese asks for one more package
    article.download(input_html=html)
    article.parse()
    return article.text, article.title, str(article.publish_date or "")[:10]


def justext(path: Path, html: str) -> Read:
    from justext import get_stoplist
    from justext import justext as paragraphs

    return "\n\n".join(p.text for p in paragraphs(html, get_stoplist("English")) if not p.is_boilerplate), "", ""


READERS: dict[str, Callable[[Path, str], Read]] = {
    "our loader": ours,
    "trafilatura, its defaults": trafilatura,
    "readability-lxml": readability,
    "newspaper4k": newspaper,
    "justext": justext,
}


def gold_of(folder: Path) -> list[Gold]:
    rows = [json.loads(line) for line in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    return [_gold(folder / row["file"], row["text"]) for row in rows]


def _gold(path: Path, text: str) -> Gold:
    from lxml.html import fromstring

    html = decode(path.read_bytes(), str(path))
    root = fromstring(html.encode())
    titles = {normal(h1.text_content()) for h1 in root.iter("h1")}
    titles |= {normal(str(title)) for title in root.xpath("//meta[@property='og:title']/@content")}
    titles |= {normal(title) for title in re.findall(r'"headline"\s*:\s*"([^"]+)"', html)}
    stamps = re.findall(r'"datePublished"\s*:\s*"(\d{4}-\d\d-\d\d)', html)
    stamps += [str(v)[:10] for v in root.xpath("//meta[contains(@property, 'published_time')]/@content")]
    stamps += [str(v)[:10] for v in root.xpath("//*[@itemprop='datePublished']/@content | //time/@datetime")]
    return Gold(path, text, titles - {""}, {stamp for stamp in stamps if re.fullmatch(r"(19|20)\d\d-\d\d-\d\d", stamp)})


def pages_table(folder: Path, names: Iterable[str] = READERS) -> None:
    golds = gold_of(folder)
    dated = sum(bool(gold.dates) for gold in golds)
    print(f"\n| reader | token F1 | worst page | title as declared, of {len(golds)} | date as declared, of {dated} | seconds |")
    print("|---|---|---|---|---|---|")
    for name in names:
        try:
            print(_pages_row(name, READERS[name], golds), flush=True)
        except ImportError:
            print(f"| {name} | not installed | | | | |")


def _pages_row(name: str, reader: Callable[[Path, str], Read], golds: list[Gold]) -> str:
    htmls = [decode(gold.path.read_bytes(), str(gold.path)) for gold in golds]
    reader(golds[0].path, htmls[0])  # imports are not counted
    start = time.process_time()
    read = [reader(gold.path, html) for gold, html in zip(golds, htmls, strict=True)]
    seconds = time.process_time() - start
    scores = [f1(text, gold.text) for (text, _, _), gold in zip(read, golds, strict=True)]
    titles = sum(normal(title) in gold.titles for (_, title, _), gold in zip(read, golds, strict=True))
    dates = sum(date in gold.dates for (_, _, date), gold in zip(read, golds, strict=True))
    has_title, has_date = any(title for _, title, _ in read), any(date for _, _, date in read)
    return (
        f"| {name} | {sum(scores) / len(scores):.3f} | {min(scores):.2f} | {titles if has_title else '–'} | "
        f"{dates if has_date else '–'} | {seconds:.1f} |"
    )


class Cost(NamedTuple):
    """What it took to read a file, and what came of it."""

    name: str
    processor: float  # seconds
    clock: float  # seconds
    told: str


def costs(folder: Path) -> Iterator[Cost]:
    for path in sorted(folder.iterdir()):
        before, start = _processor_seconds(), time.monotonic()
        told = _opened(path)
        yield Cost(path.name, _processor_seconds() - before, time.monotonic() - start, told)


def most_memory() -> float:
    """In MB, of any process that this one has started and that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def files_table(folder: Path) -> None:
    print("\n| file | processor seconds | opened as |\n|---|---|---|")
    slowest = 0.0
    for cost in costs(folder):
        slowest = max(slowest, cost.clock)
        print(f"| {cost.name} | {cost.processor:.1f} | {cost.told} |", flush=True)
    print(f"\nSlowest on the clock: {slowest:.1f} s. Most memory of a process that read one: {most_memory():.0f} MB.")


def _processor_seconds() -> float:
    """Of this process and those that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _opened(path: Path) -> str:
    try:
        article = load(path)
    except ArticleError as error:
        return f"refused: {str(error).removeprefix(str(path)).strip(' :')}"
    pages = f", {len(article.pages)} pages" if article.pages else ""
    return f"{article.words} words, {len(article.blocks)} blocks{pages}"


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/eval")
    pages_table(FOLDER / "pages")
    files_table(FOLDER / "files")
