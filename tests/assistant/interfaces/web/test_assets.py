"""Test the assets of the page."""

from __future__ import annotations

from assistant.interfaces.web.head import HEAD
from assistant.interfaces.web.i18n import TRANSLATIONS_SCRIPT
from assistant.interfaces.web.page import CSS, build_theme


def test_page_loads_no_external_font_style_or_script() -> None:
    assert "//" not in _remove_drawings(CSS).replace("/*", "").replace("*/", "")
    # The texts of translations mention addresses.
    assert "://" not in _remove_drawings(HEAD.replace(TRANSLATIONS_SCRIPT, ""))
    assert "http" not in str(build_theme()._font_css)


def _remove_drawings(text: str) -> str:
    """Remove the name of the format of drawings within a style sheet, which is an address."""
    return text.replace("http://www.w3.org/2000/svg", "")
