"""Ask an article two questions and print each quote with its place.

Run as `python examples/ask_article.py [FILE OR ADDRESS]`. Without an argument, the bundled
article is asked.
"""

import sys

from assistant import Assistant
from index.loaders import BUNDLED_ARTICLE

source = sys.argv[1] if len(sys.argv) > 1 else BUNDLED_ARTICLE
assistant = Assistant.open(source)

for question in ("Who has fled the fighting?", "Who won the world cup in 1998?"):
    answer = assistant.ask(question)
    print(f"{question}\n  {answer.text}")
    for quote in answer.quotes:
        article = assistant.article
        assert quote.text == article.text[quote.start : quote.end]
        print(f"  [{quote.number}] characters {quote.start} to {quote.end}: {quote.text}")
