from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.loaders.typography import HYPHEN, HyphenResolver, expand_ligatures

pytestmark = pytest.mark.unit


def test_ligatures_come_apart_and_other_signs_stay() -> None:
    assert expand_ligatures("ﬁnd oﬃce ﬂat ﻻ m² ½ …") == "find office flat لا m² ½ …"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("govern-ment", "government"),
        ("long-term", "long-term"),
        ("long-running", "longrunning"),
        ("2019-20", "2019-20"),
        ("Anne-Marie", "Anne-Marie"),
        ("two-year-old", "two-year-old"),
        ("a -", "a -"),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_stays_where_it_belongs(text: str, whole: str) -> None:
    marked = text.replace("-", HYPHEN, 1)
    assert HyphenResolver(["A Long-Term plan"]).resolve(marked, [])[0] == whole


@given(st.text("ab-1 \x02", max_size=40))
def test_offsets_follow_the_hyphens_that_go(text: str) -> None:
    marks = [
        (offset, 0)
        for offset in range(len(text) + 1)
        if offset == len(text) or text[offset] != HYPHEN
    ]
    whole, moved = HyphenResolver([]).resolve(text, marks)
    assert HYPHEN not in whole
    for (before, _), (after, _) in zip(marks, moved, strict=True):
        assert text[before:].replace(HYPHEN, "").replace("-", "") == whole[after:].replace("-", "")
