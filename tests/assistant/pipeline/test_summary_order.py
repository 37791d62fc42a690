"""Test which texts are orders for a summary, in five languages."""

from __future__ import annotations

import pytest

from assistant.pipeline.query.summary_order import is_summary_order

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "order",
    [
        "Summarise the articles", "tl;dr", "Key points, please", "The main ideas of both texts",
        "What are the key points of these articles?", "Key sentences",
        "Fasse den Artikel zusammen", "Fasst die Artikel kurz zusammen", "Zusammenfassung bitte",
        "Was sind die wichtigsten Punkte?", "Kernaussagen", "Resume el artículo", "Resumen",
        "¿Cuáles son los puntos clave?", "Las ideas principales de los artículos",
        "Résume l'article", "Résumez ces articles, s'il vous plaît", "Les points clés",
        "لخص المقال", "لخّص المقالات", "ما هي النقاط الرئيسية؟", "ملخص",
    ],
)  # fmt: skip
def test_summary_order_is_recognized(order: str) -> None:
    assert is_summary_order(order)


@pytest.mark.parametrize(
    "question",
    [
        "Summarise the dispute between the towns", "What is the main river?", "The bridge",
        "What is the sum?",
        "What are the key facts in the mayor's case?", "Wer kam zusammen?", "List the points",
        "What is the most important harbour?", "¿Quién firmó el resumen?", "",
    ],
)  # fmt: skip
def test_other_text_is_no_summary_order(question: str) -> None:
    assert not is_summary_order(question)
