"""Clean what belongs to an article beside its text: its tags."""

from __future__ import annotations

from collections.abc import Iterable

from index.errors import InputError

__all__ = ["MAX_TAGS", "MAX_TAG_CHARACTERS", "clean_tags", "sort_tags"]

MAX_TAGS = 20  # of an article
MAX_TAG_CHARACTERS = 40


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Return tags with single spaces, sorted, without those that differ only in case.

    Raises:
        InputError: a tag is empty or too long, or there are too many.
    """
    by_key: dict[str, str] = {}
    for tag in tags:
        # A database refuses a lone surrogate and, if it is PostgreSQL, a null character.
        cleaned = " ".join(
            tag.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split()
        )
        if not 0 < len(cleaned) <= MAX_TAG_CHARACTERS:
            raise InputError(
                f"A tag has {len(cleaned):,} characters; it needs 1 to {MAX_TAG_CHARACTERS}."
            )
        by_key.setdefault(cleaned.casefold(), cleaned)
    if len(by_key) > MAX_TAGS:
        raise InputError(f"{len(by_key):,} tags are too many; an article can have {MAX_TAGS}.")
    return list(sort_tags(by_key.values()))


def sort_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags in alphabetical order."""
    return tuple(sorted(tags, key=str.casefold))
