"""Search an article with the retriever alone: no language model, no answer, only passages.

Run as `python examples/search_passages.py`.
"""

from assistant.resources import default_resources
from index.loaders import BUNDLED_ARTICLE, load
from index.retrieval.hybrid import HybridRetriever

library = default_resources().library()
article = library.add(load(BUNDLED_ARTICLE))
retriever = HybridRetriever(library=library, article_ids=(article.id,), k=3)

for document in retriever.invoke("Who supports the government?"):
    start, end = document.metadata["start"], document.metadata["end"]
    assert document.page_content == article.text[start:end]
    print(f"{document.metadata['score']:.4f}  characters {start} to {end}: {document.page_content}")
