"""Classify the intent of a question, and detect questions about the article's metadata.

The patterns match a question as a whole. A greeting or a question about the metadata that is
mistaken for one about the content is searched for, and answered or refused. A question about the
content that is mistaken for one of those would lose its answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from assistant.pipeline.query.summary_order import is_summary_order

__all__ = ["Intent", "MetadataField", "classify_intent", "find_requested_metadata", "rewrite_order"]

Intent = Literal["greeting", "thanks", "about", "summary", "list", "yes-no", "fact"]
MetadataField = Literal[
    "title", "date", "source", "language", "length", "author", "quotes", "dates", "figures"
]
_LISTED = ("quotes", "dates", "figures")  # they are listed from the text

_GREETING = (
    r"(?:hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|"
    r"how are you(?: doing)?(?: today)?|who are you|"
    r"what can (?:you do|i ask)|hallo|guten (?:tag|morgen|abend)|moin|servus|grüß (?:gott|dich)|"
    r"wie geht es (?:dir|ihnen)|"
    r"hola|buenas|buen(?:os d[ií]as|as (?:tardes|noches))|qué tal|bonjour|bonsoir|salut|coucou|"
    r"ça va|comment ça va|ciao)\b"
)
_THANKS = (
    r"(?:(?:many )?thanks|thank you|thankyou|thx|cheers|much appreciated|(?:good)?bye|good night|"
    r"see you(?: later| soon)?|"
    r"(?:vielen |besten |herzlichen )?dank|danke(?:schön)?|tschüss?|auf wiedersehen|(?:muchas |"
    r"mil )?gracias|adiós|hasta luego|"
    r"merci|au revoir|ok(?:ay)?|great|perfect|cool|nice|got it|that (?:helps|helped|was helpful))\b"
)
_POLITE_WORDS = (
    r"(?:there|again|all|everyone|assistant|dear|my friend|today|please|(?:very|so) much|a (?:lot|"
    r"million)|for (?:(?:your|the|all|all your) )?"
    r"(?:help|answers?|time|information|info|summary|explanation|reply|that|this|everything)|and|"
    r"you|so far|schön|sehr|bitte|por favor|beaucoup|bien|s'il (?:vous|te) plaît)\b"
)
_SMALL_TALK = re.compile(
    rf"(?:{_GREETING}|{_THANKS})(?:\W*(?:{_GREETING}|{_THANKS}|{_POLITE_WORDS}))*", re.IGNORECASE
)
_THANKS_PATTERN = re.compile(_THANKS, re.IGNORECASE)

# “The report” and the like may be a thing that the article is about; “this report” is the article.
_ARTICLE_NOUNS = (
    r"(?:news )?(?:article|content|document|essay|file|page|paper|passage|pdf|piece|post|report|"
    r"story|text)"
)
_THE_ARTICLE = rf"(?:the (?:news )?(?:article|text)|this {_ARTICLE_NOUNS})"
_ARTICLE_OR_IT = rf"(?:{_THE_ARTICLE}|it|this)"
_ANY_ARTICLE = rf"(?:(?:the|this|that)(?: whole| entire)? {_ARTICLE_NOUNS}|it|this|that|everything)"
_QUESTION_WORD = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_REPORT_VERB = (
    r"(?:tell|show|list|name|give|summari[sz]e|sum|explain|describe|write|provide|recap|say)\b"
)

# An opening that does not change the question. "Can you swim there?" keeps its opening.
_OPENING = re.compile(
    rf"(?:(?:{_GREETING}|{_THANKS})(?: (?:there|again|all|everyone|very much|so much))?\W+|"
    rf"(?:please|kindly|and|but|so|well|now|also)\b\W+|"
    rf"(?:can|could|would|will) you (?={_REPORT_VERB}|please {_REPORT_VERB})|"
    rf"(?:tell|show) (?:me|us) (?={_QUESTION_WORD}|if\b|whether\b)|"
    rf"(?:(?:do|would) you (?:happen to )?know|(?:i|we)(?: want| would like| need|'d like) to know|"
    rf"(?:i|we) wonder|"
    rf"(?:does|did) {_THE_ARTICLE} (?:say|tell(?: us)?|mention|explain|state)) (?={_QUESTION_WORD}|"
    rf"if\b|whether\b))",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    rf"(?:(?:describe|discuss|explain|elaborate on|talk about)(?: (?:to|for) (?:me|us))?|"
    r"(?:tell|inform) (?:me|us) (?:(?:more|something|anything|all) )?(?:about|of)|"
    r"(?:give|show) (?:me|us) (?:(?:some|more|all|the) )?(?:information|details?) (?:on|about)|"
    rf"(?:i|we)(?: want| would like| need|'d like) to (?:know|learn|"
    rf"hear) (?:more )?about) (?!{_QUESTION_WORD}|(?:if|whether|that)\b)\W*(?P<what>.+)",
    re.IGNORECASE,
)
_WHAT_IS = r"(?:(?:what(?: is| was)?|(?:tell|give|show) (?:me|us)) )?"


def _match_property(nouns: str) -> str:
    """Return a pattern for “the title of the article” or “the article's title”, from "title".

    “What is” may come before it.
    """
    return (
        rf"{_WHAT_IS}(?:the (?:{nouns}) (?:of|for) {_THE_ARTICLE}|"
        rf"{_THE_ARTICLE}'s (?:{nouns}))(?: is)?"
    )


_METADATA_PATTERNS: dict[MetadataField, tuple[str, ...]] = {
    "title": (
        _match_property("title|headline|name"),
        rf"{_WHAT_IS}(?:the |its )?(?:title|headline)",
        rf"what is {_THE_ARTICLE} (?:called|titled)",
    ),
    "date": (
        _match_property("date|publication date|date of publication"),
        rf"{_WHAT_IS}(?:the |its )?publication date",
        rf"(?:when|(?:on |in )?(?:what|which) (?:date|day|year)) (?:was {_ARTICLE_OR_IT}|"
        rf"{_ARTICLE_OR_IT} was) (?:published|written|posted)",
        rf"when (?:is {_THE_ARTICLE} from|did {_THE_ARTICLE} (?:appear|come out))",
        rf"how (?:old|recent) is {_THE_ARTICLE}",
    ),
    "source": (
        _match_property("source|origin|publisher"),
        rf"where (?:(?:is|was) {_THE_ARTICLE} (?:from|taken from)|does {_THE_ARTICLE} come from|"
        rf"was {_ARTICLE_OR_IT} published)",
        rf"(?:who|which (?:news)?paper|which (?:web)?site|which magazine) published {_THE_ARTICLE}",
    ),
    "language": (
        _match_property("language"),
        rf"(?:in )?(?:what|which) language (?:is {_ARTICLE_OR_IT}|"
        rf"{_ARTICLE_OR_IT} is)(?: written)?(?: in)?",
    ),
    "length": (
        _match_property("length|word count|reading time|number of (?:words|sentences)"),
        rf"{_WHAT_IS}(?:the |its )?(?:word count|reading time)",
        rf"how long (?:is {_THE_ARTICLE}|{_THE_ARTICLE} is)",
        rf"how many (?:words|sentences) (?:does {_THE_ARTICLE} (?:have|contain)|(?:are|"
        rf"is) (?:there )?(?:in )?{_THE_ARTICLE}(?: long)?)",
        rf"how (?:long|much time|many minutes) (?:does|would|"
        rf"will) it take(?: me)? to read(?: {_ARTICLE_OR_IT})?",
    ),
    "author": (
        _match_property("authors?|writers?"),
        rf"who (?:wrote {_ARTICLE_OR_IT}|authored {_THE_ARTICLE}|(?:is|are) the (?:authors?|"
        rf"writers?)(?: of {_THE_ARTICLE})?|(?:was|is) {_THE_ARTICLE} (?:written )?by)",
    ),
    "quotes": (
        rf"who (?:is|are|was|were)(?: being)?(?: directly)? quoted(?: (?:in|by) {_ARTICLE_OR_IT})?",
        rf"(?:which|what|who are the) (?:people|persons|speakers|voices|witnesses|experts)(?: are|"
        rf" were)? quoted(?: (?:in|by) {_ARTICLE_OR_IT})?",
        rf"whom? does {_THE_ARTICLE} quote|whose words are quoted(?: (?:in|by) {_ARTICLE_OR_IT})?",
        rf"(?:(?:list|name|show|give) )?(?:me )?(?:all )?(?:the )?(?:people quoted|"
        rf"(?:direct )?(?:quotes|quotations))(?: (?:in|from|of) {_ARTICLE_OR_IT})?",
    ),
}
_LIST_VERB = r"(?:(?:list|show|give|make|create|draw up|extract)\b(?: me| us)? ?)?"
_STATED_IN_ARTICLE = (
    rf"(?:(?:are|is) (?:there |given |mentioned |stated )?(?:in|by) {_ARTICLE_OR_IT}|"
    rf"does {_ARTICLE_OR_IT} (?:contain|give|have|mention|state))"
)
_METADATA_PATTERNS["dates"] = (
    rf"{_LIST_VERB}(?:an? |the )?(?:timeline|chronology)(?: (?:of|for|from) "
    rf"(?:{_ARTICLE_OR_IT}|(?:the )?events?(?: in {_ARTICLE_OR_IT})?))?",
    rf"{_LIST_VERB}(?:all |all of )?(?:the )?(?:important |key )?dates(?: (?:in|of|from) "
    rf"{_ARTICLE_OR_IT})?",
    rf"(?:what|which) (?:important |key )?dates {_STATED_IN_ARTICLE}",
    r"(?:erstelle )?(?:eine )?(?:zeitleiste|chronologie)|(?:une )?chronologie|"
    r"(?:una )?(?:cronología|línea de tiempo)",
)
_METADATA_PATTERNS["figures"] = (
    rf"{_LIST_VERB}(?:all |all of )?(?:the )?(?:important |key )?(?:numbers|figures|statistics)"
    rf"(?: (?:in|of|from) {_ARTICLE_OR_IT})?",
    rf"(?:what|which) (?:important |key )?(?:numbers|figures|statistics) {_STATED_IN_ARTICLE}",
)

_METADATA = {
    detail: re.compile("|".join(patterns), re.IGNORECASE)
    for detail, patterns in _METADATA_PATTERNS.items()
}

_SUMMARY = re.compile(
    rf"sum up(?: {_ANY_ARTICLE})?|sum {_ANY_ARTICLE} up|"
    rf"what (?:is|was) {_ARTICLE_OR_IT} (?:all )?about|what (?:is|"
    rf"was) {_THE_ARTICLE} (?:talking about|saying)|what happen(?:s|ed) in {_THE_ARTICLE}|"
    rf"what does {_THE_ARTICLE} (?:say|tell us|talk about|discuss|cover|describe|report|deal with)|"
    rf"(?:tell me about|describe|explain) {_THE_ARTICLE}|in a nutshell",
    re.IGNORECASE,
)
_BARE_PRONOUN = re.compile(
    rf"\b(?:it|this|that)\b(?! (?:whole |entire )?{_ARTICLE_NOUNS})", re.IGNORECASE
)

_AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
)
_YES_NO = re.compile(
    rf"{_AUXILIARY}(?:n't)? [^\W\d](?!.*\b{_QUESTION_WORD}$)|true or false\b|(?:if|"
    rf"whether)\b(?!.*\b{_QUESTION_WORD})",
    re.IGNORECASE,
)
# German asks "Was ist …?", "Was rettete …?" for what English asks "What …?". Function words decide
# between the languages; words of both ("an", "in", "so", "war") are left out.
_WAS = re.compile(r"was [^\W\d]", re.IGNORECASE)
_WAS_AND_NAME = re.compile(r"was (?-i:[A-ZÄÖÜ])", re.IGNORECASE)
_ENGLISH_FUNCTION_WORD = re.compile(
    r"\b(?:a|any\w*|at|been|being|by|ever|every\w*|from|he|his|it|its|no(?:body|thing)?|not|of|on|"
    r"our|she|some\w*|that|the|their|them|there|these|they|this|those|to|with|you|your)\b",
    re.IGNORECASE,
)
_GERMAN_FUNCTION_WORD = re.compile(
    r"\b(?:auf|aus|bei|das|dem|den|der|des|die|ein(?:e[mnrs]?)?|er|es|für|gegen|haben|hatte\w*|ich|"
    r"ihn|ihnen|ihre?[mnrs]?|im|ist|mit|nach|nicht|sich|sie|sind|über|und|vom|von|wird|wurden?|"
    r"zu[mr]?)\b",
    re.IGNORECASE,
)
_GERMAN_VERB = re.compile(
    r"was (?:war|sagte|machte|"
    r"(?!it\b|that\b|children\b|women\b|men\b|even\b)(?-i:[a-zäöüß]+(?:t|en)))\b",
    re.IGNORECASE,
)
_COUNTED_LIST = re.compile(
    r"(?:list|enumerate|(?:name|mention|(?:tell|give|show)(?: me)?) (?:all|both|two|three|four|"
    r"five|\d+))\b",
    re.I,
)
_LIST_REQUEST = re.compile(
    r"(?:name|mention|(?:tell|give|show)(?: me)?)(?: the| some| any)? (?!about\b|more\b)", re.I
)
_WHAT_ARE = re.compile(
    r"what (?:are|were) (?:some |all )?(?:of )?(?:the )?(?!there\b|they\b|you\b)", re.I
)
_WHICH = re.compile(
    rf"(?:which|what) (?!{_AUXILIARY}\b)((?:[^\W\d][\w'-]* ){{1,5}}?)({_AUXILIARY})\b", re.I
)
_SORT_OF = re.compile(r"(?m:^).*\b(?:kind|type|sort)s? of ", re.I)
_NOUN_CONTINUATION = re.compile(
    r"(?:$|,|(?:of|for|in|on|that|which|who|why|behind|given|named|mentioned|listed|between|to|"
    r"from|and|with|at)\b)"
)
_IRREGULAR_PLURALS = frozenset(["people", "children", "men", "women", "criteria", "police"])
_NOT_PLURALS = frozenset(
    ["news", "does", "has", "was", "gas", "always", "perhaps", "sometimes", "politics", "whereas"]
)
_SINGULAR_VERBS = frozenset(["is", "was", "has", "does"])


def classify_intent(question: str, first: bool = True, languages: Collection[str] = ()) -> Intent:
    """Return what a question asks for; "fact" if no other pattern matches the whole question.

    Args:
        question: the question.
        first: whether the question is the first of the chat. Then a bare "it" or "this" is the
            article and not a subject of an earlier turn.
        languages: the ISO 639-1 codes of the articles, in one of which the question probably is.
    """
    normalized = _normalize_question(question)
    if _SMALL_TALK.fullmatch(normalized):
        return "thanks" if _THANKS_PATTERN.search(normalized) else "greeting"
    if find_requested_metadata(question, first):
        return "about"
    core = _strip_opening(normalized)
    is_summary = _SUMMARY.fullmatch(core) or is_summary_order(core)
    if is_summary and (first or not _BARE_PRONOUN.search(core)):
        return "summary"
    if _is_list_question(core):
        return "list"
    is_yes_no = _YES_NO.match(core) and not _is_german_what(core, languages)
    return "yes-no" if is_yes_no else "fact"


def find_requested_metadata(question: str, first: bool = True) -> MetadataField | None:
    """Return which metadata of the article a question asks for; None if it asks for no metadata.

    Args:
        first: whether the question is the first of the chat, see `classify_intent`.
    """
    core = _strip_opening(_normalize_question(question))
    detail = next(
        (detail for detail, pattern in _METADATA.items() if pattern.fullmatch(core)), None
    )
    if first or re.search(_THE_ARTICLE, core, re.IGNORECASE):
        return detail
    return (
        detail if detail in _LISTED and not _BARE_PRONOUN.search(core) else None
    )  # "The title?" may be that of a book in an earlier turn


def rewrite_order(question: str) -> str:
    """Return a request such as "Tell me about X" as a question, and any other text unchanged.

    Small models expect questions.
    """
    request = _REQUEST.fullmatch(_strip_opening(_normalize_question(question)))
    return f"What is said about {request['what']}?" if request else question


def _normalize_question(question: str) -> str:
    """Return a question on one line, without outer punctuation, with "what's" expanded."""
    line = " ".join(question.replace("’", "'").split())
    line = re.sub(r"^\W+|(?:\W|\bplease\b)+$", "", line, flags=re.IGNORECASE)
    return re.sub(r"\b(wh(?:o|at|en|ere)|how)'s\b", r"\1 is", line, flags=re.IGNORECASE)


def _is_german_what(question: str, languages: Collection[str]) -> bool:
    """Return whether a question begins with the German "was" and not with the English one.

    Without function words, a question about a German article is German unless a name follows.
    """
    if not _WAS.match(question):
        return False
    english = len(_ENGLISH_FUNCTION_WORD.findall(question))
    german = len(_GERMAN_FUNCTION_WORD.findall(question))
    if english != german:
        return german > english
    is_probably_german = "de" in languages and not _WAS_AND_NAME.match(question)
    return is_probably_german or _GERMAN_VERB.match(question) is not None


def _strip_opening(question: str) -> str:
    while match := _OPENING.match(question):
        question = question[match.end() :]
    return question


def _is_list_question(question: str) -> bool:
    if _COUNTED_LIST.match(question):
        return True
    if opening := _LIST_REQUEST.match(question) or _WHAT_ARE.match(question):
        return _has_leading_plural(question[opening.end() :])
    if which := _WHICH.match(question):
        nouns = _SORT_OF.sub("", which[1]).split(" of ")[0].split()
        return bool(nouns) and _is_plural(nouns[-1]) and which[2].lower() not in _SINGULAR_VERBS
    words = question.split()
    return (
        len(words) > 2 and words[0].lower() == "which" and _is_plural(words[1])
    )  # Which countries border Syria?


def _has_leading_plural(words: str) -> bool:
    """Return whether one of the first words is a plural that is the noun of the phrase.

    True for "the main reasons for", not for "the bands known for".
    """
    remainder = words
    for word in words.split()[:4]:
        remainder = remainder[len(word) :].lstrip()
        if _is_plural(word.strip(",")):
            return word.endswith(",") or bool(_NOUN_CONTINUATION.match(remainder))
    return False


def _is_plural(word: str) -> bool:
    if word in _IRREGULAR_PLURALS:
        return True
    return (
        word.islower()
        and len(word) > 3
        and word not in _NOT_PLURALS
        and bool(re.search(r"[^sui']s$", word))
    )
