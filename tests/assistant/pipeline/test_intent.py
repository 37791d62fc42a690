"""Intents, and questions about the article that its metadata answers."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.pipeline.query.article_facts import (
    answer_from_metadata,
    find_body_sentences,
    find_sentences_with_speech,
)
from assistant.pipeline.query.intent import (
    Intent,
    MetadataField,
    classify_intent,
    find_requested_metadata,
    rewrite_order,
)
from index.text.article import Article
from index.text.spans import Block, Span

pytestmark = pytest.mark.unit

TEXT = (
    "The Old Bridge of Lund was closed on Monday. Engineers had found cracks in it. "
    "It will open again in spring."
)
BRIDGE = Article.from_text(
    TEXT, "The Old Bridge closes", date="2024-03-05", source="https://lund.example/bridge"
)
BARE = Article.from_text("One word.", language="")

METADATA_QUESTIONS: dict[MetadataField, list[str]] = {
    "title": [
        "What is the article's title?", "What’s the title of this article?", "title?",
        "Tell me the headline", "Hi! What is this text called?",
        "Can you tell me what the title of the article is", "What is the name of the article?",
    ],
    "date": [
        "When was this published?", "When was the article written?", "What date was it published?",
        "How old is this article?", "What is the date of the article?",
        "Do you know when this article was published?", "what is its publication date",
    ],
    "source": [
        "What is the source of this article?", "Where is this article from?",
        "Who published this article?", "Where was it published?",
    ],
    "language": [
        "What language is it in?", "In which language is the article written?",
        "Do you know what language this is in?", "What is the language of this text?",
    ],
    "length": [
        "How long is the article?", "Can you tell me how long this article is?",
        "How many words does this article have?", "How long does it take to read this?",
        "What is the word count?", "How many sentences are there in the article?",
        "HOW LONG IS THE ARTICLE", "What is the reading time, please?",
    ],
    "author": [
        "Who wrote this article?", "Who is the author?", "Please tell me who wrote this",
        "Who are the authors of this paper?",
    ],
    "quotes": [
        "Who is quoted?", "Who's quoted in the article?",
        "Which people are quoted in this article?", "Who does the article quote?",
        "Show me the quotes", "List all direct quotes in the article",
    ],
}  # fmt: skip

INTENT_QUESTIONS: dict[Intent, list[str]] = {
    "greeting": [
        "Hello", "hi!", "Hey there", "Good morning!", "Hello, how are you?", "Guten Tag", "Hallo!",
        "¡Hola!", "Buenos días", "Bonjour", "Salut !", "HELLO 👋", "Who are you?",
        "What can you do?", "Grüß Gott",
    ],
    "thanks": [
        "Thanks", "Thank you very much!", "thx", "ok thanks", "Great, thank you for your help!",
        "Hi, thanks", "Danke schön", "Vielen Dank!", "Muchas gracias", "¡Gracias!",
        "Merci beaucoup", "Bye", "Perfect.", "Thanks a lot, bye!", "Merci, au revoir",
    ],
    "summary": [
        "Summarise the article", "summarize", "What is this about?", "What's the article about?",
        "What are the main points?", "tl;dr", "TLDR please",
        "Give me a short summary of this article",
        "Can you summarize this text for me in three sentences?", "Sum it up",
        "List the key points", "Hello, please summarise this.", "What is the gist of it?",
        "What does the article say?", "Tell me about this article",
        "What is the most important fact in this article?",
        "Could you please give me a quick overview?", "Summary", "Describe the article",
    ],
    "list": [
        "Which districts were taken?", "List the countries", "Name all bridges in Lund",
        "What are the reasons for the closure?", "What were the main causes?",
        "Which countries border Syria?", "What kinds of weapons do they use?",
        "Can you list the towns mentioned?", "Tell me the names of the engineers",
        "Name three towns.", "What companies did he found?", "Which people have fled?",
        "And which bridges are open?", "Give me all reasons",
    ],
    "yes-no": [
        "Did the bridge close?", "Is it open?", "Was it closed on Monday?", "Are they safe",
        "Has anyone been hurt?", "Can you cross it?", "Is it true that it fell?", "Isn't it old?",
        "Do you know if it is open?", "Hello, did it close?", "Was that a surprise?",
        "Will Lund pay?", "Do you know Lund?", "True or false: the bridge is open",
        "Can you tell me whether it is open?", "Does the article say that it is old?",
    ],
    "fact": [
        "Who was evacuated?", "Hello, who was evacuated?", "Can you tell me who closed it?",
        "Do you know when it was closed?", "Why?", "And then?",
        "Does the article say why it was closed?", "Thanks. And who paid?",
        "How many people live there?", "What is the population?", "Name the mayor",
        "Which bridge was closed?", "What was closed?", "bridge", "Was ist passiert?",
        "Was kostet die Brücke?", "Wer hat sie gebaut?", "If it is closed, how do people cross?",
    ],
}  # fmt: skip

REQUESTS = {
    "Describe the siege of Lund.": "What is said about the siege of Lund?",
    "Please tell me about the Old Bridge": "What is said about the Old Bridge?",
    "Could you explain the mayor's role?": "What is said about the mayor's role?",
    "Explain to me “the crossing”.": "What is said about the crossing?",
    "I would like to know more about Ana Ruiz": "What is said about Ana Ruiz?",
    "Give me some details on the ferry, please.": "What is said about the ferry?",
}  # fmt: skip
NO_REQUESTS = [
    "Explain why the bridge was closed.", "Tell me who closed it.", "Describe how it was built",
    "Tell me about when it was closed", "What is said?", "How do they describe the bridge?",
    "Name the bridges.", "Explain that.", "Describe", "Who told the mayor about it?",
    "Beschreibe die Brücke.",
]  # fmt: skip

# Questions about the content, in words that are about the article itself in other questions.
CONTENT_QUESTIONS = [
    "When was the report published?", "Who wrote the report?", "What is the title of his novel?",
    "Who published the photographs?", "How long is the bridge?", "How long is the siege?",
    "What language do they speak in Lund?", "In what language is the treaty written?",
    "When was the bridge built?", "What is the source of the river?", "What does the report say?",
    "Who is quoted as saying that the bridge is safe?", "Who wrote the article that he cites?",
    "When was this bridge opened?", "What is the law about?", "What are the main problems?",
    "What is the main river?", "What is the article of the law that forbids it?",
    "Summarise the dispute between the towns", "What does Article 34 say?",
    "Which article forbids it?", "How many words did he say?", "What is the date of the attack?",
    "Hello Kitty was made by whom?", "Who said hello?", "Who did he thank?",
    "Thanks to whom did it open?", "What is the summary of the court's ruling?",
    "Where is it from?", "What are the key facts in the mayor's case?",
    "Summarise it in light of the war", "How long is it?", "What is the language of Lund?",
    "Where was this article of clothing made?", "Who are you quoting when you say it is safe?",
]  # fmt: skip


# (question, kind for an English article, kind for a German article)
WAS_QUESTIONS: list[tuple[str, Intent, Intent]] = [
    ("Was rettete die Feuerwehr?", "fact", "fact"),
    ("Was muss man tun, um das Land zu verlassen?", "fact", "fact"),
    ("Was an der Brücke ist neu?", "fact", "fact"),
    ("Was verlor Jan Holt?", "yes-no", "fact"),
    ("Was fand man?", "yes-no", "fact"),
    ("Was the bridge closed?", "yes-no", "yes-no"),
    ("Was egypt a part of the empire?", "yes-no", "yes-no"),
    ("Was Anna late?", "yes-no", "yes-no"),
    ("Was he there?", "yes-no", "yes-no"),
]


@pytest.mark.parametrize(("question", "english", "german"), WAS_QUESTIONS)
def test_was_question_is_read_in_its_language(
    question: str, english: Intent, german: Intent
) -> None:
    assert classify_intent(question, languages=["en"]) == english
    assert classify_intent(question, languages=["de"]) == german


@pytest.mark.parametrize(
    ("question", "kind"),
    [(question, kind) for kind, questions in INTENT_QUESTIONS.items() for question in questions],
)
def test_classify_intent_returns_intent(question: str, kind: Intent) -> None:
    assert classify_intent(question) == kind


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        (question, detail)
        for detail, questions in METADATA_QUESTIONS.items()
        for question in questions
    ],
)
def test_metadata_question_is_recognized(question: str, detail: MetadataField) -> None:
    assert find_requested_metadata(question) == detail
    assert classify_intent(question) == "about"


@pytest.mark.parametrize("question", CONTENT_QUESTIONS)
def test_content_question_is_not_metadata(question: str) -> None:
    assert classify_intent(question) in ("fact", "list", "yes-no")
    assert answer_from_metadata(question, BRIDGE) is None


@pytest.mark.parametrize(
    "question",
    [
        question
        for questions in [*METADATA_QUESTIONS.values(), INTENT_QUESTIONS["summary"]]
        for question in questions
    ],
)
def test_qualified_question_is_about_content(question: str) -> None:
    assert classify_intent(f"{question.rstrip('?!. ')} according to the mayor") not in (
        "about",
        "summary",
        "greeting",
        "thanks",
    )


@pytest.mark.parametrize(
    "question",
    [
        "When was it published?",
        "What is this about?",
        "Summarise it",
        "Who wrote it?",
        "title?",
        "What is the word count?",
    ],
)
def test_bare_pronoun_is_article_in_first_question_only(question: str) -> None:
    assert classify_intent(question) in ("about", "summary")
    assert classify_intent(question, first=False) not in ("about", "summary")


@pytest.mark.parametrize(
    "question",
    [
        "When was this article published?",
        "Summarise the article",
        "tl;dr",
        "Who is quoted in the article?",
        "Who is quoted?",
        "What are the main points?",
    ],
)
def test_named_article_is_recognized_in_any_turn(question: str) -> None:
    assert (
        classify_intent(question, first=False) == classify_intent(question) in ("about", "summary")
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the title?", "The title is “The Old Bridge closes”."),
        ("When was this published?", "The article is dated 2024-03-05."),
        ("Where is this article from?", "The source given: https://lund.example/bridge"),
        ("What language is it in?", "The article is marked as English."),
        (
            "How long is the article?",
            "The article has 21 words in 3 sentences: about 1 minute to read.",
        ),
        ("Who wrote this article?", None),
        ("Who is quoted?", None),
        ("When was the bridge closed?", None),
    ],
)
def test_metadata_answer_is_from_article(question: str, answer: str | None) -> None:
    assert answer_from_metadata(question, BRIDGE) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the title?", "The article carries no title."),
        ("When was this published?", "The article carries no date."),
        ("Where is this article from?", "The article carries no source."),
        ("What language is it in?", "The article is not marked with a language."),
        (
            "How many words does the article have?",
            "The article has 2 words in 1 sentence: about 1 minute to read.",
        ),
    ],
)
def test_metadata_answer_states_missing_field(question: str, answer: str) -> None:
    assert answer_from_metadata(question, BARE) == answer


@pytest.mark.parametrize(("order", "question"), REQUESTS.items())
def test_rewrite_order_returns_question(order: str, question: str) -> None:
    assert rewrite_order(order) == question


@pytest.mark.parametrize("question", NO_REQUESTS)
def test_rewrite_order_keeps_other_text(question: str) -> None:
    assert rewrite_order(question) == question


def test_metadata_answer_author_only_if_known() -> None:
    for question in ("Who wrote this article?", "Who is the author?"):
        assert (
            answer_from_metadata(question, replace(BRIDGE, author="Jane Doe, Ana Ruiz"))
            == "The article is by Jane Doe, Ana Ruiz."
        )
        assert answer_from_metadata(question, BRIDGE) is None


def test_metadata_answer_unknown_language_is_code() -> None:
    assert (
        answer_from_metadata("What language is it in?", Article.from_text("Habari.", language="sw"))
        == "The article is marked as “sw”."
    )


def test_metadata_answer_reading_time_at_230_words() -> None:
    long = Article.from_text("It is so.\n\n" * 767)
    assert (
        answer_from_metadata("How long is the article?", long)
        == "The article has 2,301 words in 767 sentences: about 10 minutes to read."
    )


def test_body_sentences_exclude_headings() -> None:
    text = "The Old Bridge\n\nIt was closed. It will open again."
    article = Article.from_text(text, blocks=(Block(0, 14, "heading", 1), Block(16, len(text))))
    assert [
        article.slice(article.sentences[position]) for position in find_body_sentences(article)
    ] == [
        "It was closed.",
        "It will open again.",
    ]
    assert find_body_sentences(BRIDGE) == (0, 1, 2)


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("The mayor spoke. “We close it today,” she said. Nobody asked why.", (1,)),
        ('He said: "It is not safe." Then he left.', (0,)),
        ("„Wir schließen sie heute“, sagte sie. Niemand fragte.", (0,)),
        ("« On la ferme aujourd'hui », dit-elle. Personne ne répondit.", (0,)),
        ("»Wir schließen sie heute«, sagte sie. Niemand fragte.", (0,)),
        ("”Vi stänger den idag”, sade hon. Ingen frågade.", (0,)),
        ("They call it the “Old Bridge” and the “bridge”.", ()),
        ("It is 5'10\" high and 6'2\" wide at its end.", ()),
        ("Nobody said a word.", ()),
        ("“We close it today.\n\n“It is not safe at all,” she said.\n\nAll went.", (0, 1)),
        ('A stray " is of no harm.\n\nIt ends " with its paragraph.', ()),
    ],
)
def test_speech_sentences_are_found(text: str, positions: tuple[int, ...]) -> None:
    assert find_sentences_with_speech(Article.from_text(text)) == positions


def test_speech_over_sentences_includes_all() -> None:
    text = "She spoke. “Go home. It is not safe,” she said. All went."
    ends = [10, 20, 47, len(text)]
    article = Article(
        text,
        sentences=tuple(
            Span(start, end)
            for start, end in zip([0, *(end + 1 for end in ends)], ends, strict=False)
        ),
    )
    assert find_sentences_with_speech(article) == (1, 2)


WORDS = st.lists(
    st.sampled_from(
        [
            "hello",
            "thanks",
            "what",
            "is",
            "are",
            "the",
            "article",
            "this",
            "summarise",
            "main points",
            "in",
            "please",
            "tell me",
        ]
    )
)


@given(st.one_of(st.text(), WORDS.map(" ".join)), st.booleans())
def test_classify_intent_is_deterministic(question: str, first: bool) -> None:
    kind = classify_intent(question, first)
    assert kind == classify_intent(f"  {question}\n", first)
    assert (kind == "about") == (find_requested_metadata(question, first) is not None)
    assert answer_from_metadata(question, BRIDGE, first) is None or kind == "about"


@given(st.text(alphabet='ab .\n“”"«»„', max_size=80).filter(lambda text: "a" in text))
def test_speech_positions_are_valid_and_sorted(text: str) -> None:
    article = Article.from_text(text)
    assert set(find_sentences_with_speech(article)) <= set(range(len(article.sentences)))
    assert list(find_sentences_with_speech(article)) == sorted(find_sentences_with_speech(article))


@pytest.mark.parametrize(
    "piece",
    [
        "summarise in ",
        "please ",
        "hello ",
        "thanks and ",
        "what a ",
        "! ",
        "very ",
        "short",
        "in in ",
        "can you ",
        "the article's ",
    ],
)
def test_classify_intent_is_fast(piece: str) -> None:
    started = time.perf_counter()
    classify_intent(f"summarise it {piece * 300} x;y")
    classify_intent(f"{piece * 300} x;y")
    assert time.perf_counter() - started < 2
