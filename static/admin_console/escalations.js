import { h } from "../shared/dom.js";
import { escalationReason } from "./words.js";

const ACTIONS = { escalate: "Handed over", offer: "Offered a person", answer: "Kept answering", refuse: "Refused" };
const ORIGINS = { agent: "The AI agent asked for it", button: "Asked for with the button" };
const percent = (share) => `${Math.round(share * 100)} %`;

/** Why: each decision with the rule, the version and the values that led to it, the newest first. */
export function escalationsList(decisions) {
  const rows = decisions.map((one) => h("li", { "data-testid": "escalation" },
    h("span", { class: `rw-badge${one.action === "escalate" ? " is-warning" : ""}` }, ACTIONS[one.action] ?? one.action),
    ` at message ${one.seq}: ${escalationReason(one.reason)}`,
    h("p", { class: "escalation-why", dir: "auto" }, why(one))));
  return h("div", { class: "escalations" }, h("h3", {}, "Escalation"), h("ul", {}, rows));
}

function why(one) {
  if (one.origin !== "rule") return ORIGINS[one.origin] ?? one.origin;
  const version = one.version ? `version ${one.version}` : "built-in rules";
  return [`Rule ${one.position} “${one.rule}”, ${version}`, ...seen(one.values)].join(" · ");
}

function seen(values) {
  return [
    "likely" in values && `${percent(values.likely)} likely, from ${percent(values.from)}`,
    values.like && `like “${values.like}”`,
    values.accepted && `accepted ${values.accepted}`,
    "times" in values && `${values.times} times, from ${values.from}`,
    "confidence" in values && `${percent(values.confidence)} sure, below ${percent(values.below)}`,
    values.keyword && `“${values.keyword}”`,
    values.attribute && `${values.attribute}: ${values.value}`,
    values.open === false && "outside opening hours",
  ].filter(Boolean);
}
