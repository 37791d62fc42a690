"""Attribute speech to speakers: "“I would sooner sell it,” she said." is said by Petra Holt.

A speaker is the subject of a reporting clause: next to the quotation marks, or at the start of a
sentence with indirect speech ("Holt answered that"). A pronoun stands for the last speaker or the
last subject with a name before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from assistant.pipeline.evidence.referents import (
    has_pronoun_subject,
    is_known_name,
    iterate_back,
    strip_fronted,
)
from assistant.pipeline.query.article_facts import find_speech
from assistant.text.tokens import normalize_word
from index.text.article import Article
from index.text.spans import Block, Span

__all__ = ["has_person_name", "is_direct_speech", "is_same_person", "speaker_of"]

# Fewer words between quotation marks are mostly a term or a title.
MIN_SPEECH_WORDS = 3
_VERB = (
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
_ADVERB = r"(?:(?:\w+ly|also|then|later|once|further|again|always|still|just|has|had|have)\s+){0,2}"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞА-Я]"
_NAME_WORD = rf"(?:(?:{_CAPITAL}\.)+|{_CAPITAL}(?:[\w'’-]*\w)?(?:(?<=Dr|Mr|Ms|St)\.|(?<=Mrs)\.)?)"
_PARTICLE = r"(?:de|del|da|di|la|le|van|von|der|den|bin|ibn|al|el|y|e)"
_NAME = rf"{_NAME_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_NAME_WORD})*"
_PRONOUN = r"(?i:he|she|they|it|er|sie|es|él|ella|ellos|ellas|il|elle|ils|elles|who)"
_DETERMINER = (
    r"(?i:the|a|an|one|another|his|her|its|their|our|my|der|die|das|ein|eine|el|la|los|las|un|una|"
    r"le|les|une)"
)
# A phrase without a verb: "the deputy mayor", "Director of Communications at Tesco".
_WORDS = r"(?:[\w'’./&-]+\s+){0,7}?[\w'’/&-]+"
_SUBJECT = re.compile(
    rf"(?:{_PRONOUN}\b|{_NAME}|{_DETERMINER}\s+{_WORDS}|[a-z][\w-]{{2,}}s$)"  # "medics"
)
_FINITE = re.compile(
    rf"\b(?:is|are|was|were|be|been|has|had|have|will|would|can|could|may|might|must|should|did|"
    rf"does|do|\w+['’](?:ve|ll|re|m)|that|if|when|because|while|but|and then|what|how|why|"
    rf"{_VERB[3:-1]})\b",
    re.IGNORECASE,
)
_AFTER_QUOTE = re.compile(rf"\W{{0,4}}{_ADVERB}{_VERB}\s+(?P<subject>\S.*)", re.DOTALL)
_SUBJECT_AND_VERB = re.compile(
    rf"(?P<subject>.{{1,160}}?)[,\s]\s*{_ADVERB}{_VERB}\b"
    r"(?!\s+(?:by|off|up|down|to\s+(?!me|us|him|her|them|the|his|reporters)\w+)\b)",
    re.DOTALL,
)
_TRAILING_CLAUSE = re.compile(rf",\s+(?P<subject>[^,]{{1,60}}?)\s+{_ADVERB}{_VERB}(?=[.…]|$)")
_ACCORDING = re.compile(
    rf"\b(?:[Aa]ccording to|[Ll]aut|[Ss]egún|[Ss]elon|d['’]après)\s+(?P<subject>{_DETERMINER}\s+"
    rf"[^,.;“”\"]+|{_NAME})"
)
# Ends a subject that follows its verb. A full stop after an initial or "Dr" ends nothing.
_PHRASE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bDr)(?<!\bM[rs])(?<!\bMrs)\.(?=\s|$)|[,;:“”\"()]|"
    r"\s(?:as|who|in|on|at|to|after|before|when|during)\s"
)
_INTERVIEW = re.compile(rf"(?P<subject>{_NAME}):\s*$")
# Between the subject and its verb: ", 40,", ", who runs the centre,", ", the mayor,".
_APPOSITION = re.compile(
    rf"\s*(?:\d|(?:aged|who|whose|which|of|formerly|then|now|der|die|das|qui|que)\b|"
    rf"{_DETERMINER}\s|{_NAME}\s*$)"
)
_TITLE = re.compile(
    r"(?:mr|mrs|ms|miss|dr|prof|professor|sir|lord|lady|president|minister|mayor|judge|senator|"
    r"herr|frau|señor|señora|monsieur|madame|m|mme)\.?",
    re.IGNORECASE,
)
_MALE = re.compile(r"(?:Mr|Sir|Lord|Herr|Señor|Monsieur)\b")
_FEMALE = re.compile(r"(?:Mrs|Ms|Miss|Lady|Frau|Señora|Madame|Mme)\b")
_NOT_A_PERSON = frozenset(
    """the a an in on at by of from to with for as and or but because since after before during
    while when where who what how why which if some many most all both it its this that these
    those there yes no not one two three another others i we you he she they his her their our
    my january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday""".split()  # noqa: SIM905
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
_UNFINISHED = re.compile(rf"(?:^|\s)(?:{_DETERMINER}|(?i:of|for|from|at|in|with|by|to))$")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def speaker_of(article: Article, position: int) -> Span | None:
    """Return the name of the person whose words a sentence reports, or None.

    The span may be in another sentence. It is a noun phrase, such as "the driver", if the article
    does not give a name.
    """
    return _attribute(article).get(position)


def is_direct_speech(article: Article, position: int) -> bool:
    """Return whether a sentence has words between quotation marks that somebody says."""
    return position in _find_spoken(article)


def is_same_person(first: str, second: str) -> bool:
    """Return whether two names may be of one person: "Holt" and "Petra Holt"."""
    one, other = _name_words(first), _name_words(second)
    return bool(one and other) and (one <= other or other <= one)


def has_person_name(text: str) -> bool:
    """Return whether a text has a name and not only a description: "the mayor" has none."""
    return bool(_name_words(text))


def _name_words(name: str) -> set[str]:
    words = [word for word in _WORD.findall(name) if word[0].isupper()]
    plain = {normalize_word(word) for word in words if not _TITLE.fullmatch(word)}
    return plain - _NOT_A_PERSON


class _Clause(NamedTuple):
    """The subject of a reporting clause, as a span of the article."""

    subject: Span
    is_pronoun: bool


@lru_cache(maxsize=8)
def _find_spoken(article: Article) -> Mapping[int, tuple[Span, ...]]:
    """Return the speech in each sentence that has any, in order."""
    spoken: dict[int, tuple[Span, ...]] = {}
    for span in find_speech(article):
        for position in article.sentences_in(span):
            spoken[position] = (*spoken.get(position, ()), span)
    return MappingProxyType(spoken)


@lru_cache(maxsize=8)
def _attribute(article: Article) -> Mapping[int, Span]:
    """Return the speaker of each sentence that reports speech and has a known speaker."""
    speakers: dict[int, Span] = {}
    spoken = _find_spoken(article)
    previous: int | None = None  # the last sentence of direct speech
    for position in range(len(article.sentences)):
        if position not in spoken:
            clause = _find_indirect(article, position)
            if clause and (speaker := _resolve(article, clause, position, speakers)):
                speakers[position] = speaker
            continue
        is_long = any(
            len(_WORD.findall(article.slice(span))) >= MIN_SPEECH_WORDS for span in spoken[position]
        )
        clause = _find_reporting_clause(article, position, spoken[position])
        speaker = _resolve(article, clause, position, speakers) if clause else None
        if clause is None and is_long:
            speaker = _continue_speech(article, position, previous, speakers)
        if speaker:
            speakers[position] = speaker
        previous = position
    return MappingProxyType(speakers)


def _find_reporting_clause(
    article: Article, position: int, speech: tuple[Span, ...]
) -> _Clause | None:
    """Return the reporting clause next to the speech of a sentence, or None.

    If a quotation has several sentences, the clause may be in its last or its first one.
    """
    first = min(article.sentences_in(speech[0]).start, position)
    last = max(article.sentences_in(speech[-1]).stop - 1, position)
    start, end = article.sentences[first].start, article.sentences[last].end
    edges = [start, *(edge for span in speech for edge in (span.start - 1, span.end + 1)), end]
    frames = list(zip(edges[::2], edges[1::2], strict=True))
    for before, after in pairwise(frames):
        if clause := _read_after_speech(article, *after) or _read_before_speech(article, *before):
            return clause
    outside = " … ".join(article.text[left:right] for left, right in frames)
    if re.search(rf"\b{_VERB}\b", outside) and (subject := _find_subject(article, first)):
        return _Clause(subject, False)
    return next((clause for frame in frames if (clause := _read_according(article, *frame))), None)


def _read_after_speech(article: Article, start: int, end: int) -> _Clause | None:
    """Read "said Petra Holt" or "she said" after a closing quotation mark."""
    frame = article.text[start:end]
    if inverted := _AFTER_QUOTE.match(frame):
        begin = start + inverted.start("subject")
        return _read_subject(article, begin, end, is_inverted=True)
    direct = _SUBJECT_AND_VERB.match(frame)
    if direct and not frame[: direct.end()].endswith(("called", "calls", "described", "describes")):
        return _read_subject(
            article, start + direct.start("subject"), start + direct.end("subject")
        )
    return None


def _read_before_speech(article: Article, start: int, end: int) -> _Clause | None:
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


def _read_according(article: Article, start: int, end: int) -> _Clause | None:
    match = _ACCORDING.search(article.text[start:end])
    if not match:
        return None
    subject = start + match.start("subject"), start + match.end("subject")
    return _read_subject(article, *subject, is_inverted=True)


def _find_indirect(article: Article, position: int) -> _Clause | None:
    """Return the reporting clause at the start of a sentence without quotation marks, or None."""
    start, end = article.sentences[position]
    if match := _SUBJECT_AND_VERB.match(article.text, start, end):
        subject = match.start("subject"), match.end("subject")
        if clause := _read_subject(article, *subject) or _read_after_speech(
            article, subject[1], end
        ):
            return clause
    if match := _TRAILING_CLAUSE.search(article.text, start, end):
        return _read_subject(article, match.start("subject"), match.end("subject"))
    return _read_according(article, start, end)


def _read_subject(
    article: Article, start: int, end: int, is_inverted: bool = False
) -> _Clause | None:
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
            match = re.match(rf"(?:[a-z][\w-]*\s+){{1,4}}(?={_NAME})", rest)
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
        return None if head.lower() == "who" else _Clause(Span(at, at + len(head)), True)
    if not _is_noun_phrase(head):
        return None
    inner = _find_person(head)
    if (inner is None and len(pieces) > 1) or (is_inverted and inner is None):
        following = rest[rest.index(head) + len(head) :]
        apposition = re.match(rf",\s+({_NAME})(?=[,.;]|\s+\w+ed\b|$)", following)
        if apposition:
            begin = at + len(head) + apposition.start(1)
            return _Clause(Span(begin, begin + len(apposition[1])), False)
    if inner:
        begin = at + inner[0]
        return _Clause(Span(begin, at + inner[1]), False)
    return _Clause(Span(at, at + len(head)), False)


def _is_noun_phrase(head: str) -> bool:
    if _SUBORDINATE.match(head) or _UNFINISHED.search(head):
        return False
    if len(head.split()) > 12 or _FINITE.search(head) or re.search(rf"\s{_PRONOUN}$", head):
        return False
    return bool(_SUBJECT.match(head) or re.match(rf"(?:[a-z][\w-]*\s+){{1,4}}{_NAME}", head))


def _find_person(head: str) -> tuple[int, int] | None:
    """Return where a noun phrase has the name of its head, or None.

    "Mayor Kohl" and "the engineer Knut Dahl" have one; "a spokesman for Tesco" has not.
    """
    for match in re.finditer(_NAME, head):
        before, after = head[: match.start()].split(), head[match.end() :]
        words = _name_words(match[0])
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


def _resolve(
    article: Article, clause: _Clause, position: int, speakers: Mapping[int, Span]
) -> Span | None:
    """Return the subject of a clause, or what its pronoun stands for."""
    if not clause.is_pronoun:
        return clause.subject
    pronoun = article.slice(clause.subject).lower()
    for before in iterate_back(article, position, 4):
        speaker = speakers.get(before) or _find_subject(article, before)
        if speaker and _agrees(pronoun, article, speaker):
            return speaker
        is_person = pronoun in ("he", "she", "er", "él", "ella", "elle")
        if not is_person and not has_pronoun_subject(
            article.slice(article.sentences[before]), article.language
        ):
            return None  # "they" are those of the nearest subject
    return None


def _find_subject(article: Article, position: int) -> Span | None:
    """Return the name of the person who is the subject of a sentence, or None."""
    start, end = article.sentences[position]
    if has_pronoun_subject(article.text[start:end], article.language):
        return None
    rest = strip_fronted(article.text[start:end], article.language)
    at = end - len(rest)
    apposition = re.match(rf"{_DETERMINER}\s+{_WORDS},\s+({_NAME})[,\s]", rest)
    if apposition:
        return Span(at + apposition.start(1), at + apposition.end(1))
    opening = re.match(rf"(?:{_DETERMINER}\s+)?(?:[a-z][\w-]*\s+){{0,4}}?({_NAME})(?=[,\s])", rest)
    if not opening or not _name_words(opening[1]):
        return None
    if " " not in opening[1] and not is_known_name(article, opening[1]):
        return None
    is_organization = re.match(rf"{_DETERMINER}\s+$", rest[: opening.start(1)]) or re.match(
        r"\s+(?:of|for)\b", rest[opening.end(1) :]
    )
    if is_organization:  # "the Department", "the Bank of Lund"
        return None
    phrase = rest[: opening.end(1)]
    is_part = re.search(r"\b(?:of|for|from|at|in|with|by)\s+\S+$", phrase[: opening.start(1)] + "x")
    if (
        is_part
        or re.match(r"['’]s?\b", rest[opening.end(1) :])
        or opening[1].endswith(("’s", "'s"))
    ):
        return None
    return Span(at + opening.start(1), at + opening.end(1))


def _agrees(pronoun: str, article: Article, speaker: Span) -> bool:
    """Return whether a pronoun can stand for a name, as far as its form shows."""
    name = article.slice(speaker)
    is_male, is_female = pronoun in ("he", "er", "él"), pronoun in ("she", "ella", "elle")
    if (is_male and _FEMALE.match(name)) or (is_female and _MALE.match(name)):
        return False
    if pronoun == "they" and (_FEMALE.match(name) or _MALE.match(name)):
        return False
    is_thing = re.search(r"\bthe $", article.text[: speaker.start][-4:], re.IGNORECASE) or (
        name[1:2].isupper() and " " not in name
    )
    return not (is_thing and (is_male or is_female) and name[0].isupper())


def _continue_speech(
    article: Article, position: int, previous: int | None, speakers: Mapping[int, Span]
) -> Span | None:
    """Return the speaker of speech without a reporting clause, or None.

    It continues the speech before it in the same paragraph. Otherwise the sentence before
    introduces the speaker, if it names one as its subject, or the next one does.
    """
    block = _block_at(article, position)
    inside = [
        before
        for before in range(position - 1, -1, -1)
        if article.sentences[before].start >= block.start
    ]
    if previous is not None and previous in inside:
        return speakers.get(previous)
    if inside:
        return speakers.get(inside[0]) or _find_subject(article, inside[0])
    following = position + 1
    if following < len(article.sentences) and article.sentences[following].end <= block.end:
        clause = _find_indirect(article, following)
        if clause and not clause.is_pronoun:
            return clause.subject
    return _continue_paragraph(article, position, block, speakers)


def _continue_paragraph(
    article: Article, position: int, block: Block | Span, speakers: Mapping[int, Span]
) -> Span | None:
    """Return the speaker of a paragraph that opens with speech, from the paragraph before."""
    back = iterate_back(article, position, 1)
    if not back:
        return None
    before = back[0]
    text = article.slice(article.sentences[before])
    if before in speakers and (is_direct_speech(article, before) or text.endswith(":")):
        return speakers[before]
    return None


def _block_at(article: Article, position: int) -> Block | Span:
    start = article.sentences[position].start
    return next(
        (block for block in article.blocks if block.start <= start < block.end),
        Span(0, len(article.text)),
    )
