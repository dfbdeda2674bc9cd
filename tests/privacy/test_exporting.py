"""An export has all that is kept of a person and nobody else, and none of what is for human agents only."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from support.models import Conversation, Message
from support.privacy import export, people
from tests.privacy.planting import plant

pytestmark = pytest.mark.django_db

# For human agents or the admin alone, or copies of what is there already.
PRIVATE = {"note for people", "keyword", "simulation", "log of the admin"}
PRIVATE |= {"response of a receiver", "error of a receiver", "log", "action argument"}


def document(planted) -> dict:
    return json.loads("".join(export.pieces(people.find(planted.customer.id))))


def test_all_that_is_kept_is_in_it(planted):
    """Red when a part is left out of `export_shapes`."""
    text = json.dumps(document(planted))
    missing = {where for where, canary in planted.texts.items() if canary not in text}
    assert missing == PRIVATE


def test_nothing_of_others_is_in_it(planted):
    """Red when a query of the export names no conversation."""
    plant("other")
    assert "other-" not in json.dumps(document(planted))


def test_who_answers_stays_private(planted):
    """Red when a fact says which account wrote it."""
    row = planted.conversation.memory
    row.slots["order"] |= {"by": "human", "author": 4711}
    row.save()
    assert "4711" not in json.dumps(document(planted))
    assert document(planted)["conversations"][0]["memory"]["facts"][0]["by"] == "human"


def test_the_form_is_as_documented(planted):
    told = document(planted)
    assert told["format"] == "replywell.customer/1"
    assert set(told) == {"format", "exported_at", "customer", "former_visitors", "sessions", "conversations"}
    [conversation] = told["conversations"]
    assert [one["seq"] for one in conversation["messages"]] == [1, 2]
    assert conversation["turns"][0]["tool_calls"][0]["tool"] == "order_state"


def test_it_is_made_in_pages(planted, monkeypatch):
    """Red when `_messages` asks for all at once, or loses some between two pages."""
    monkeypatch.setattr(export, "PAGE", 10)
    rows = [Message(conversation=planted.conversation, seq=seq, role="customer", text="x") for seq in range(3, 36)]
    Message.objects.bulk_create(rows)
    pieces = list(export.pieces(people.find(planted.customer.id)))
    [conversation] = json.loads("".join(pieces))["conversations"]
    assert [one["seq"] for one in conversation["messages"]] == list(range(1, 36))
    assert max(piece.count('"seq"') for piece in pieces) == 10


def test_what_is_removed_meanwhile_leaves_a_gap(planted):
    other = Conversation.objects.create(inbox=planted.inbox, customer=planted.customer)
    pieces = export.pieces(people.find(planted.customer.id))
    begun = next(pieces)
    other.delete()
    told = json.loads(begun + "".join(pieces))
    assert [one and one["id"] for one in told["conversations"]] == [str(planted.conversation.id), None]


def test_the_command_writes_a_file_for_its_owner_alone(planted, tmp_path):
    file = tmp_path / "customer.json"
    arguments = {"inbox": planted.inbox.key, "sub": planted.customer.sub}
    call_command("export_customer", output=file, stderr=StringIO(), **arguments)
    assert json.loads(file.read_text())["customer"]["id"] == str(planted.customer.id)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_customer", str(planted.customer.id), output=file)


def test_the_command_writes_to_standard_output(planted):
    out = StringIO()
    call_command("export_customer", str(planted.visitor.id), stdout=out)
    assert json.loads(out.getvalue())["customer"]["id"] == str(planted.customer.id)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Name the customer"),
        (["x", "--inbox", "i", "--sub", "s"], "Name the customer"),
        (["--sub", "s"], "Name the customer"),
        (["nonsense"], "is no id"),
        ([str(uuid.UUID(int=7))], "no such customer"),
        (["--inbox", "ib_canary", "--sub", "nobody"], "no customer 'nobody'"),
        (["--inbox", "nowhere", "--sub", "s"], "no inbox 'nowhere'"),
    ],
    ids=["nobody", "both", "no inbox", "no id", "unknown", "unknown sub", "unknown inbox"],
)
def test_bad_arguments(planted, arguments, problem):
    for command in ("export_customer", "erase_customer"):
        with pytest.raises(CommandError, match=problem):
            call_command(command, *arguments)


def test_redis_must_be_there(planted, away_after):
    with away_after(), pytest.raises(CommandError, match="Redis is away"):
        call_command("export_customer", str(planted.customer.id), stdout=StringIO())
