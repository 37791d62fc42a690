"""Detection of the language of an article."""

from __future__ import annotations

import pytest
from hypothesis import given

from index.loaders import load_bytes
from index.text.article import Article
from index.text.language import detect_article_language
from tests.index.texts import any_text

TEXTS = {
    "ar": "أغلقت المدينة الجسر القديم أمام السيارات يوم الاثنين. وقال رئيس البلدية إن الإصلاح "
    "سيستمر حتى الخريف، وإن المشاة يستطيعون عبوره في هذه الأثناء.",
    "de": "Die Stadt hat die alte Brücke am Montag für Autos gesperrt. Die Reparatur dauert nach "
    "Angaben des Bürgermeisters bis zum Herbst, Fußgänger dürfen sie weiter benutzen.",
    "en": "The town closed the old bridge to cars on Monday. The repair will take until autumn, "
    "according to the mayor, and pedestrians may go on using it in the meantime.",
    "es": "La ciudad cerró el lunes el viejo puente a los coches. La reparación durará hasta el "
    "otoño, según el alcalde, y los peatones podrán seguir cruzándolo mientras tanto.",
    "fr": "La ville a fermé lundi le vieux pont aux voitures. La réparation durera jusqu'à "
    "l'automne, selon le maire, et les piétons pourront continuer à le traverser.",
    "ru": "Город закрыл старый мост для машин в понедельник. Ремонт продлится до осени, сказал "
    "мэр, но пешеходы смогут ходить по мосту и дальше.",
    "zh": "这座城市星期一对汽车关闭了旧桥。市长说，修理工作将持续到秋天，在此期间行人可以继续通行。"
    "许多居民希望建一座新桥。",
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_detect_long_text_returns_its_language(language: str, text: str) -> None:
    assert detect_article_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Was ist das?",
        "Карл Маркс",
        "1, 2, 3. " * 100,
        TEXTS["de"] + " " + TEXTS["en"],
        "Xyzzy plugh frotz gnusto rezrov blorb. " * 20,
    ],
)
def test_detect_short_or_mixed_text_returns_english(text: str) -> None:
    assert detect_article_language(text) == "en"


@given(any_text)
def test_detect_any_text_is_deterministic(text: str) -> None:
    assert detect_article_language(text) == detect_article_language(text)


@pytest.mark.parametrize("name", ["bridge.txt", "bridge.md", "bridge.html"])
def test_load_undeclared_language_is_detected(name: str) -> None:
    assert load_bytes(TEXTS["de"].encode(), name).language == "de"


def test_load_declared_language_is_not_detected() -> None:
    text = f"---\nlanguage: nl\n---\n{TEXTS['de']}"
    assert load_bytes(text.encode(), "bridge.md").language == "nl"


def test_from_text_language_does_not_change_id() -> None:
    detected = Article.from_text(TEXTS["de"], "Brücke")
    assert detected.language == "de"
    assert detected.id == Article.from_text(TEXTS["de"], "Brücke", language="en").id


def test_load_russian_text_keeps_names_whole() -> None:
    text = TEXTS["ru"] + " Его построил в 1874 г. инженер А. П. Воронов."
    article = load_bytes(text.encode(), "bridge.txt")
    assert article.slice(article.sentences[-1]) == "Его построил в 1874 г. инженер А. П. Воронов."
