"""Ask two articles the same question, each by itself, and show what each one says.

Run as `python examples/compare_articles.py`.
"""

from assistant import Article, Assistant

reports = [
    Article.from_text(
        "The harbour bridge opened on 4 May 2024. It cost 12 million euros, the city said.",
        "City news",
    ),
    Article.from_text(
        "The new bridge has two lanes. An auditor put its cost at 19 million euros.",
        "The auditor's report",
    ),
]

for report in reports:
    answer = Assistant.open(report).ask("How much did the bridge cost?")
    line = answer.quotes[0].text if answer.quotes else "does not say"
    print(f"{report.title}: {line}")
