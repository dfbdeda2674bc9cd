"""Several at the same moment: a code is taken once, and one is the first."""

import threading

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import connection, transaction

from config.common.errors import Conflict
from support.roles import AGENTS, EDITORS
from support.second_factor import changes, codes
from support.single_sign_on import groups
from tests.knowledge.test_visibility_lock import waits_for_a_lock
from tests.signing_in.cast import code, member, with_app

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, do):
    """What came of each, on threads with connections of their own."""
    outcomes, start = [], threading.Barrier(count)

    def run(number):
        try:
            start.wait()
            outcomes.append(bool(do(number)))
        except Conflict:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_a_code_is_taken_once():
    """Red when accept does not lock the rows."""
    alice = member()
    with_app(alice)
    assert at_once(6, lambda _: codes.accept(alice.pk, code())) == [False] * 5 + [True]


def test_one_is_the_first():
    """Red when _lock does not lock the account."""
    alice = member()
    assert at_once(6, lambda number: changes.add_key(alice, f"Key {number}", {}, is_first=True)) == [False] * 5 + [True]
    assert Authenticator.objects.filter(user=alice, type="webauthn").count() == 1


def test_the_last_word_on_groups_holds(settings):
    """Not what two words give together. Red when put_into does not lock the account."""
    settings.OIDC_GROUPS = {AGENTS: frozenset({"support"}), EDITORS: frozenset({"writers"})}
    alice, done = member(), threading.Event()

    def last() -> None:
        try:
            groups.put_into(User.objects.get(pk=alice.pk), {EDITORS})
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=last)
    with transaction.atomic():
        groups.put_into(alice, {AGENTS})
        thread.start()
        while not (done.is_set() or waits_for_a_lock()):
            done.wait(0.01)
    thread.join()
    assert list(alice.groups.values_list("name", flat=True)) == [EDITORS]
