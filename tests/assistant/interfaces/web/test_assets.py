"""Test the assets of the page."""

from __future__ import annotations

from assistant.interfaces.web.head import HEAD
from assistant.interfaces.web.i18n import TRANSLATIONS_SCRIPT
from assistant.interfaces.web.page import CSS, build_theme


def test_page_loads_no_external_font_style_or_script() -> None:
    assert "//" not in CSS.replace("/*", "").replace("*/", "")
    assert "http" not in HEAD.replace(TRANSLATIONS_SCRIPT, "")  # whose texts mention addresses
    assert "http" not in str(build_theme()._font_css)
