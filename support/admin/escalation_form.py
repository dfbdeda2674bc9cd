"""The form in which a policy's rules are written, in order."""

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet

from agents.escalation import parsing
from agents.escalation.parsing import BadRule
from agents.escalation.rules import REASONS, Action, Rule
from agents.escalation.triggers import TRIGGERS

ACTIONS = {
    Action.ESCALATE: "Hand over at once",
    Action.OFFER: "Answer, and offer a person",
    Action.ANSWER: "Keep answering",
    Action.REFUSE: "Refuse with a fixed text",
}
# As static/admin_console/words.js has them.
REASON_LABELS = {
    "customer_request": "The customer asked for a person",
    "missing_knowledge": "No article answers this",
    "unsupported_request": "The AI agent cannot do this",
    "policy_restriction": "Left to people by policy",
    "tool_failure": "A tool failed",
    "negative_sentiment": "The customer is unhappy",
    "loop": "The AI agent went in circles",
    "usage_limit": "A limit was reached",
}


class RuleForm(forms.Form):
    """One rule. Which parameters count depends on the trigger (agents.escalation.triggers)."""

    enabled = forms.BooleanField(label="Switched on", required=False, initial=True)
    name = forms.CharField(max_length=parsing.MAX_NAME, help_text="Traces and the queue show it.")
    trigger = forms.ChoiceField(
        label="When", choices=[("", "Choose …"), *((name.value, kind.label) for name, kind in TRIGGERS.items())]
    )
    amount = forms.IntegerField(label="How often, or how much", required=False)
    attribute = forms.CharField(label="Attribute", required=False, help_text="Such as plan, identified or locale.")
    words = forms.CharField(
        label="Words, one on each line", required=False, widget=forms.Textarea(attrs={"rows": 4, "cols": 40})
    )
    action = forms.ChoiceField(label="Then", choices=[(name.value, label) for name, label in ACTIONS.items()])
    reason = forms.ChoiceField(
        label="Reason",
        required=False,
        choices=[("", "The usual one"), *((name, REASON_LABELS[name]) for name in REASONS)],
    )
    text = forms.CharField(
        label="What the customer is told", required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 40})
    )

    def clean(self) -> dict[str, Any] | None:
        """Checked as everything is that becomes a rule; each problem at its field."""
        cleaned = super().clean() or {}
        try:
            self.rule = parsing.parse(cleaned | {"words": cleaned.get("words", "").splitlines()})
        except BadRule as bad:
            for name, problem in bad.fields.items():
                if name not in self.errors:
                    self.add_error(name, problem)
        return cleaned

    @staticmethod
    def initial_of(rule: Rule) -> dict[str, Any]:
        """What the form begins with."""
        names = ("enabled", "name", "trigger", "amount", "attribute", "action", "reason", "text")
        return {name: getattr(rule, name) for name in names} | {"words": "\n".join(rule.words)}


class RuleFormSet(BaseFormSet):  # type: ignore[type-arg]
    """The rules of a policy."""

    ordering_widget = forms.HiddenInput

    def in_order(self) -> list[forms.Form]:
        """The forms as they were put in order, also when something in them is wrong."""
        places = {form: form["ORDER"].value() for form in self.forms}
        return sorted(self.forms, key=lambda form: int(places[form]) if str(places[form]).isdecimal() else len(places))

    def rules(self) -> list[Rule]:
        """The rules in their order; only of a valid set."""
        return [form.rule for form in self.ordered_forms]


Rules = forms.formset_factory(
    RuleForm,
    formset=RuleFormSet,
    extra=0,
    can_order=True,
    can_delete=True,
    max_num=parsing.MAX_RULES,
    validate_max=True,
    absolute_max=parsing.MAX_RULES + 10,
)


def rules_form(data: Any = None, rules: tuple[Rule, ...] = ()) -> RuleFormSet:
    """The form with these rules, or with what was sent."""
    made = Rules(data, initial=[RuleForm.initial_of(rule) for rule in rules], prefix="rules")
    assert isinstance(made, RuleFormSet)
    return made


def takes() -> dict[str, dict[str, Any]]:
    """For the page's script: which parameters each trigger takes, and what they are called."""
    return {
        trigger.value: {
            "help": kind.help,
            "amount": list(kind.amount) if kind.amount else None,
            "unit": kind.unit,
            "words": kind.words,
            "attribute": kind.takes_attribute,
        }
        for trigger, kind in TRIGGERS.items()
    }


def described(rule: Rule) -> str:
    """A rule in a sentence."""
    kind = TRIGGERS[rule.trigger]
    details = [f"{rule.amount} {kind.unit}".strip()] if rule.amount is not None else []
    details += [rule.attribute] if rule.attribute else []
    details += [", ".join(rule.words[:8]) + (" …" if len(rule.words) > 8 else "")] if rule.words else []
    seen = f" ({'; '.join(details)})" if details else ""
    return f"{kind.label}{seen}: {ACTIONS[rule.action].lower()}"
