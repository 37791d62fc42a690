"""Test that thresholds reach the stages through the constructor of the pipeline."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from assistant import Article
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS, Thresholds
from index.storage.library import Library
from tests.assistant.fakes import make_scoring_model, make_trusting_pipeline


@pytest.mark.unit
def test_thresholds_are_documented_and_frozen() -> None:
    assert Thresholds.__doc__
    assert all(f"        {field.name}: " in Thresholds.__doc__ for field in fields(Thresholds))
    with pytest.raises(FrozenInstanceError):
        DEFAULT_THRESHOLDS.min_confidence = 0.0  # type: ignore[misc]


@pytest.mark.unit
def test_thresholds_are_in_order() -> None:
    limits = DEFAULT_THRESHOLDS
    assert limits.min_confidence <= limits.min_confidence_unverified <= limits.high_confidence
    assert limits.max_no_probability < limits.min_yes_probability
    assert limits.max_certain_no_probability < limits.min_certain_probability


@pytest.mark.parametrize(("minimum", "answered"), [(0.5, True), (0.7, False)])
def test_pipeline_uses_threshold_of_constructor(
    bridges: Library, bridge: Article, minimum: float, answered: bool
) -> None:
    model = make_scoring_model("Mayor Ana Ruiz.", probabilities=[0.6, 0.6], names="1")
    thresholds = replace(DEFAULT_THRESHOLDS, min_confidence=minimum)
    pipeline = make_trusting_pipeline(bridges, bridge, model=model, thresholds=thresholds)
    assert pipeline.invoke("Who opened the Old Bridge?").answered is answered
