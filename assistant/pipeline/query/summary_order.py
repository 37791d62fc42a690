"""Recognize an order for a summary in five languages by the words that it consists of."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["is_summary_order"]

# An order has one of these words, or a key word with a point word, and no word that is in none of
# the sets. All words are in lower case and without accents.
_SUMMARY_WORDS = frozenset(
    """summarise summarize summarised summarized summary summaries recap gist overview synopsis
    rundown condense tldr tl zusammen zusammenfassen zusammenfassung zusammenfassungen kernaussage
    kernaussagen kernpunkte hauptpunkte hauptaussagen uberblick resume resumez resumer resumes
    resumir resuma resumen resumenes resumeme resumenme sintetiza sintesis synthese لخص لخصي تلخيص
    ملخص ملخصا خلاصه موجز اختصر""".split()  # noqa: SIM905
)
_KEY_WORDS = frozenset(
    """key main central important most wichtig wichtigste wichtigsten zentrale zentralen clave
    claves principal principales importante importantes cle cles principaux importants essentiel
    essentiels essentielles الرييسيه الرئيسيه الاساسيه المهمه""".split()  # noqa: SIM905
)
_POINT_WORDS = frozenset(
    """point points idea ideas topic topics theme themes message messages takeaway takeaways fact
    facts finding findings subject thing things aspect aspects sentence sentences punkte aussagen
    satze gedanken themen puntos frases temas mensajes idees phrases النقاط الافكار
    الجمل""".split()  # noqa: SIM905
)
_FILLERS = frozenset(
    """a an the this these those that it them all both each of in from for on about dr il me us
    please can could would you kindly give show make write provide list name tell i we want need
    like d what is are was were whole entire very short brief briefly quick quickly concise s
    one two three four five six seven eight nine ten some few words sentences lines paragraphs
    bullet bullets point points minute minutes nutshell terms simple plain english german french
    spanish arabic news article articles content document documents essay file files page pages
    paper papers passage pdf piece pieces post posts report reports story stories text texts
    everything der die das den dem des dieser dieses diesen diesem diese artikel artikels artikeln
    texte bericht berichte fasse fass fasst fassen mir uns bitte mal kurz kannst konnen du sie
    eine einen ein gib was sind im aus von alle beide beiden el la los las este esta estos estas
    articulo articulos texto textos informe por favor puedes me un una de del dame cuales son que
    breve le les l ce cet cette ces stp s vous te plait peux tu donne moi nous quels quelles sont
    du tous toutes court bref brievement documento documentos rapport
    المقال المقاله المقالات المقالين النص هذا هذه هذين ما هي هو لي لنا من فضلك في كل اعطني اعطنا
    باختصار جميع""".split()  # noqa: SIM905
)
_ALLOWED = _SUMMARY_WORDS | _KEY_WORDS | _POINT_WORDS | _FILLERS
_WORD = re.compile(r"[^\W_]+")


def is_summary_order(question: str) -> bool:
    """Return whether a text consists of an order for a summary, and nothing else."""
    words = set(_WORD.findall(_strip_accents(question.lower())))
    is_order = words & _SUMMARY_WORDS or (words & _KEY_WORDS and words & _POINT_WORDS)
    return bool(is_order) and words <= _ALLOWED


def _strip_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return plain.replace("ة", "ه").replace("ß", "ss")
