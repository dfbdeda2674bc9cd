"""`manage.py search`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from knowledge import ingestion
from knowledge.ingestion import Draft
from sessions_app.models import Inbox

pytestmark = pytest.mark.django_db

KINDS: dict[str, dict[str, Any]] = {"all": {}, "members": {"audience": "identified"}, "shop": {"tags": ["shop"]}}


def search(*arguments):
    out = StringIO()
    call_command("search", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def articles():
    for name, fields in KINDS.items():
        body = "## Dates\n\nMoney comes [red]back[/red] within 14 days.\x1b]0;x\x07"
        article, _ = ingestion.save(Draft(title=f"Refunds ({name})", body=body, status="published", **fields))
        ingestion.embed(article.pk)


def test_it_shows_a_table(articles):
    shown = search("When do I get a refund?", "--limit", "2")
    assert "Refunds (" in shown
    assert "› Dates" in shown
    assert "[red]back[/red]" in shown
    assert "\x1b" not in shown
    assert shown.splitlines()[-1].startswith("2 passages in ")


def test_json_is_the_apis(articles):
    answer = json.loads(search("When do I get a refund?", "--json", "--limit", "1"))
    assert set(answer) == {"results", "took_ms"}
    fields = {"article_id", "version", "chunk_id", "title", "url", "heading", "text", "score"}
    assert set(answer["results"][0]) == fields


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], {"all", "members", "shop"}),
        (["--anonymous"], {"all"}),
        (["--inbox", "shop"], {"all", "members", "shop"}),
        (["--inbox", "shop", "--anonymous"], {"all", "shop"}),
        (["--inbox", "blog"], {"all", "members"}),
    ],
)
def test_it_finds_what_the_customer_would(articles, arguments, names):
    Inbox.objects.create(key="shop", name="Shop", tags=["shop"])
    Inbox.objects.create(key="blog", name="Blog")
    results = json.loads(search("When do I get a refund?", "--json", *arguments))["results"]
    assert {passage["title"] for passage in results} == {f"Refunds ({name})" for name in names}


def test_an_empty_knowledge_base():
    assert search("When do I get a refund?") == "Nothing found.\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([""], "QUESTION must not be empty"),
        (["q" * 1001], "QUESTION has 1,001 characters; the limit is 1,000"),
        (["x", "--limit", "0"], "--limit must be a whole number from 1 to 50"),
        (["x", "--limit", "51"], "--limit must be a whole number from 1 to 50"),
        (["x", "--limit", "many"], "--limit"),
        (["x", "--inbox", "nope"], "There is no inbox 'nope'. Inboxes: none yet."),
    ],
)
def test_bad_arguments(arguments, problem):
    with pytest.raises(CommandError, match=problem):
        search(*arguments)
