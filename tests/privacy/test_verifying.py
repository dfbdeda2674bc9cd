"""An erasure is verified by its manifest alone: whatever is left is named, wherever it is."""

import json
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from agents.models import ToolCall
from config.common import redis
from config.common.crypto import box
from knowledge.models import Article
from support.models import Erasure
from support.privacy import erasing, tables, verifying
from support.privacy.marks import Marks

pytestmark = pytest.mark.django_db


@pytest.fixture
def erasure(planted) -> Erasure:
    row = erasing.erase(planted.customer.id, "rita")
    row.refresh_from_db()
    return row


def verify(*arguments: str) -> dict:
    out = StringIO()
    with suppress(CommandError):
        call_command("verify_erasure", *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_nothing_is_left(erasure):
    told = verify(str(erasure.id))
    assert (told["good"], told["intact"], told["left"]) == (True, True, {})
    assert told["tables"] > 50


def test_an_id_is_found_however_it_is_written(erasure, planted):
    """Red when `_MARKED` looks for ids with hyphens only, or `any_in` for small letters."""
    call = {"call": "c", "tool": "t", "risk": "read", "arguments": {}, "state": "done", "took_ms": 1}
    ToolCall.objects.create(run=planted.run.id, **call)
    Article.objects.create(title=f"See {planted.customer.id.hex.upper()}.")
    redis.client().hset("any", "field", str(planted.conversation.id).upper())
    redis.client().rpush(f"of:{planted.run.id}", "x")
    redis.client().set("closed", box().encrypt(planted.visitor.id.hex.encode()))
    verified = verifying.verify(erasure)
    keys = {f"Redis {name}": 1 for name in ("any", f"of:{planted.run.id}", "closed")}
    assert verified.left == {"agents_toolcall.run": 1, "knowledge_article.title": 1} | keys
    assert not verified.good


def test_texts_are_looked_for_as_well(erasure):
    """Red when `_SAID` is left out."""
    Article.objects.create(title="Carla@Example.com wrote.")
    redis.client().set("note", "carla@example.com")
    told = verify("--text", "carla@example.COM")
    assert told["left"] == {"knowledge_article.title": 1, "Redis note": 1}


def test_a_changed_manifest_is_told(erasure):
    """Red when the digest is not compared."""
    Erasure.objects.update(by="nobody")
    told = verify()
    assert (told["good"], told["intact"], told["left"]) == (False, False, {})


def test_every_table_of_the_product_is_looked_through(db):
    """Red when `_COLUMNS` leaves a kind of text out."""
    from django.apps import apps
    from django.db import models

    kinds = (models.CharField, models.TextField, models.JSONField, models.UUIDField)
    wanted = {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if isinstance(field, kinds) and model._meta.managed
    }
    assert wanted <= {(table, column) for _, table, columns in tables.names() for column in columns}


def test_a_mark_tells_nothing_of_its_id(planted):
    ids = [planted.customer.id]
    one, other = Marks.of(ids), Marks.of(ids)
    assert one.known.isdisjoint(other.known)
    assert one.has(planted.customer.id)
    assert not one.has(planted.visitor.id)


def test_the_exit_code_says_so(erasure):
    """Red when the command counts nothing bad."""
    call_command("verify_erasure", stdout=StringIO())
    Erasure.objects.update(by="nobody")
    with pytest.raises(CommandError, match="1 of the erasures cannot be confirmed"):
        call_command("verify_erasure", stdout=StringIO())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [(["nonsense"], "an id is one of a manifest"), ([f"{'1' * 32}"], "no manifest"), (["--text", " "], "not be empty")],
    ids=["no id", "unknown", "empty text"],
)
def test_bad_arguments(db, arguments, problem):
    with pytest.raises(CommandError, match=problem):
        call_command("verify_erasure", *arguments)


def test_redis_must_be_there(erasure, away_after):
    with away_after(), pytest.raises(CommandError, match="Redis is away"):
        call_command("verify_erasure", stdout=StringIO())
