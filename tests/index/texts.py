"""Texts such as no one writes, for tests of what must hold for every text."""

from __future__ import annotations

from hypothesis import strategies as st

from index.text.spans import Block

# Sentence and paragraph boundaries and lookalikes: marks, abbreviations and white space.
_ODD = [
    *" \n\t\r.!?…,;:-–—()[]\"'“”‘’«»。！？؟।۔",
    *"aBéßİΣ7中한ひأब",
    *(
        "\0",
        "\x1c",
        "\x1f",
        "\x85",
        "\xa0",
        "\u2028",
        "\u2029",
        "\u3000",
        "\ufeff",
    ),  # NUL, and kinds of white space
    *(
        "\u200b",
        "\u200d",
        "\u200f",
        "\u202e",
        "\u0301",
        "\ud800",
        "\udfff",
        "\U0001f600",
    ),  # unseen, joined, alone
    *(
        "\n\n",
        " \n \n ",
        "\r\n",
        "...",
        "Dr. ",
        "U.S. ",
        "J. R. ",
        "e.g. ",
        "3.5 ",
        "1. ",
        "- ",
        "www.a.org ",
        "One two three four ",
    ),
]

any_text: st.SearchStrategy[str] = st.lists(
    st.sampled_from(_ODD) | st.characters(), max_size=60
).map("".join)
texts_with_words: st.SearchStrategy[str] = any_text.filter(
    lambda text: any(character.isalnum() for character in text)
)
languages: st.SearchStrategy[str] = st.sampled_from(
    ["en", "ar", "zh", "de", "ja", "hi", "ru", "th", "", "xx", "no such"]
)


@st.composite
def texts_in_blocks(draw: st.DrawFn) -> tuple[str, tuple[Block, ...]]:
    """Draw a text and its blocks: no surrounding white space, separated by blank lines."""
    parts = [
        part for part in (text.strip() for text in draw(st.lists(any_text, max_size=5))) if part
    ]
    blocks: list[Block] = []
    for part in parts:
        start = blocks[-1].end + 2 if blocks else 0
        blocks.append(Block(start, start + len(part)))
    return "\n\n".join(parts), tuple(blocks)
