"""`manage.py erase_customer` asks first, and says what went."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sessions_app.models import Customer
from support.models import Conversation, Erasure

pytestmark = pytest.mark.django_db


def erase(planted, *arguments) -> str:
    out = StringIO()
    call_command("erase_customer", str(planted.customer.id), *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def typed(monkeypatch):
    """What is typed at the question."""

    def answer(text):
        def reply(prompt):
            if text is None:
                raise EOFError
            return text

        monkeypatch.setattr("builtins.input", reply)

    return answer


@pytest.mark.parametrize(("text", "problem"), [("yes", "Nothing was erased"), (None, "Add --yes")], ids=["yes", "eof"])
def test_without_the_word_nothing_goes(planted, typed, text, problem):
    """Red when `ask` takes any answer."""
    typed(text)
    with pytest.raises(CommandError, match=problem):
        erase(planted)
    assert Customer.objects.filter(id=planted.customer.id).exists()


def test_it_shows_what_goes_and_what_went(planted, typed):
    typed(" Erase ")
    said = erase(planted)
    row = Erasure.objects.get()
    assert "       2  messages\n" in said
    assert "       2  sessions\n" in said
    assert "       2  support_message\n" in said
    assert f"Manifest {row.id}, SHA-256 {row.digest}." in said
    assert row.by == "manage.py erase_customer"


def test_a_script_gets_the_manifest(planted):
    told = json.loads(erase(planted, "--yes", "--json"))
    row = Erasure.objects.get()
    assert (told["erasure"], told["digest"], told["removed"]) == (str(row.id), row.digest, row.removed)


def test_redis_must_be_there(planted, away_after):
    """Nothing goes while sessions would live on. Red when `erase` ends sessions after the rows have gone."""
    with away_after(), pytest.raises(CommandError, match="Redis is away"):
        erase(planted, "--yes")
    assert Customer.objects.filter(id=planted.customer.id).exists()
    assert Conversation.objects.get(id=planted.conversation.id).state != "closed"
