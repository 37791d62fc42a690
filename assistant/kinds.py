"""What kind of question it is, and what is answered without a language model: data of the article, and who is quoted.

The patterns match a question as a whole. One that is taken for content by mistake is searched for and answered or refused;
one that is taken for a greeting, or for a question about the article itself, would lose its answer.
"""

from __future__ import annotations

import re
from typing import Literal

from index.article import Article, Span

from .language import NAMES

__all__ = ["Detail", "Kind", "about", "as_question", "detail_of", "kind_of", "prose", "quoted"]

Kind = Literal["greeting", "thanks", "about", "summary", "list", "yes-no", "fact"]
Detail = Literal["title", "date", "source", "language", "length", "author", "quotes"]

WORDS_A_MINUTE = 230

_GREETING = (
    r"(?:hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|how are you(?: doing)?(?: today)?|who are you|"
    r"what can (?:you do|i ask)|hallo|guten (?:tag|morgen|abend)|moin|servus|grüß (?:gott|dich)|wie geht es (?:dir|ihnen)|"
    r"hola|buenas|buen(?:os d[ií]as|as (?:tardes|noches))|qué tal|bonjour|bonsoir|salut|coucou|ça va|comment ça va|ciao)\b"
)
_THANKS = (
    r"(?:(?:many )?thanks|thank you|thankyou|thx|cheers|much appreciated|(?:good)?bye|good night|see you(?: later| soon)?|"
    r"(?:vielen |besten |herzlichen )?dank|danke(?:schön)?|tschüss?|auf wiedersehen|(?:muchas |mil )?gracias|adiós|hasta luego|"
    r"merci|au revoir|ok(?:ay)?|great|perfect|cool|nice|got it|that (?:helps|helped|was helpful))\b"
)
_POLITE = (
    r"(?:there|again|all|everyone|assistant|dear|my friend|today|please|(?:very|so) much|a (?:lot|million)|for (?:(?:your|the|all|all your) )?"
    r"(?:help|answers?|time|information|info|summary|explanation|reply|that|this|everything)|and|you|so far|schön|sehr|bitte|por favor|beaucoup|bien|s'il (?:vous|te) plaît)\b"
)
_CIVIL = re.compile(rf"(?:{_GREETING}|{_THANKS})(?:\W*(?:{_GREETING}|{_THANKS}|{_POLITE}))*", re.IGNORECASE)
_SAYS_THANKS = re.compile(_THANKS, re.IGNORECASE)

# “The report” and the like may be a thing that the article tells of; “this report” is the article.
_NOUNS = r"(?:news )?(?:article|content|document|essay|file|page|paper|passage|pdf|piece|post|report|story|text)"
_SELF = rf"(?:the (?:news )?(?:article|text)|this {_NOUNS})"
_IT = rf"(?:{_SELF}|it|this)"
_WHOLE = rf"(?:(?:the|this|that)(?: whole| entire)? {_NOUNS}|it|this|that|everything)"
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_TELLING = r"(?:tell|show|list|name|give|summari[sz]e|sum|explain|describe|write|provide|recap|say)\b"

# What may stand before a question without changing it. "Can you swim there?" keeps its opening.
_OPENING = re.compile(
    rf"(?:(?:{_GREETING}|{_THANKS})(?: (?:there|again|all|everyone|very much|so much))?\W+|(?:please|kindly|and|but|so|well|now|also)\b\W+|"
    rf"(?:can|could|would|will) you (?={_TELLING}|please {_TELLING})|"
    rf"(?:tell|show) (?:me|us) (?={_WH}|if\b|whether\b)|"
    rf"(?:(?:do|would) you (?:happen to )?know|(?:i|we)(?: want| would like| need|'d like) to know|(?:i|we) wonder|"
    rf"(?:does|did) {_SELF} (?:say|tell(?: us)?|mention|explain|state)) (?={_WH}|if\b|whether\b))",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    rf"(?:(?:describe|discuss|explain|elaborate on|talk about)(?: (?:to|for) (?:me|us))?|"
    r"(?:tell|inform) (?:me|us) (?:(?:more|something|anything|all) )?(?:about|of)|"
    r"(?:give|show) (?:me|us) (?:(?:some|more|all|the) )?(?:information|details?) (?:on|about)|"
    rf"(?:i|we)(?: want| would like| need|'d like) to (?:know|learn|hear) (?:more )?about) (?!{_WH}|(?:if|whether|that)\b)\W*(?P<what>.+)",
    re.IGNORECASE,
)
_IS = r"(?:(?:what(?: is| was)?|(?:tell|give|show) (?:me|us)) )?"


def _of(nouns: str) -> str:
    """For "title": “the title of the article” or “the article's title”, also after “What is”."""
    return rf"{_IS}(?:the (?:{nouns}) (?:of|for) {_SELF}|{_SELF}'s (?:{nouns}))(?: is)?"


_DETAILS: dict[Detail, tuple[str, ...]] = {
    "title": (_of("title|headline|name"), rf"{_IS}(?:the |its )?(?:title|headline)", rf"what is {_SELF} (?:called|titled)"),
    "date": (
        _of("date|publication date|date of publication"),
        rf"{_IS}(?:the |its )?publication date",
        rf"(?:when|(?:on |in )?(?:what|which) (?:date|day|year)) (?:was {_IT}|{_IT} was) (?:published|written|posted)",
        rf"when (?:is {_SELF} from|did {_SELF} (?:appear|come out))",
        rf"how (?:old|recent) is {_SELF}",
    ),
    "source": (
        _of("source|origin|publisher"),
        rf"where (?:(?:is|was) {_SELF} (?:from|taken from)|does {_SELF} come from|was {_IT} published)",
        rf"(?:who|which (?:news)?paper|which (?:web)?site|which magazine) published {_SELF}",
    ),
    "language": (_of("language"), rf"(?:in )?(?:what|which) language (?:is {_IT}|{_IT} is)(?: written)?(?: in)?"),
    "length": (
        _of("length|word count|reading time|number of (?:words|sentences)"),
        rf"{_IS}(?:the |its )?(?:word count|reading time)",
        rf"how long (?:is {_SELF}|{_SELF} is)",
        rf"how many (?:words|sentences) (?:does {_SELF} (?:have|contain)|(?:are|is) (?:there )?(?:in )?{_SELF}(?: long)?)",
        rf"how (?:long|much time|many minutes) (?:does|would|will) it take(?: me)? to read(?: {_IT})?",
    ),
    "author": (
        _of("authors?|writers?"),
        rf"who (?:wrote {_IT}|authored {_SELF}|(?:is|are) the (?:authors?|writers?)(?: of {_SELF})?|(?:was|is) {_SELF} (?:written )?by)",
    ),
    "quotes": (
        rf"who (?:is|are|was|were)(?: being)?(?: directly)? quoted(?: (?:in|by) {_IT})?",
        rf"(?:which|what|who are the) (?:people|persons|speakers|voices|witnesses|experts)(?: are| were)? quoted(?: (?:in|by) {_IT})?",
        rf"whom? does {_SELF} quote|whose words are quoted(?: (?:in|by) {_IT})?",
        rf"(?:(?:list|name|show|give) )?(?:me )?(?:all )?(?:the )?(?:people quoted|(?:direct )?(?:quotes|quotations))(?: (?:in|from|of) {_IT})?",
    ),
}  # fmt: skip
_DETAIL = {detail: re.compile("|".join(patterns), re.IGNORECASE) for detail, patterns in _DETAILS.items()}

_MAIN = (
    r"(?:the )?(?:main|key|central|most important) (?:points?|ideas?|topics?|themes?|messages?|takeaways?|facts?|findings?|subject|"
    rf"things?|aspects?)(?: (?:of|in|from|about) {_WHOLE})?"
)
_SUMMARY = re.compile(
    rf"(?:(?:(?:summari[sz]e|sum up|recap|condense)(?: {_WHOLE})?|sum {_WHOLE} up|"
    r"(?:(?:give|write|make|provide|show)(?: me| us)? |(?:i|we)(?: want| need| would like|'d like) |what is )?(?:an? |the )?"
    rf"(?:(?:very |short|brief|quick|concise)\s*)*(?:summary|overview|synopsis|gist|recap|rundown|tl;?dr)(?: (?:of|on) {_WHOLE})?|"
    rf"(?:(?:what (?:is|are|was|were)|list|name|give me|show me) )?{_MAIN})"
    r"(?:,? (?:briefly|quickly|please|for (?:me|us)|in (?:[\w-]+ ){0,3}(?:words?|sentences?|lines?|paragraphs?|"
    r"(?:bullet )?points?|bullets|minutes?|short|brief|nutshell|terms|english|german|french|spanish))){0,2})|"
    rf"what (?:is|was) {_IT} (?:all )?about|what (?:is|was) {_SELF} (?:talking about|saying)|what happen(?:s|ed) in {_SELF}|"
    rf"what does {_SELF} (?:say|tell us|talk about|discuss|cover|describe|report|deal with)|"
    rf"(?:tell me about|describe|explain) {_SELF}|in a nutshell",
    re.IGNORECASE,
)
_BARE = re.compile(rf"\b(?:it|this|that)\b(?! (?:whole |entire )?{_NOUNS})", re.IGNORECASE)

_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
# German asks "Was ist …?", "Was umgibt …?" for what English asks "What …?".
_GERMAN_WAS = (
    r"(?!was (?:ist|sind|war|wurde|sagte|machte|für|(?!it\b|that\b|children\b|women\b|men\b|even\b)(?-i:[a-zäöüß]+(?:t|en)))\b)"
)
_YES_NO = re.compile(
    rf"{_GERMAN_WAS}{_AUXILIARY}(?:n't)? [^\W\d](?!.*\b{_WH}$)|true or false\b|(?:if|whether)\b(?!.*\b{_WH})", re.IGNORECASE
)
_COUNTED = re.compile(
    r"(?:list|enumerate|(?:name|mention|(?:tell|give|show)(?: me)?) (?:all|both|two|three|four|five|\d+))\b", re.I
)
_ORDER = re.compile(r"(?:name|mention|(?:tell|give|show)(?: me)?)(?: the| some| any)? (?!about\b|more\b)", re.I)
_WHAT_ARE = re.compile(r"what (?:are|were) (?:some |all )?(?:of )?(?:the )?(?!there\b|they\b|you\b)", re.I)
_WHICH = re.compile(rf"(?:which|what) (?!{_AUXILIARY}\b)((?:[^\W\d][\w'-]* ){{1,5}}?)({_AUXILIARY})\b", re.I)
_SORT_OF = re.compile(r".*\b(?:kind|type|sort)s? of ", re.I)
_AFTER_NOUN = re.compile(
    r"(?:$|,|(?:of|for|in|on|that|which|who|why|behind|given|named|mentioned|listed|between|to|from|and|with|at)\b)"
)
_IRREGULAR = frozenset(["people", "children", "men", "women", "criteria", "police"])
_NO_PLURALS = frozenset(["news", "does", "has", "was", "gas", "always", "perhaps", "sometimes", "politics", "whereas"])
_SINGULAR = frozenset(["is", "was", "has", "does"])

_SPEECH = re.compile(
    r"„([^„“”\"]+)[“”\"]|“([^“”]+)(?:”|\Z)|”([^“”]+)”|«([^«»]+)(?:»|\Z)|»([^«»]+)«|(?<!\w)\"([^\"]+)\"(?!\w)"
)  # an English or French quotation that goes on in the next paragraph is closed only there
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LEAST_SPOKEN = 3  # words; fewer are mostly a term or a name


def kind_of(question: str, first: bool = True) -> Kind:
    """What a question asks for; "fact" is the kind of all that no other pattern matches as a whole.

    Args:
        first: nothing was asked before it, so that a mere "it" or "this" is the article and not what was spoken of.
    """
    asked = _plain(question)
    if _CIVIL.fullmatch(asked):
        return "thanks" if _SAYS_THANKS.search(asked) else "greeting"
    if detail_of(question, first):
        return "about"
    asked = _without_opening(asked)
    if _SUMMARY.fullmatch(asked) and (first or not _BARE.search(asked)):
        return "summary"
    if _asks_for_several(asked):
        return "list"
    return "yes-no" if _YES_NO.match(asked) else "fact"


def detail_of(question: str, first: bool = True) -> Detail | None:
    """What a question wants to know of the article itself, not of what it tells; `first` as in `kind_of`."""
    asked = _without_opening(_plain(question))
    detail = next((detail for detail, pattern in _DETAIL.items() if pattern.fullmatch(asked)), None)
    if first or re.search(_SELF, asked, re.IGNORECASE):
        return detail
    return detail if detail == "quotes" and not _BARE.search(asked) else None  # "The title?" may be that of a book just named


def about(question: str, article: Article, first: bool = True) -> str | None:
    """The answer from the article's own data. None: it is no such question, or the text must be read for it.

    Who wrote it may be said in its text, if nowhere else, and who is quoted is in there: see `quoted`.
    """
    match detail_of(question, first):
        case "title":
            return f"The title is “{article.title}”." if article.title else "The article carries no title."
        case "date":
            return f"The article is dated {article.date}." if article.date else "The article carries no date."
        case "source":
            return f"The source given: {article.source}" if article.source else "The article carries no source."
        case "author":
            return f"The article is by {article.author}." if article.author else None
        case "language":
            return _language(article.language)
        case "length":
            return _length(article)
        case _:
            return None


def as_question(asked: str) -> str:
    """An order to tell of something, as the question that it comes to: small models read questions. Others are left as they are."""
    ordered = _ORDERED.fullmatch(_without_opening(_plain(asked)))
    return f"What is said about {ordered['what']}?" if ordered else asked


def prose(article: Article) -> tuple[int, ...]:
    """Positions of the sentences that are no headings."""
    headings = {
        position for block in article.blocks if block.kind == "heading" for position in article.sentences_in(Span(*block[:2]))
    }
    return tuple(position for position in range(len(article.sentences)) if position not in headings)


def quoted(article: Article) -> tuple[int, ...]:
    """Positions of the sentences with direct speech: three words or more between quotation marks, within a paragraph."""
    spoken: set[int] = set()
    for block in article.blocks or (Span(0, len(article.text)),):
        for match in _SPEECH.finditer(article.text[block[0] : block[1]]):
            group = match.lastindex or 0
            if len(_WORD.findall(match[group])) >= _LEAST_SPOKEN:
                spoken.update(article.sentences_in(Span(block[0] + match.start(group), block[0] + match.end(group))))
    return tuple(sorted(spoken))


def _plain(question: str) -> str:
    """On one line, without the marks around it, "what's" written out."""
    line = " ".join(question.replace("’", "'").split())
    line = re.sub(r"^\W+|(?:\W|\bplease\b)+$", "", line, flags=re.IGNORECASE)
    return re.sub(r"\b(wh(?:o|at|en|ere)|how)'s\b", r"\1 is", line, flags=re.IGNORECASE)


def _without_opening(question: str) -> str:
    while match := _OPENING.match(question):
        question = question[match.end() :]
    return question


def _asks_for_several(question: str) -> bool:
    if _COUNTED.match(question):
        return True
    if opening := _ORDER.match(question) or _WHAT_ARE.match(question):
        return _opens_with_plural(question[opening.end() :])
    if which := _WHICH.match(question):
        nouns = _SORT_OF.sub("", which[1]).split(" of ")[0].split()
        return bool(nouns) and _is_plural(nouns[-1]) and which[2].lower() not in _SINGULAR
    words = question.split()
    return len(words) > 2 and words[0].lower() == "which" and _is_plural(words[1])  # Which countries border Syria?


def _opens_with_plural(words: str) -> bool:
    """Whether a plural comes soon, and what follows it belongs to it: "the main reasons for", not "the bands known for"."""
    rest = words
    for word in words.split()[:4]:
        rest = rest[len(word) :].lstrip()
        if _is_plural(word.strip(",")):
            return word.endswith(",") or bool(_AFTER_NOUN.match(rest))
    return False


def _is_plural(word: str) -> bool:
    if word in _IRREGULAR:
        return True
    return word.islower() and len(word) > 3 and word not in _NO_PLURALS and bool(re.search(r"[^sui']s$", word))


def _language(code: str) -> str:
    """As marked: a loader that does not know an article's language leaves the default."""
    return f"The article is marked as {NAMES.get(code, f'“{code}”')}." if code else "The article is not marked with a language."


def _length(article: Article) -> str:
    words, sentences, minutes = article.words, len(prose(article)), max(1, round(article.words / WORDS_A_MINUTE))
    return f"The article has {_counted(words, 'word')} in {_counted(sentences, 'sentence')}: about {_counted(minutes, 'minute')} to read."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
