"""Test that answers of small and capable models show only what the evidence supports."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant import Article, InputError
from assistant.answer.quote import NOT_STATED
from assistant.models import Model
from assistant.pipeline.pipeline import PipelineInput
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from tests.assistant.fakes import (
    KeywordReader,
    get_script,
    make_capable_model,
    make_pipeline,
    make_scoring_model,
    make_small_model,
)
from tests.assistant.pipeline.questions import (
    ANSWER_PIECES,
    OPENED,
    QUESTION,
    ask,
    join_text,
    list_steps,
)

# ---- a small model


def test_small_model_writes_one_sentence(bridges: Library, bridge: Article) -> None:
    events, answer = ask(make_pipeline(bridges, bridge, model=make_small_model(*ANSWER_PIECES)))
    assert list_steps(events) == [
        "searching",
        "reading",
        "QuotesFound",
        "writing",
        "TextDelta",
        "checking",
        "Answer",
    ]
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED]
    assert (answer.model, answer.notes) == ("fake:small", ())
    assert answer.text.startswith(join_text(events))


@pytest.mark.parametrize(
    "pieces",
    [
        ("\n\nMayor Ana Ruiz opened it.",),
        ("Mayor Ana Ruiz opened it. \n",),
        tuple(" Ana Ruiz did. "),
    ],
)
def test_whitespace_around_output_is_removed(
    bridges: Library, bridge: Article, pieces: tuple[str, ...]
) -> None:
    events, answer = ask(make_pipeline(bridges, bridge, model=make_small_model(*pieces)))
    assert answer.text == "".join(pieces).strip() + " [1]"
    assert answer.text.startswith(join_text(events))


@pytest.mark.parametrize(
    ("pieces", "lie"),
    [
        (("Mayor Ana Ruiz opened it in 19", "99", ", they say."), "1999"),
        (("Mayor Bob", "by Stone opened it."), "Bob"),
        (("It cost 9", "0 euros."), "90"),
        (("1999 is the year.",), "1999"),
        (("Mayor Ana Ruiz opened it in May 1998, with 40 guests",), "40"),
    ],
)
def test_unsupported_number_or_name_is_never_shown(
    bridges: Library, bridge: Article, pieces: tuple[str, ...], lie: str
) -> None:
    events, answer = ask(make_pipeline(bridges, bridge, model=make_small_model(*pieces)))
    assert lie not in join_text(events)
    assert lie not in answer.text
    assert answer.quotes_alone
    assert any(lie in note for note in answer.notes)


OBSERVED = (
    "The Syrian Observatory for Human Rights counted the dead. Some fled. Others stayed. "
    "A bakery is based in Aleppo. "
    "The UK-based Observatory for Human Rights said more. "
)


@pytest.mark.parametrize(
    ("read", "quoted", "text"),
    [
        ("bakery", "A bakery is based in Aleppo.", None),
        (
            "UK-based",
            "The UK-based Observatory for Human Rights said more.",
            "The Observatory for Human Rights is UK-based. [1]",
        ),
    ],
)
def test_unsupported_name_triggers_rewrite_from_top_candidate(
    minilm: MiniLM, tmp_path: Path, read: str, quoted: str, text: str | None
) -> None:
    article = Article.from_text(OBSERVED)
    question = "Where is the Syrian Observatory for Human Rights based?"
    false, right = (
        "The Syrian Observatory for Human Rights is based in Aleppo.",
        "The Observatory for Human Rights is UK-based.",
    )
    with closing(Library(tmp_path, minilm)) as library:
        library.add(article)
        model = make_scoring_model(false, probabilities=[0.96], names="4")
        get_script(model).then = (right,)
        _, answer = ask(
            make_pipeline(library, article, model=model, reader=KeywordReader(read)), question
        )
    assert quoted in [quote.text for quote in answer.quotes]
    if text:
        assert answer.text.startswith(text)
        assert answer.quotes[0].text == quoted
    else:
        assert answer.quotes_alone
        assert any("Syrian Observatory for Human Rights" in note for note in answer.notes)


@pytest.mark.parametrize(
    "output", ["Mayor Ana Ruiz never opened it.", "Mayor Ana Ruiz opened it with forty guests."]
)
def test_unsupported_claim_leaves_quotes(bridges: Library, bridge: Article, output: str) -> None:
    _, answer = ask(make_pipeline(bridges, bridge, model=make_small_model(output)))
    assert answer.quotes_alone
    assert answer.notes


@pytest.mark.parametrize(
    "pieces",
    [
        ("Not stated.",),
        ("Not", " stated"),
        tuple("Not stated."),
        ("“Not ", "stated.”"),
        ("**Not ", "stated**"),
    ],
)
def test_refusal_of_small_model_is_hidden(
    bridges: Library, bridge: Article, pieces: tuple[str, ...]
) -> None:
    events, answer = ask(make_pipeline(bridges, bridge, model=make_small_model(*pieces)))
    assert join_text(events) == ""
    assert "stated" not in answer.text.lower()
    assert answer.quotes_alone or not answer.answered


@pytest.mark.parametrize("pieces", [("",), (" ", "\n")])
def test_empty_output_of_small_model_leaves_quotes(
    bridges: Library, bridge: Article, pieces: tuple[str, ...]
) -> None:
    events, answer = ask(make_pipeline(bridges, bridge, model=make_small_model(*pieces)))
    assert join_text(events).strip() == ""
    assert answer.quotes_alone or not answer.answered


@pytest.mark.parametrize(
    "model",
    [
        make_small_model("Mayor Ana ", error=OSError("cut off")),
        make_small_model(error=OSError("cut off")),
        make_small_model(),
    ],
)
def test_failure_of_small_model_leaves_quotes(
    bridges: Library, bridge: Article, model: Model
) -> None:
    _, answer = ask(make_pipeline(bridges, bridge, model=model))
    assert answer.quotes_alone
    assert answer.notes


def test_invented_quotation_is_noted(bridges: Library, bridge: Article) -> None:
    _, answer = ask(
        make_pipeline(
            bridges,
            bridge,
            model=make_small_model("The mayor, “Mayor Ana Ruiz”, “opened it by mayor” in May."),
        )
    )
    assert answer.notes == ("“opened it by mayor” is not found in the article.",)
    assert [(phrase.words, phrase.status) for phrase in answer.quoted] == [
        ("Mayor Ana Ruiz", "verified"),
        ("opened it by mayor", "not found"),
    ]
    phrase = answer.quoted[0]
    assert (phrase.article_id, bridge.text[phrase.start : phrase.end]) == (
        bridge.id,
        "Mayor Ana Ruiz",
    )


def test_quotation_of_other_article_is_noted(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    words = "closed for one day"
    _, answer = ask(
        make_pipeline(
            bridges,
            bridge,
            model=make_small_model("Mayor Ana Ruiz, “closed for one day”, opened it in May."),
        )
    )
    assert (
        answer.notes[-1]
        == f"“{words}” is not in the article that was asked, but in “{volcano.title}”."
    )
    (phrase,) = answer.quoted
    assert (phrase.status, phrase.article_id) == ("elsewhere", volcano.id)
    assert volcano.text[phrase.start : phrase.end] == words


def test_citations_of_small_model_are_removed(bridges: Library, bridge: Article) -> None:
    chain = make_pipeline(
        bridges,
        bridge,
        model=make_small_model("Ana Ruiz opened it [2], in May 1998 [99]."),
        reader=KeywordReader("opened", "closed"),
    )
    _, answer = ask(chain)
    assert answer.text == "Ana Ruiz opened it, in May 1998. [1]"


def test_small_model_reads_whole_article_as_shared_prefix(
    bridges: Library, bridge: Article
) -> None:
    model = make_scoring_model(*ANSWER_PIECES, probabilities=[0.96, 0.96])
    ask(make_pipeline(bridges, bridge, model=model, whole=True))
    ask(make_pipeline(bridges, bridge, model=model, whole=True), "When was the Old Bridge opened?")
    first, _, _, second, *_ = get_script(model).prompts
    shared = first[: first.rindex("Question:")]
    assert second.startswith(shared)
    assert all(bridge.slice(sentence) in shared for sentence in bridge.sentences)


def test_small_model_writes_from_selection_only(bridges: Library, bridge: Article) -> None:
    model = make_small_model(*ANSWER_PIECES)
    ask(make_pipeline(bridges, bridge, model=model, whole=True))
    assert OPENED in get_script(model).prompts[-1]
    assert "flood of 2003" not in get_script(model).prompts[-1]


# ---- length

SPANNED = ('"Mayor Ana Ruiz"', ". Mayor Ana Ruiz opened it", " in May 1998.")


def test_short_answer_is_span_and_stops_model(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model(*SPANNED, probabilities=[0.96])
    events, answer = ask(
        make_pipeline(bridges, bridge, model=model), PipelineInput(QUESTION, length="short")
    )
    assert answer.text == "“Mayor Ana Ruiz” [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED]
    assert join_text(events) == ""
    assert get_script(model).ended == ["closed"]


@pytest.mark.parametrize("opening", ['"Mayor Bob Stone" ', ""])
def test_short_answer_without_valid_span_is_sentence(
    bridges: Library, bridge: Article, opening: str
) -> None:
    model = make_scoring_model(opening, *ANSWER_PIECES, probabilities=[0.96])
    events, answer = ask(
        make_pipeline(bridges, bridge, model=model), PipelineInput(QUESTION, length="short")
    )
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert answer.text.startswith(join_text(events))


def test_long_answer_appends_quotes(bridges: Library, bridge: Article) -> None:
    chain = make_pipeline(
        bridges,
        bridge,
        model=make_small_model(*ANSWER_PIECES),
        reader=KeywordReader("opened", "closed"),
    )
    _, answer = ask(chain, PipelineInput(QUESTION, length="long"))
    never = "The bridge never closed, not even in the flood of 2003."
    assert (
        answer.text == f"Mayor Ana Ruiz opened it in May 1998. [1]\n“{OPENED}” [1]\n“{never}” [2]"
    )
    assert answer.words == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED, never]
    assert [quote.number for _, quote in answer.citations] == [1, 1, 2]


def test_uncited_sentences_of_model_are_appended_as_quotes(
    bridges: Library, bridge: Article
) -> None:
    chain = make_pipeline(
        bridges,
        bridge,
        model=make_scoring_model(*ANSWER_PIECES, probabilities=[0.96], names="1][4"),
    )
    _, answer = ask(chain)
    appended = bridge.slice(bridge.sentences[3])
    assert answer.words == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED, appended]
    assert answer.text == f"{answer.words}\n“{OPENED}” [1]\n“{appended}” [2]"


@pytest.mark.parametrize(
    "output", [OPENED, "The Old Bridge of Lund was opened by Mayor Ana Ruiz, in May 1998."]
)
def test_repeated_sentence_is_shown_once(bridges: Library, bridge: Article, output: str) -> None:
    chain = make_pipeline(
        bridges, bridge, model=make_scoring_model(output, probabilities=[0.96], names="1][4")
    )
    _, answer = ask(chain)
    assert answer.quotes_alone
    assert [quote.text for quote in answer.quotes] == [OPENED, bridge.slice(bridge.sentences[3])]


def test_short_answer_quotes_cited_sentences_only(bridges: Library, bridge: Article) -> None:
    chain = make_pipeline(
        bridges,
        bridge,
        model=make_scoring_model(*ANSWER_PIECES, probabilities=[0.96], names="1][4"),
    )
    _, answer = ask(chain, PipelineInput(QUESTION, length="short"))
    assert (answer.text, [quote.text for quote in answer.quotes]) == (
        "Mayor Ana Ruiz opened it in May 1998. [1]",
        [OPENED],
    )


@pytest.mark.parametrize(
    ("length", "instruction"),
    [
        ("short", "Write one short sentence."),
        ("normal", "Write one to three short"),
        ("long", "Write up to six short"),
    ],
)
def test_prompt_of_capable_model_has_length(
    bridges: Library, bridge: Article, length: Any, instruction: str
) -> None:
    model = make_capable_model("Ana Ruiz opened it [1].")
    ask(make_pipeline(bridges, bridge, model=model), PipelineInput(QUESTION, length=length))
    assert instruction in get_script(model).prompts[0]


def test_unknown_length_raises_input_error(bridges: Library, bridge: Article) -> None:
    with pytest.raises(InputError, match="short, normal or long, not 'huge'"):
        make_pipeline(bridges, bridge).invoke(PipelineInput(QUESTION, length="huge"))  # type: ignore[arg-type]


# ---- a capable model


def test_capable_model_answers_and_cites_in_one_call(bridges: Library, bridge: Article) -> None:
    model = make_capable_model(
        "Ana Ruiz opened it [1", "]. It never closed, not even in 20", "03 [4]."
    )
    events, answer = ask(make_pipeline(bridges, bridge, model=model))
    assert list_steps(events) == [
        "searching",
        "reading",
        "writing",
        "TextDelta",
        "checking",
        "QuotesFound",
        "Answer",
    ]
    assert answer.text == "Ana Ruiz opened it [1]. It never closed, not even in 2003 [2]."
    assert [quote.text for quote in answer.quotes] == [
        OPENED,
        "The bridge never closed, not even in the flood of 2003.",
    ]
    assert answer.text.startswith(join_text(events))
    assert len(get_script(model).prompts) == 1


@pytest.mark.parametrize("ids", ["[99]", "[0]", "[99, 0, 123456789]"])
def test_unknown_id_is_no_citation(bridges: Library, bridge: Article, ids: str) -> None:
    _, answer = ask(
        make_pipeline(bridges, bridge, model=make_capable_model(f"Ana Ruiz opened it {ids} [1]."))
    )
    assert answer.text == "Ana Ruiz opened it [1]."


@pytest.mark.parametrize(
    "output", ["Ana Ruiz opened it.", "Ana Ruiz opened it [99].", "Ana Ruiz opened it [0][77]."]
)
def test_answer_without_citation_leaves_quotes(
    bridges: Library, bridge: Article, output: str
) -> None:
    _, answer = ask(make_pipeline(bridges, bridge, model=make_capable_model(output)))
    assert answer.quotes_alone
    assert answer.notes


def test_claim_that_cited_sentence_lacks_leaves_quotes(bridges: Library, bridge: Article) -> None:
    _, answer = ask(
        make_pipeline(
            bridges, bridge, model=make_capable_model("Ana Ruiz opened it in May 1998 [4].")
        )
    )
    assert answer.quotes_alone
    assert [quote.text for quote in answer.quotes] == [OPENED]


def test_swapped_roles_of_capable_model_leave_quotes(bridges: Library, bridge: Article) -> None:
    output = "The Old Bridge of Ruiz was opened by Mayor Ana Lund in May 1998 [1]."
    _, answer = ask(make_pipeline(bridges, bridge, model=make_capable_model(output)))
    assert answer.quotes_alone
    assert any("in each other's place" in note for note in answer.notes)


def test_invented_number_of_capable_model_is_never_shown(bridges: Library, bridge: Article) -> None:
    events, answer = ask(
        make_pipeline(
            bridges, bridge, model=make_capable_model("Ana Ruiz opened it [1] in 19", "77 [1].")
        )
    )
    assert "1977" not in join_text(events) + answer.text
    assert answer.quotes_alone


@pytest.mark.parametrize(
    "pieces", [(), ("",), (" \n",), ("<think>Who knows?</think>",), ("<think>Who", " knows?")]
)
def test_empty_output_of_capable_model_leaves_quotes(
    bridges: Library, bridge: Article, pieces: tuple[str, ...]
) -> None:
    _, answer = ask(make_pipeline(bridges, bridge, model=make_capable_model(*pieces)))
    assert answer.quotes_alone
    assert answer.notes == ("The model said nothing.",)


def test_thinking_of_model_is_hidden(bridges: Library, bridge: Article) -> None:
    pieces = ("<th", "ink>The 5th [3] says", " so.</thi", "nk>\n\nMayor Ana Ruiz", " did [1].")
    events, answer = ask(make_pipeline(bridges, bridge, model=make_capable_model(*pieces)))
    assert join_text(events) == answer.text == "Mayor Ana Ruiz did [1]."


@pytest.mark.parametrize("pieces", [("Not stated.",), tuple("Not stated.")])
def test_refusal_of_capable_model_abstains(
    bridges: Library, bridge: Article, pieces: tuple[str, ...]
) -> None:
    events, answer = ask(make_pipeline(bridges, bridge, model=make_capable_model(*pieces)))
    assert join_text(events) == ""
    assert not answer.answered
    assert answer.text == NOT_STATED


@pytest.mark.parametrize(
    "model",
    [
        make_capable_model("Ana Ruiz opened ", error=OSError("cut off")),
        make_capable_model(error=OSError("cut off")),
    ],
)
def test_failure_of_capable_model_leaves_quotes(
    bridges: Library, bridge: Article, model: Model
) -> None:
    _, answer = ask(make_pipeline(bridges, bridge, model=model))
    assert answer.quotes_alone
    assert answer.notes


def test_capable_model_cites_several_articles(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    model = make_capable_model(
        "".join(f"[{number}]" for number in range(1, 30)) + " Ana Ruiz opened it, Etna erupted."
    )
    _, answer = ask(
        make_pipeline(bridges, bridge, volcano, model=model),
        "Who opened the bridge, and where is Etna?",
    )
    assert {quote.title for quote in answer.quotes} == {"The Old Bridge", "Etna erupts"}
    assert len(answer.quotes) == len(bridge.sentences) + len(volcano.sentences)
