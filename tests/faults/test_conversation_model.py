"""A conversation does what its model says, whatever is done to it in whatever order."""

import functools

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.conversation_machine import ConversationMachine
from tests.faults.sizes import sized


@sized(quick=(12, 15), full=(400, 50), minutes=90)
def test_anything_in_any_order(live, size):
    """Red when receive_message takes a client_id twice, claim does not move the epoch on, _reopen leaves the state,
    or Feed._durable forgets its cursor."""
    examples, steps = size
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        derandomize=examples < 100,  # the ordinary suite does the same each time
        suppress_health_check=list(HealthCheck),
    )
    machine = functools.partial(ConversationMachine, live)
    run_state_machine_as_test(machine, settings=profile)  # type: ignore[arg-type]
