import { h } from "../shared/dom.js";
import { keyedList } from "../shared/log.js";

const OUTCOMES = { confirmed: "Allowed", declined: "Declined", expired: "Expired", cancelled: "Withdrawn" };

/**
 * What the AI agent asks leave for: the customer's, or that of whoever reads this.
 * @param {object} options
 * @param {boolean} options.mayDecide
 * @param {(verdict: "approve"|"refuse", action: string) => Promise<string|null>} options.onDecide gives what went wrong
 */
export function actionCards({ mayDecide, onDecide }) {
  const element = h("div", { class: "action-cards" });
  const render = keyedList(element, (item) => cardOf(item.action, { mayDecide, onDecide }));
  return { element, update: (actions) => render([...actions.values()].map((action) => ({ key: action.action, action }))) };
}

function asksCustomer({ verification }) {
  return `The AI agent has asked the customer to ${verification ? "prove their e-mail address" : "confirm"}`;
}

function cardOf(action, { mayDecide, onDecide }) {
  const isOurs = action.by === "human_agent";
  const problem = h("p", { class: "action-problem", role: "alert", hidden: true });
  const buttons = isOurs && mayDecide && h("div", { class: "action-buttons" },
    h("button", { type: "button", class: "rw-button", "data-testid": "approve", onclick: () => decide("approve") }, "Approve"),
    h("button", { type: "button", class: "rw-button is-quiet", "data-testid": "refuse", onclick: () => decide("refuse") }, "Decline"));
  const rows = Object.entries(action.arguments ?? {}).map(([name, value]) => [
    h("dt", {}, name.replaceAll("_", " ")),
    h("dd", { dir: "auto" }, typeof value === "object" ? JSON.stringify(value) : String(value)),
  ]);
  const outcome = h("p", { class: "action-outcome", role: "status", hidden: true });
  const element = h("section", { class: "action-card", "data-testid": "action", "aria-label": action.title },
    h("p", { class: "action-ask" }, isOurs ? "The AI agent asks for your approval" : asksCustomer(action)),
    h("h3", { dir: "auto" }, action.title),
    h("dl", { class: "facts is-compact" }, h("dt", {}, "tool"), h("dd", {}, action.tool), rows),
    buttons, problem, outcome);

  async function decide(verdict) {
    for (const button of buttons.children) button.disabled = true;
    const wrong = await onDecide(verdict, action.action);
    problem.hidden = !wrong;
    problem.textContent = wrong ?? "";
    for (const button of buttons.children) button.disabled = false;
  }

  return {
    element,
    update({ action: { outcome: result } }) {
      if (!result) return;
      if (buttons) buttons.hidden = true;
      problem.hidden = true;
      outcome.hidden = false;
      outcome.textContent = OUTCOMES[result] ?? result;
    },
  };
}
