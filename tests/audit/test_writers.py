"""Entries belong to the transaction of what they tell of, and writers do not wait for each other."""

import threading
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from config.common.audit import sealing, verifying
from config.common.audit.actions import Action
from config.common.audit.models import Entry, Link, Unsealed
from config.common.audit.trail import MAX_DETAILS_BYTES, record


def write(number: int = 0) -> None:
    record(Action.CONVERSATION_CLOSED, "conversation", number)


def test_outside_a_transaction_is_refused(transactional_db, nothing_noted):
    """Red when record does not ask for a transaction."""
    with pytest.raises(transaction.TransactionManagementError):
        write()


def test_a_rollback_leaves_none(transactional_db, nothing_noted):
    """Red when entries are written over another connection."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write()
        _ = 1 / 0
    assert (Entry.objects.count(), Unsealed.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "details",
    [{"text": "hello"}, {"email": "a@example.com"}, {"ratio": 0.5}, {"given": {"password": "x"}}],
    ids=["text", "email", "fraction", "nested"],
)
def test_what_must_not_be_kept_is_refused(db, details):
    """Red when _refuse is not called."""
    with pytest.raises(ValueError, match="audit details"):
        record(Action.CONVERSATION_CLOSED, "conversation", 1, **details)


def test_details_have_a_limit(db):
    fits = MAX_DETAILS_BYTES - len('{"given": ""}')
    record(Action.CONVERSATION_CLOSED, "conversation", 1, given="x" * fits)
    with pytest.raises(ValueError, match="longer than"):
        record(Action.CONVERSATION_CLOSED, "conversation", 1, given="x" * (fits + 1))


@contextmanager
def another_writer():
    """A transaction of somebody else, with an entry, that takes as long as the block; then it is committed."""
    written, finish = threading.Event(), threading.Event()

    def work():
        with transaction.atomic():
            write(1)
            written.set()
            assert finish.wait(30)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert written.wait(30)
    try:
        yield
    finally:
        finish.set()
        thread.join()


def test_nobody_waits_for_a_long_transaction(transactional_db, nothing_noted):
    """The slower one gets its place at its commit, behind what was begun later. Red when record takes the chain's lock."""
    with another_writer():
        with transaction.atomic():
            write(2)
        assert sealing.seal() == 1
        assert verifying.verify().fault == ""
    assert sealing.seal() == 1
    assert list(Link.objects.order_by("number").values_list("entry__object_id", flat=True)) == ["2", "1"]
    assert verifying.verify().fault == ""


def test_one_process_at_a_time_lengthens_the_chain(transactional_db, nothing_noted):
    """Red when _seal_batch does not take the lock: two would give the same number."""
    with transaction.atomic():
        write()
    held, finish = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            assert sealing.is_mine()
            held.set()
            assert finish.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(30)
    assert sealing.seal() == 0
    finish.set()
    other.join()
    assert sealing.seal() == 1


def test_many_writers_at_once(transactional_db, nothing_noted):
    def work():
        for number in range(10):
            with transaction.atomic():
                write(number)
            sealing.seal()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealing.seal()
    verdict = verifying.verify()
    assert (verdict.fault, verdict.end.number, verdict.waiting) == ("", 40, 0)
