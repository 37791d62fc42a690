"""Test the plot of the soak test."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from evaluation.soak import LABELS, Sample, draw_plot

pytestmark = pytest.mark.unit
SVG = "{http://www.w3.org/2000/svg}"


def test_draw_plot_has_line_for_each_quantity() -> None:
    samples = [Sample(0, 100, 20, 10, None), Sample(1, 200, 20, 10, 0.5), Sample(2, 150, 0, 5, 1)]
    root = ElementTree.fromstring(draw_plot(samples))
    lines = [line.attrib["points"].split() for line in root.iter(f"{SVG}polyline")]
    assert [len(line) for line in lines] == [3, 3, 3, 2]  # one sample had no answer
    memory = [tuple(map(float, point.split(","))) for point in lines[0]]
    assert memory[0][0] < memory[1][0] < memory[2][0]
    assert memory[1][1] < memory[2][1] < memory[0][1]  # more is further up
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {*LABELS.values(), "200", "2 min"} <= texts
