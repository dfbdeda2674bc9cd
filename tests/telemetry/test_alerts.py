"""The alerts and the dashboard: they can be read, each alert says what to do, and they ask for labels that there are."""

import json
import re

import pytest
import yaml
from prometheus_client import REGISTRY

from config.common import metrics
from tests.engines import ROOT

RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())["groups"][0]["rules"]
BOARD = json.loads((ROOT / "deploy/grafana/replywell.json").read_text())
TARGETS = [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", [])]
# What Prometheus adds by itself, and what histograms have.
GIVEN = {"job", "instance", "le"}


def labels() -> dict[str, set[str]]:
    """The labels of each metric, as they are declared."""
    declared = {name: set(names) for name, (_, names) in metrics.LOOKED_UP.items()}
    for metric in vars(metrics).values():
        if hasattr(metric, "_labelnames"):
            declared[metric._name] = set(metric._labelnames)
    return declared


def test_every_rule_is_whole():
    assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 15
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert re.fullmatch(r"\d+m", rule["for"])
        assert rule["annotations"]["summary"].endswith(".")


def test_every_rule_leads_to_what_to_do():
    """Red when an alert has no heading in its page."""
    for rule in RULES:
        file, anchor = rule["annotations"]["runbook_url"].split("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(), re.MULTILINE)
        assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("expression", [rule["expr"] for rule in RULES] + TARGETS, ids=lambda text: text[:40])
def test_an_expression_asks_for_what_there_is(expression):
    """Red with a metric or a label that is not declared, or a parenthesis too many."""
    for left, right in ("()", "{}", "[]"):
        assert expression.count(left) == expression.count(right)
    found = re.findall(
        r"\b(replywell_[a-z_]+?)(?:_total|_bucket|_count|_sum)?(?:\{([^}]*)\})?(?=[^a-z_]|$)", expression
    )
    assert found or expression.startswith("up{")
    declared, used = labels(), set(GIVEN)
    for name, matchers in found:
        used |= declared[name]
        assert set(re.findall(r"(\w+)[=!]~?", matchers)) <= declared[name]
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {name.strip() for name in grouped.split(",")} <= used


def test_every_counter_is_explained():
    """Red when a metric is not in the page about telemetry."""
    page = (ROOT / "docs/telemetry.md").read_text()
    for name in labels():
        assert name in page, name


def test_every_metric_is_named_as_prometheus_wants():
    for family in REGISTRY.collect():
        if family.name.startswith("replywell_"):
            assert family.documentation.endswith(".")
            assert re.fullmatch(r"replywell_[a-z_]+", family.name)
            assert family.type != "histogram" or family.name.endswith("_seconds")
