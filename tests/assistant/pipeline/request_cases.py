"""Three articles about the same subject, and questions of several kinds about them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BOARD",
    "COUNCIL",
    "FISHERS",
    "FOLLOWUPS",
    "KEY_SENTENCE_ORDERS",
    "PLAIN_QUESTIONS",
    "SEVERAL_ARTICLES",
    "Followup",
    "Rows",
]

BOARD = """# Quay repairs in Senn

By Lene Holt

The harbour board of Senn will repair both of its quays next year. The work was ordered after a \
barge broke through the planking in March 2022. Was that a surprise to anybody in the town?

## East quay

The east quay was built in 1911 for the coal trade. It will be closed from 3 April for ten weeks. \
The repair of the east quay costs 1.4 million euros. Its crane will be kept as a monument.

## West quay

The west quay was built in 1938 for the fishing fleet. It will be closed from 9 June for five \
weeks. The repair of the west quay costs 2.2 million euros. Its crane will be scrapped.

## Traffic

| Year | Ships | Passengers |
|---|---|---|
| 2020 | 310 | 12,400 |
| 2021 | 365 | 15,900 |
| 2022 | 402 | 18,300 |

Ivo Brandt, the harbour master, expects fewer ships during the repairs. “We will send the larger \
ones to Karrow,” said Brandt. Petra Voss, the mayor, wants the ferry to Ulm Island to go on all \
summer. Many of the stalls on the east quay have to move. Read more at https://senn.example/quays.
"""

COUNCIL = """# Council of Senn argues over its harbour

The town council spoke on Tuesday evening about the repair of the harbour. According to the \
treasurer, Arno Feld, the repair of the west quay will cost 2.9 million euros. He called the \
board's figure a guess from last autumn.

Councillor Mia Tarr wants both cranes to be kept for visitors. She said that the east quay was \
built in 1913 and not earlier, and showed a dated plan. The ferry to Ulm Island will stop for \
two weeks in June, the council decided by nine votes to four. Nobody spoke about the street \
lamps. The next meeting is on 14 November in the old school.
"""

FISHERS = """# Fishers of Senn write to the board

A petition of 140 fishers was handed to the harbour board on Friday. They ask for a later start \
of the work. The letter says that the east quay will be closed from 10 April, a week before the \
herring market. Larger boats would have to sell their fish in Karrow, which has no cold store.

Jonna Reuss, who leads the fishers' guild, called the plan careless. But it can be mended with \
some good will, in her view. The board has promised an answer by the end of the month.
"""


@dataclass(frozen=True)
class Rows:
    """A question to all three articles, and words of the right quote by article."""

    question: str
    words: dict[str, str]


SEVERAL_ARTICLES = (
    Rows("How much does the repair of the west quay cost?",
         {"board": "2.2 million", "council": "2.9 million"}),
    Rows("Who is the harbour master?", {"board": "Ivo Brandt"}),
    Rows("When will the east quay be closed?", {"board": "3 April", "fishers": "10 April"}),
    Rows("What do they say about the cranes?", {"board": "crane", "council": "both cranes"}),
    Rows("Do they agree on the cost of the west quay?",
         {"board": "2.2 million", "council": "2.9 million"}),
    Rows("Compare what the articles say about the ferry.",
         {"board": "Petra Voss", "council": "two weeks in June"}),
    Rows("Do the articles agree on when the east quay was built?",
         {"board": "1911", "council": "1913"}),
    Rows("What does each article say about Karrow?", {"board": "Karrow", "fishers": "Karrow"}),
    Rows("How many fishers signed the petition?", {"fishers": "140"}),
    Rows("How much do the new buses cost?", {}),
)  # fmt: skip

# An order, and the articles that it is about.
KEY_SENTENCE_ORDERS = (
    ("Summarise the article", ("board",)),
    ("tl;dr", ("council",)),
    ("Key points, please", ("fishers",)),
    ("Fasse den Artikel zusammen", ("board",)),
    ("Resume el artículo", ("council",)),
    ("Résume l'article", ("fishers",)),
    ("لخص المقال", ("board",)),
    ("Summarise the articles", ("board", "council", "fishers")),
    ("Fasse die Artikel zusammen", ("board", "council")),
    ("What are the key points of these articles?", ("council", "fishers")),
)


@dataclass(frozen=True)
class Followup:
    """A follow-up about the article of the board, the turn before it, and words of the answer."""

    question: str
    earlier: str
    answer: str
    words: str


FOLLOWUPS = (
    Followup("No, I meant the west quay.", "When will the east quay be closed?",
             "It will be closed from 3 April for ten weeks.", "9 June"),
    Followup("And in 2021?", "How many ships came in 2020?", "310 ships came in 2020.", "365"),
    Followup("What about the other one?", "When was the east quay built?",
             "The east quay was built in 1911 for the coal trade.", "1938"),
    Followup("And the mayor?", "Who is the harbour master?",
             "Ivo Brandt is the harbour master.", "Petra Voss"),
    Followup("And the passengers?", "How many ships came in 2022?", "402 ships.", "18,300"),
    Followup("Sorry, 2022.", "How many ships came in 2021?", "365 ships.", "402"),
    Followup("What happens to its crane?", "When will the west quay be closed?",
             "From 9 June for five weeks.", "scrapped"),
    Followup("Actually, I wanted to know the cost.", "When will the east quay be closed?",
             "It will be closed from 3 April for ten weeks.", "1.4 million"),
    Followup("And the west one?", "How much does the repair of the east quay cost?",
             "The repair of the east quay costs 1.4 million euros.", "2.2 million"),
    Followup("What does the mayor want?", "When was the east quay built?",
             "The east quay was built in 1911.", "ferry to Ulm Island"),
)  # fmt: skip

PLAIN_QUESTIONS = (
    "Who is the mayor?",
    "What broke the planking?",
    "When was the work ordered?",
    "Who is the harbour master?",
    "How much does the repair of the east quay cost?",
    "What does the mayor want?",
    "When was the west quay built?",
    "Which crane will be scrapped?",
    "How many ships came in 2021?",
    "Where will the larger ships go?",
    "What did the harbour master say?",
    "How long will the west quay be closed?",
)
