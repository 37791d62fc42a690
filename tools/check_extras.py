"""Check that the package works in a plain installation and with each extra alone.

Run as `make extras`, or as `python -m tools.check_extras [EXTRA …] [--folder FOLDER]`. It installs
the package into a new virtual environment, adds one more environment for each extra, and runs the
commands that a user would run. What belongs to a missing extra must fail with one line that names
the extra. The environments take 6 GB of disk; a folder that is named is kept and used again.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

__all__ = ["check_extras", "main"]

ROOT = Path(__file__).parent.parent
PLAIN = "plain"  # the environment without any extra
PACKAGE_FILES = ("assistant", "index", "pyproject.toml", "README.md", "LICENSE")
TIMEOUT_SECONDS = 600  # the model is converted in about 75 s on an idle machine
QUESTION = "Who opened the Old Bridge of Lund?"
TEXT = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
ASK = ("ask", QUESTION, "--article")


@dataclass(frozen=True)
class Check:
    """A command, the extra that it needs and what it prints if the extra is installed."""

    arguments: tuple[str, ...]
    extra: str = ""
    output: str = ""


CHECKS = (
    Check(("--help",), output="Usage"),
    Check((*ASK, "bridge.txt", "--model", "none"), output=TEXT),
    Check((*ASK, "bridge.pdf", "--model", "none"), "pdf", TEXT),
    Check((*ASK, "bridge.docx", "--model", "none"), "office", TEXT),
    Check(("mcp", "--model", "none"), "mcp"),
    Check(("users", "list", "--json"), "accounts", "[]"),
    Check(("prepare", "--json"), "bundled", '"folder"'),
    Check((*ASK, "bridge.txt", "--json"), "bundled", '"model": "embedded"'),
)
EXTRAS = tuple(dict.fromkeys(check.extra for check in CHECKS if check.extra))


def check_extras(folder: Path, extras: Sequence[str] = EXTRAS) -> list[str]:
    """Install the package with each extra and return a description of every failed check.

    Args:
        folder: where the environments are created. Existing ones are used again.
        extras: the extras to check, each alone. The plain installation is always checked.
    """
    python = _install_plain(folder)
    _write_articles(folder / "articles")
    problems = list(_run_checks(python, folder, PLAIN))
    for extra in extras:
        problems += _run_checks(_install_extra(folder, extra), folder, extra)
    return problems


def _install_plain(folder: Path) -> Path:
    """Install the package without extras and return its interpreter."""
    python = _make_environment(folder / PLAIN)
    # The build writes into the folder of the sources, so it gets a copy of them.
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    for name in PACKAGE_FILES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    _install(python, "--requirement", str(ROOT / "requirements" / "torch.txt"))
    _install(python, str(source))
    _install(python, "--force-reinstall", "--no-deps", str(source))
    return python


def _install_extra(folder: Path, extra: str) -> Path:
    """Install the packages of an extra on top of the plain installation."""
    python = _make_environment(folder / extra)
    packages = next((folder / extra).glob("lib/python*/site-packages"))
    plain_packages = next((folder / PLAIN).glob("lib/python*/site-packages"))
    (packages / "plain.pth").write_text(f"{plain_packages}\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    _install(python, *project["optional-dependencies"][extra])
    return python


def _make_environment(folder: Path) -> Path:
    """Create a virtual environment, unless it exists, and return its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    return python


def _install(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")


def _write_articles(folder: Path) -> None:
    """Write the same sentence as a text, a PDF and a DOCX file."""
    folder.mkdir(exist_ok=True)
    (folder / "bridge.txt").write_text(TEXT)
    (folder / "bridge.pdf").write_bytes(_make_pdf(TEXT))
    (folder / "bridge.docx").write_bytes(_make_docx(TEXT))


def _make_pdf(text: str) -> bytes:
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % item for item in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer\n<</Size 5/Root 1 0 R>>\n%%EOF\n"


def _make_docx(text: str) -> bytes:
    office = "http://schemas.openxmlformats.org"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"/>',
        "_rels/.rels": (
            f'<Relationships xmlns="{office}/package/2006/relationships">'
            f'<Relationship Id="r" Type="{office}/officeDocument/2006/relationships/officeDocument"'
            ' Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": (
            f'<w:document xmlns:w="{office}/wordprocessingml/2006/main">'
            f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
        ),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return file.getvalue()


def _run_checks(python: Path, folder: Path, environment: str) -> Iterator[str]:
    """Run the checks in an environment and yield a description of each that fails."""
    variables = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "ARTICLE_ASSISTANT_CACHE": str(folder / f"cache-{environment}"),
        "ARTICLE_ASSISTANT_DATA": str(folder / f"data-{environment}"),
        "PYTHONUNBUFFERED": "1",
    }
    program = [str(python), "-m", "assistant"]
    for check in CHECKS:
        result = subprocess.run(
            [*program, *check.arguments],
            cwd=folder / "articles",
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        problem = _find_problem(check, environment, result)
        print(f"{environment}: {' '.join(check.arguments)}: {problem or 'ok'}", flush=True)
        if problem:
            yield f"{environment}: {' '.join(check.arguments)}: {problem}"
    if problem := _find_page_problem([*program, "serve"], folder / "articles", variables):
        yield f"{environment}: serve: {problem}"


def _find_problem(check: Check, environment: str, result: subprocess.CompletedProcess[str]) -> str:
    """Return what is wrong with the result of a command; empty if nothing is."""
    if "Traceback" in result.stderr:
        return f"a traceback\n{result.stderr}"
    if check.extra in ("", environment):
        is_good = result.returncode == 0 and check.output in result.stdout
        return "" if is_good else f"status {result.returncode}\n{result.stdout}{result.stderr}"
    if f"'article-assistant[{check.extra}]'" not in result.stderr:
        return f"no line that names the extra\n{result.stderr}"
    return "" if result.stderr.count("\n") == 1 else f"more than one line\n{result.stderr}"


def _find_page_problem(command: list[str], folder: Path, variables: dict[str, str]) -> str:
    """Serve the page without a model and return what is wrong with it; empty if nothing is."""
    with subprocess.Popen(
        [*command, "--model", "none", "--port", "0"],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            if not line.startswith("Open http://"):
                return line + process.stdout.read()
            for path in ("/healthz", "/"):
                with urlopen(line.split()[1] + path, timeout=60) as response:
                    if response.status != 200:
                        return f"{path} answers with status {response.status}"
        except OSError as error:
            return str(error)
        finally:
            process.terminate()
    return ""


def main() -> int:
    """Run the checks, print the failed ones and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.check_extras", description=__doc__)
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help=", ".join(EXTRAS))
    parser.add_argument("--folder", type=Path, help="folder to keep for the next run")
    options = parser.parse_args()
    if unknown := set(options.extras) - set(EXTRAS):
        parser.error(f"unknown extras: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="article-assistant-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        problems = check_extras(folder.resolve(), options.extras or EXTRAS)
    print(f"{len(problems)} checks failed.")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
