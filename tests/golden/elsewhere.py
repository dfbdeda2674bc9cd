"""What the weights of `agents.acceptance` are worth over pages that they were not fitted on.

`python -m tests.golden.elsewhere FOLDER`, FOLDER being a collection as `manage.py evaluate_retrieval` takes it, with one page for each
question. It is asked in the scratch knowledge base: its questions; the same while their page is taken away; and the answerable
development questions about this product, which its pages know nothing of.
"""

import json
import sys
from pathlib import Path

import django

django.setup()

import numpy as np  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402

from agents import acceptance, extractive, intents  # noqa: E402
from agents.evaluation.questions import read  # noqa: E402
from knowledge import retrieval  # noqa: E402
from knowledge.audience import EVERYTHING  # noqa: E402
from knowledge.evaluation import collection, run, scratch  # noqa: E402
from knowledge.models import Article  # noqa: E402
from tests.golden import FOLDER  # noqa: E402


def judge(question: str, names: dict) -> tuple[float, set[str]]:
    """How sure the engine is that what it found answers the question, and the pages that it would cite."""
    found = retrieval.search(question, EVERYTHING)
    ranked = extractive.weigh(question, found.passages[: extractive.CANDIDATES])
    cited = {names[source.passage.article_id] for source in extractive.sources(ranked)}
    return acceptance.confidence(extractive.signs(ranked, found)), cited


def without_its_page(query: collection.Query, names: dict) -> float:
    """How sure it is when nothing can be right."""
    page = Article.objects.filter(external_id__in=query.relevant)
    page.update(status=Article.Status.ARCHIVED)
    sure, _ = judge(query.text, names)
    page.update(status=Article.Status.PUBLISHED)
    return sure


def main() -> None:
    """Ask them all and print the figures."""
    tests = collection.read(Path(sys.argv[1]))
    product = [one.question for one in read(FOLDER / "dev") if one.articles and intents.recognise(one.question) is None]
    with scratch.knowledge_base():
        run.store(tests, lambda done: None)
        run.embed(lambda done: None)
        names = dict(Article.objects.values_list("pk", "external_id"))
        asked = [(*judge(query.text, names), query.relevant) for query in tests.queries]
        gone = np.array([without_its_page(query, names) for query in tests.queries])
        other = np.array([judge(question, names)[0] for question in product])
    known = np.array([sure for sure, _, _ in asked])
    right = np.array([bool(cited & set(relevant)) for _, cited, relevant in asked])

    def area(unknown: np.ndarray) -> float:
        return float(roc_auc_score([1] * len(known) + [0] * len(unknown), [*known, *unknown]))

    figures = {
        "cited rightly": right.mean(),
        "given, and rightly": (right & (known >= acceptance.LEAST)).mean(),
        "area without their page": area(gone),
        "area of another product": area(other),
        "declined without their page": (gone < acceptance.LEAST).mean(),
        "declined of another product": (other < acceptance.LEAST).mean(),
    }
    counted = {"pages": len(tests.documents), "questions": len(known), "of another product": len(other)}
    print(json.dumps(counted | {name: round(float(value), 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
