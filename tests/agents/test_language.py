"""Fixed texts are in the customer's language, or the inbox's where that is its rule."""

from dataclasses import replace

import pytest

from agents import language, prompts, texts
from agents.turn import Utterance
from support import actions, context, notices
from support.models import Message
from tests.agents.conftest import context_of
from tests.support.conversations import ask as write
from tests.support.conversations import new_place


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("How do I get a refund?", "en"),
        ("Wie bekomme ich mein Geld zurück?", "de"),
        ("wo ist mein paket", "de"),
        ("¿Cuánto tarda el envío?", "es"),
        ("donde esta mi pedido", "es"),
        ("où est mon colis", "fr"),
        ("je veux annuler", "fr"),
        ("10023", None),
        ("iPhone 15 Pro", None),
        ("", None),
    ],
)
def test_detection(text, code):
    assert language.detect(text) == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"question": "Wo ist mein Paket?"}, "de"),
        ({"question": "10023", "history": (Utterance("customer", "Wo ist mein Paket?"),)}, "de"),
        ({"question": "10023", "locale": "fr-CH"}, "fr"),
        ({"question": "10023", "locale": "nl"}, "en"),
        ({"question": "Wo ist mein Paket?", "locale": "es", "fixed_language": True}, "es"),
    ],
    ids=["question", "history", "page", "unknown", "fixed"],
)
def test_of_a_turn(fields, code):
    """Red when `of` looks at the locale alone, and when it does not look at the inbox's rule."""
    assert language.of(context_of(**fields)) == code


async def test_an_honest_i_dont_know_in_german(ask, refunds):
    turn = await ask("Wie wird das Wetter morgen auf dem Mars und wer hat es bestellt?")
    assert turn.reply.text == texts.say("dont_know", "de")


async def test_the_model_is_told_the_rule(provider, marker, ask, knowledge):
    await ask(f"Wo ist mein Paket geblieben, bitte? {marker}")
    await ask(f"Wo ist mein Paket geblieben, bitte? {marker}", locale="nl", fixed_language=True)
    free, fixed = (request["messages"][0]["content"] for request in provider.calls(marker))
    assert "Answer in the customer's language." in free
    assert "Answer in Dutch, whatever language the customer writes in." in fixed


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "locale", "fixed"), [("customer", "de", False), ("inbox", "fr", True)])
def test_the_inboxs_rule_comes_with_the_turn(rule, locale, fixed):
    """Red when `load` does not hand the rule on. The conversation's page is in German, the inbox French."""
    place = replace(new_place(locale="fr", reply_language=rule), locale="de")
    turn = context.load(write(place).run)
    assert (turn.locale, turn.fixed_language) == (locale, fixed)


@pytest.mark.django_db
def test_notices_follow_the_page():
    """Red when `add_notice` gives no locale."""
    place = replace(new_place(), locale="de-AT")
    write(place)
    actions.close(place.conversation)
    [notice] = Message.objects.filter(conversation=place.conversation, notice="closed")
    assert notice.text == "Diese Unterhaltung wurde geschlossen. Schreiben Sie, um sie wieder zu öffnen."


def test_every_text_is_there_in_every_language():
    """Red when a translation is missing, or has other places than the original."""
    for table in (texts._TEXTS, notices._TEXTS):
        for said in table.values():
            assert set(said) == set(language.LANGUAGES)
            assert len({text.count("{") for text in said.values()}) == 1


def test_the_prompt_names_no_language_of_its_own():
    assert prompts.SYSTEM.count("{language}") == 1
