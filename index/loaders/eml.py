"""Load mails (EML). The subject is the title; the sender is the author and the source.

Attachments are not opened.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader, clean_text, decode_text
from index.loaders.builder import Part, build_article
from index.loaders.markup import extract_parts, parse_html
from index.text.article import Article

__all__ = ["EmlLoader"]

_SIGNATURE = re.compile(r"\n-- \n.*", re.DOTALL)
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n|\n(?=[^\S\n]*[-*•] )")
_BULLET = re.compile(r"[-*•] ")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_AUTOMATIC_SENDER = re.compile(
    r"(?:do[-_.]?not|no)[-_.]?reply|notifications?\b|mailer-daemon|bounces?\b", re.IGNORECASE
)
# The standard library takes minutes for a list of a million addresses.
MAX_HEADER_BYTES = 100_000


class EmlLoader(Loader):
    """Load mails."""

    suffixes = (".eml",)
    isolated = True

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        data = _undo_utf16(data, path)
        if len(_HEADER_END.split(data, maxsplit=1)[0]) > MAX_HEADER_BYTES and _HEADER_END.search(
            data
        ):
            raise ArticleError(
                f"{path} has headers of more than {MAX_HEADER_BYTES // 1000} kB, "
                "which no email has. "
                "Save its text."
            )
        try:
            message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
            body = message.get_body(("plain", "html"))
            parts = _extract_body(body, path) if isinstance(body, EmailMessage) else []
            subject, sender, date = (
                _read_header(message, name) for name in ("subject", "from", "date")
            )
            author = format_authors(_sender_names(message))
        except ArticleError:
            raise
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            IndexError,
            RecursionError,
        ) as error:
            # The standard library's parser raises these for malformed headers.
            raise ArticleError(
                f"{path} cannot be read as an email ({type(error).__name__}). Save its text."
            ) from error
        source = f"{sender} ({path})" if sender else ""
        return build_article(
            parts, path, title=subject, author=author, date=_parse_date(date), source=source
        )


def _undo_utf16(data: bytes, path: Path) -> bytes:
    """Return a mail that was saved as UTF-16 in its original encoding."""
    return (
        decode_text(data, str(path)).encode()
        if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:100]
        else data
    )


def _extract_body(body: EmailMessage, path: Path) -> list[Part]:
    data = body.get_payload(decode=True)
    charset = body.get_content_charset("")
    text = decode_text(data if isinstance(data, bytes) else b"", str(path), charset)
    if body.get_content_subtype() == "html":
        return list(extract_parts(parse_html(text, path))) if text.strip() else []
    text = _SIGNATURE.sub("", text)
    pieces = (piece.strip() for piece in _PARAGRAPH_BREAK.split(text))
    return [Part(piece[2:], "item", 1) if _BULLET.match(piece) else Part(piece) for piece in pieces]


def _read_header(message: EmailMessage, name: str) -> str:
    return " ".join(clean_text(str(message.get(name, ""))).split())


def _sender_names(message: EmailMessage) -> list[str]:
    """Return the names of the senders, without automatic ones such as no-reply addresses."""
    senders = getattr(message.get("from"), "addresses", ())
    return [
        sender.display_name.replace(";", " ")
        for sender in senders
        if not _AUTOMATIC_SENDER.match(sender.username)
    ]


def _parse_date(value: str) -> str:
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
