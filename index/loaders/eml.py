"""EML: a mail's words, its subject as the title, its date, its sender as the author and the source. Attachments are not opened."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from ..article import Article
from ..errors import ArticleError
from .authors import author_of
from .base import Loader, clean, decode
from .markup import parse_html, parts_of
from .parts import Part, article_of

__all__ = ["EmlLoader"]

_SIGNATURE = re.compile(r"\n-- \n.*", re.DOTALL)
_PARTING = re.compile(r"\n[^\S\n]*\n|\n(?=[^\S\n]*[-*•] )")
_BULLET = re.compile(r"[-*•] ")
_BODY = re.compile(rb"\r?\n\r?\n")
_PROGRAM = re.compile(r"(?:do[-_.]?not|no)[-_.]?reply|notifications?\b|mailer-daemon|bounces?\b", re.IGNORECASE)
LONGEST_HEADERS = 100_000  # bytes; the standard library takes minutes for a list of a million addresses


class EmlLoader(Loader):
    suffixes = (".eml",)
    apart = True

    def load(self, data: bytes, path: Path) -> Article:
        data = _as_ascii(data, path)
        if len(_BODY.split(data, maxsplit=1)[0]) > LONGEST_HEADERS and _BODY.search(data):
            raise ArticleError(
                f"{path} has headers of more than {LONGEST_HEADERS // 1000} kB, as no mail has. Save it as text."
            )
        try:
            message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
            body = message.get_body(("plain", "html"))
            parts = _parts(body, path) if isinstance(body, EmailMessage) else []
            subject, sender, date = (_header(message, name) for name in ("subject", "from", "date"))
            author = author_of(_names(message))
        except ArticleError:
            raise
        except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError) as error:
            # What the standard library's parser is known to raise on headers that no program should write.
            raise ArticleError(f"{path} is not a mail that can be read ({type(error).__name__}). Save it as text.") from error
        source = f"{sender} ({path})" if sender else ""
        return article_of(parts, path, title=subject, author=author, date=_date(date), source=source)


def _as_ascii(data: bytes, path: Path) -> bytes:
    """A mail saved as UTF-16 as the bytes it was before."""
    return decode(data, str(path)).encode() if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:100] else data


def _parts(body: EmailMessage, path: Path) -> list[Part]:
    data = body.get_payload(decode=True)
    charset = body.get_content_charset("")
    text = decode(data if isinstance(data, bytes) else b"", str(path), charset)
    if body.get_content_subtype() == "html":
        return list(parts_of(parse_html(text, path))) if text.strip() else []
    text = _SIGNATURE.sub("", text)
    pieces = (piece.strip() for piece in _PARTING.split(text))
    return [Part(piece[2:], "item", 1) if _BULLET.match(piece) else Part(piece) for piece in pieces]


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(clean(str(message.get(name, ""))).split())


def _names(message: EmailMessage) -> list[str]:
    """Of those who sent it; what programs send, and asks for no reply, has no author."""
    senders = getattr(message.get("from"), "addresses", ())
    return [one.display_name.replace(";", " ") for one in senders if not _PROGRAM.match(one.username)]


def _date(value: str) -> str:
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
