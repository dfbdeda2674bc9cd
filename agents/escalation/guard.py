"""A turn under its policy: judged before there is an answer, and once more with it."""

from dataclasses import replace

from agents import intents, language
from agents.escalation import deciding, offers, repeats
from agents.escalation.observing import Said, observe
from agents.escalation.rules import Action, Decision
from agents.escalation.snapshot import Answer
from agents.turn import Escalate, Reply, TurnContext, Usage, Utterance


class Guard:
    """One turn's. Rules decide, whatever the prompt says."""

    def __init__(self, context: TurnContext) -> None:
        self._context = context
        self._said = said_since_people(context.history)

    def before(self) -> Decision | None:
        """What is decided before there is an answer. Blocks."""
        failed = self._context.outcome is not None and not self._context.outcome.succeeded
        circumstances = self._context.circumstances
        circumstances = replace(circumstances, failed_calls=circumstances.failed_calls + failed)
        self._snapshot = observe(self._context.policy, self._context.question, self._said, circumstances)
        return deciding.decide(self._context.policy, self._snapshot)

    def after(self, reply: Reply) -> Reply | Escalate:
        """The answer as it may be given: as it is, with the offer of a person, refused, or not at all."""
        if reply.request is not None:
            return reply
        answer = answer_of(self._context.question, reply, self._said, reply.failed_calls)
        seen = replace(self._snapshot, answer=answer)
        decision = deciding.decide(self._context.policy, seen)
        if decision is None:
            return reply
        if deciding.ends(decision):
            return verdict(decision)
        text = reply.text
        # What is given word for word gets nothing added.
        if decision.rule.action is Action.OFFER and reply.engine != "curated" and not self._offers(text):
            text = f"{text}\n\n{offers.offer(decision.rule.text, language.of(self._context))}"
        return replace(reply, text=text, decided=decision)

    def _offers(self, text: str) -> bool:
        return offers.made(text, self._context.policy)


def answer_of(question: str, reply: Reply, said: Said, failed_calls: int) -> Answer:
    """What rules look at of an answer. A fixed text, and small talk, claim nothing."""
    claims = reply.engine != "curated" and intents.recognise(question) is None
    confidence = reply.confidence if claims else None
    return Answer(reply.answered, confidence, repeats.of_agent(reply.text, said.by_agent), failed_calls)


def verdict(decision: Decision) -> Reply | Escalate:
    """How a turn ends that a decision `ends`."""
    if decision.rule.action is Action.ESCALATE:
        return Escalate(decision.rule.reason, decided=decision)
    return Reply(decision.rule.text, (), "curated", Usage(), decided=decision)


def said_since_people(history: tuple[Utterance, ...]) -> Said:
    """What the customer and the agent said after a human agent last did: with people everything begins anew."""
    last = max((place for place, one in enumerate(history, 1) if one.role == "human"), default=0)
    return Said(
        [one.text for one in history[last:] if one.role == "customer"],
        [one.text for one in history[last:] if one.role == "assistant"],
    )
