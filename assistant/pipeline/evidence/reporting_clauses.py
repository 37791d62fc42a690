"""Read the subjects of reporting clauses: "said Petra Holt", "she answered that", "Holt:"."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.pipeline.evidence.person_names import NAME, name_words
from assistant.pipeline.evidence.referents import is_known_name, strip_fronted
from assistant.text.pronouns import THIRD_PERSON
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "Clause",
    "DETERMINER",
    "NOUN_PHRASE",
    "REPORTING_VERB",
    "find_indirect_clause",
    "read_according",
    "read_after_speech",
    "read_before_speech",
]

REPORTING_VERB = (
    r"(?:said|says|say|saying|told|tells|asked|asks|added|adds|answered|answers|replied|replies|"
    r"explained|explains|insisted|insists|argued|argues|claimed|claims|warned|warns|admitted|"
    r"admits|announced|announces|alleged|alleges|declared|declares|stated|states|noted|notes|"
    r"called|calls|wrote|"
    r"writes|tweeted|recalled|recalls|remembered|remembers|complained|complains|joked|jokes|"
    r"shouted|whispered|cried|agreed|agrees|acknowledged|acknowledges|suggested|suggests|"
    r"believes|believed|thinks|thought|hopes|hoped|feels|felt|stressed|emphasized|emphasised|"
    r"commented|comments|continued|continues|concluded|concludes|observed|observes|remarked|"
    r"promised|promises|predicted|predicts|urged|urges|pointed out|denied|denies|described|"
    r"describes|objected|confirmed|confirms|"
    r"sagte|sagt|erklärte|erklärt|meinte|meint|betonte|betont|berichtete|berichtet|antwortete|"
    r"fragte|rief|"
    r"dijo|dice|afirmó|afirma|señaló|explicó|explica|añadió|respondió|declaró|aseguró|"
    r"dit|a dit|a déclaré|déclare|affirme|a affirmé|explique|a expliqué|ajoute|a ajouté|raconte|"
    r"a répondu)"
)
_NAMING_VERBS = ("called", "calls", "described", "describes")  # the speech is what they name
_ADVERB = (
    r"(?:(?:\w{1,30}ly|also|then|later|once|further|again|always|still|just|has|had|have)\s{1,5})"
    r"{0,2}"
)
_PRONOUN = rf"(?i:{'|'.join(THIRD_PERSON)}|who)"
DETERMINER = (
    r"(?i:the|a|an|one|another|his|her|its|their|our|my|der|die|das|ein|eine|el|la|los|las|un|una|"
    r"le|les|une)"
)
# A phrase without a verb: "the deputy mayor", "Director of Communications at Tesco".
NOUN_PHRASE = r"(?:[\w'’./&-]+\s+){0,7}?[\w'’/&-]+"
_SUBJECT = re.compile(
    rf"(?:{_PRONOUN}\b|{NAME}|{DETERMINER}\s+{NOUN_PHRASE}|[a-z][\w-]{{2,}}s$)"  # "medics"
)
_FINITE = re.compile(
    rf"\b(?:is|are|was|were|be|been|has|had|have|will|would|can|could|may|might|must|should|did|"
    rf"does|do|\w+['’](?:ve|ll|re|m)|that|if|when|because|while|but|and then|what|how|why|"
    rf"{REPORTING_VERB[3:-1]})\b",
    re.IGNORECASE,
)
_AFTER_QUOTE = re.compile(rf"\W{{0,4}}{_ADVERB}{REPORTING_VERB}\s+(?P<subject>\S.*)", re.DOTALL)
_SUBJECT_AND_VERB = re.compile(
    rf"(?P<subject>.{{1,160}}?)[,\s]\s{{0,5}}+(?=\w){_ADVERB}{REPORTING_VERB}\b"
    r"(?!\s+(?:by|off|up|down|to\s+(?!me|us|him|her|them|the|his|reporters)\w+)\b)",
    re.DOTALL,
)
_TRAILING_CLAUSE = re.compile(
    rf",\s{{1,5}}(?P<subject>[^,]{{1,60}}?)\s{{1,5}}{_ADVERB}{REPORTING_VERB}(?=[.…]|$)"
)
_ACCORDING = re.compile(
    rf"\b(?:[Aa]ccording to|[Ll]aut|[Ss]egún|[Ss]elon|d['’]après)\s+(?P<subject>{DETERMINER}\s+"
    rf"[^,.;“”\"]+|{NAME})"
)
# Ends a subject that follows its verb. A full stop after an initial or "Dr" ends nothing.
_PHRASE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bDr)(?<!\bM[rs])(?<!\bMrs)\.(?=\s|$)|[,;:“”\"()]|"
    r"\s(?:as|who|in|on|at|to|after|before|when|during)\s"
)
_INTERVIEW = re.compile(rf"(?P<subject>{NAME}):\s*$")
# Between the subject and its verb: ", 40,", ", who runs the centre,", ", the mayor,".
_APPOSITION = re.compile(
    rf"\s*(?:\d|(?:aged|who|whose|which|of|formerly|then|now|der|die|das|qui|que)\b|"
    rf"{DETERMINER}\s|{NAME}\s*$)"
)
_PREPOSITIONS = frozenset(
    [
        "of",
        "for",
        "from",
        "at",
        "in",
        "with",
        "by",
        "under",
        "von",
        "für",
        "aus",
        "de",
        "del",
        "du",
        "para",
    ]
)
# "Once the government", "Although she": no subject by itself.
_SUBORDINATE = re.compile(
    r"(?:although|though|once|upon|if|when|while|since|after|before|because|as|unless|until|"
    r"instead|despite|during|among|between|without)\b",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(rf"(?:^|\s)(?:{DETERMINER}|(?i:of|for|from|at|in|with|by|to))$")


class Clause(NamedTuple):
    """The subject of a reporting clause, as a span of the article."""

    subject: Span
    is_pronoun: bool


def read_after_speech(article: Article, start: int, end: int) -> Clause | None:
    """Read "said Petra Holt" or "she said" after a closing quotation mark."""
    frame = article.text[start:end]
    if inverted := _AFTER_QUOTE.match(frame):
        begin = start + inverted.start("subject")
        return _read_subject(article, begin, end, is_inverted=True)
    direct = _SUBJECT_AND_VERB.match(frame)
    if direct and frame[: direct.end()].split()[-1] not in _NAMING_VERBS:
        return _read_subject(
            article, start + direct.start("subject"), start + direct.end("subject")
        )
    return None


def read_before_speech(article: Article, start: int, end: int) -> Clause | None:
    """Read "Holt answered" or "Holt:" before an opening quotation mark."""
    if match := _INTERVIEW.match(article.text[start:end].rstrip('“"„« ')):
        return _read_subject(article, start, start + match.end("subject"))
    for match in _SUBJECT_AND_VERB.finditer(article.text[start:end]):
        clause = _read_subject(
            article, start + match.start("subject"), start + match.end("subject")
        )
        if clause:
            return clause
    return None


def read_according(article: Article, start: int, end: int) -> Clause | None:
    """Read "according to Petra Holt"."""
    match = _ACCORDING.search(article.text[start:end])
    if not match:
        return None
    subject = start + match.start("subject"), start + match.end("subject")
    return _read_subject(article, *subject, is_inverted=True)


def find_indirect_clause(article: Article, position: int) -> Clause | None:
    """Return the reporting clause at the start of a sentence without quotation marks, or None."""
    start, end = article.sentences[position]
    if match := _SUBJECT_AND_VERB.match(article.text, start, end):
        subject = match.start("subject"), match.end("subject")
        if clause := _read_subject(article, *subject) or read_after_speech(
            article, subject[1], end
        ):
            return clause
    if match := _TRAILING_CLAUSE.search(article.text, start, end):
        return _read_subject(article, match.start("subject"), match.end("subject"))
    return read_according(article, start, end)


def _read_subject(
    article: Article, start: int, end: int, is_inverted: bool = False
) -> Clause | None:
    """Return the subject in a part of the text, or None if the part is no noun phrase.

    Args:
        is_inverted: whether the subject follows the verb and more text may follow it.
    """
    part = article.text[start:end]
    part = part.lstrip(" \n,;:–—-\"”“’'»«)")
    rest = strip_fronted(part) if not is_inverted else part
    offset = end - len(rest)
    if is_inverted:
        match = _SUBJECT.match(rest)
        phrase = _PHRASE_END.split(rest)[0]
        if match is None:
            # "said deputy mayor Emil Sand": a title without an article
            match = re.match(rf"(?:[a-z][\w-]*\s+){{1,4}}(?={NAME})", rest)
            if match is None:
                return None
    else:
        phrase = rest
    pieces = [piece for piece in re.split(r",", phrase) if piece.strip()]
    head = pieces[0].strip() if pieces else ""
    if not head:
        return None
    at = offset + rest.index(head)
    if not is_inverted:
        is_closed = article.text[end : end + 1] == ","
        has_appositions = len(pieces) > 1 and all(map(_APPOSITION.match, pieces[1:]))
        if is_closed != (len(pieces) > 1) or is_closed != has_appositions:
            return None
        if is_closed and " " not in head and not is_known_name(article, head):
            return None
    if re.fullmatch(_PRONOUN, head):
        return None if head.lower() == "who" else Clause(Span(at, at + len(head)), True)
    if not _is_noun_phrase(head):
        return None
    inner = _find_person(head)
    if (inner is None and len(pieces) > 1) or (is_inverted and inner is None):
        following = rest[rest.index(head) + len(head) :]
        apposition = re.match(rf",\s+({NAME})(?=[,.;]|\s+\w+ed\b|$)", following)
        if apposition:
            begin = at + len(head) + apposition.start(1)
            return Clause(Span(begin, begin + len(apposition[1])), False)
    if inner:
        begin = at + inner[0]
        return Clause(Span(begin, at + inner[1]), False)
    return Clause(Span(at, at + len(head)), False)


def _is_noun_phrase(head: str) -> bool:
    if _SUBORDINATE.match(head) or _UNFINISHED.search(head):
        return False
    if len(head.split()) > 12 or _FINITE.search(head) or re.search(rf"\s{_PRONOUN}$", head):
        return False
    return bool(_SUBJECT.match(head) or re.match(rf"(?:[a-z][\w-]*\s+){{1,4}}{NAME}", head))


def _find_person(head: str) -> tuple[int, int] | None:
    """Return where a noun phrase has the name of its head, or None.

    "Mayor Kohl" and "the engineer Knut Dahl" have one; "a spokesman for Tesco" has not.
    """
    for match in re.finditer(NAME, head):
        before, after = head[: match.start()].split(), head[match.end() :]
        words = name_words(match[0])
        if not words:
            continue
        if _PREPOSITIONS.intersection(word.lower() for word in before):
            return None
        if match[0].endswith(("'s", "’s", "s'", "s’")) or re.match(r"\s+[a-z]+", after):
            following = after.split()[0].lower() if after.split() else ""
            if following not in ("of", "from", "at", "in", "and", "for", ""):
                return None
        return match.span()
    return None
