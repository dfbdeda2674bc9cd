import { h } from "../shared/dom.js";

/**
 * A card for something the assistant wants to do and may not do unasked.
 * @param {object} item
 * @param {{t: Function, handlers: {confirm: Function, decline: Function}}} context
 * @returns {{element: HTMLElement, update: (item: object) => void}}
 */
export function actionCard({ action }, { t, handlers }) {
  const rows = Object.entries(action.arguments ?? {}).map(([name, value]) => [
    h("dt", {}, name.replaceAll("_", " ")),
    h("dd", { dir: "auto" }, typeof value === "object" ? JSON.stringify(value) : String(value)),
  ]);
  const buttons = h("div", { class: "form-buttons" },
    h("button", { type: "button", class: "button", "data-testid": "action-confirm", onclick: () => decide(handlers.confirm) }, t("action_confirm")),
    h("button", { type: "button", class: "button is-quiet", "data-testid": "action-decline", onclick: () => decide(handlers.decline) }, t("action_decline")));
  const outcome = h("p", { class: "outcome", role: "status", hidden: true });
  const element = h("section", { class: "action", "data-testid": "action", "aria-label": t("action_ask") },
    h("p", { class: "sources-label" }, t("action_ask")), h("h3", { dir: "auto" }, action.title), rows.length > 0 && h("dl", {}, rows), buttons, outcome);

  const allow = (isAllowed) => {
    for (const button of buttons.children) button.disabled = !isAllowed;
  };
  const decide = (send) => {
    allow(false);
    send(action.action)?.catch(() => allow(true));
  };
  const finish = (text) => {
    buttons.hidden = true;
    outcome.hidden = false;
    outcome.textContent = text;
  };
  const expiry = Date.parse(action.expires_at) - Date.now();
  if (expiry < 2 ** 31) setTimeout(() => buttons.hidden || finish(t("action_expired")), Math.max(0, expiry));
  const update = ({ action: { outcome: result } }) => {
    if (!result || element.dataset.outcome === result) return;
    element.dataset.outcome = result;
    const known = { confirmed: "action_confirmed", declined: "action_declined", expired: "action_expired" }[result];
    finish(t(known ?? "action_cancelled"));
  };
  return { element, update };
}
