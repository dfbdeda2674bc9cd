"""Several at the same moment: a code is taken once, and one is the first."""

import threading

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from config.common.errors import Conflict
from support.second_factor import changes, codes
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
