import { h } from "../shared/dom.js";
import { STATES } from "./words.js";

const ACTIONS = {
  claim: { label: "Claim", class: "rw-button" },
  release: { label: "Release to AI", class: "rw-button is-quiet" },
  close: { label: "Close", class: "rw-button is-quiet" },
  settle: { label: "Taken care of", class: "rw-button" },
};

/**
 * The state of the conversation, and what may be done about it now.
 * @param {object} options
 * @param {{change: boolean, override: boolean}} options.may
 * @param {(question: object) => Promise<boolean>} options.ask
 * @param {(action: string) => Promise<string|null>} options.onAct gives what went wrong, if anything did
 */
export function controls({ may, ask, onAct }) {
  const state = h("span", { class: "rw-badge", "data-testid": "state" });
  const problem = h("p", { class: "conversation-problem", role: "alert", "data-testid": "action-problem" });
  const buttons = Object.entries(ACTIONS).map(([action, { label, class: looks }]) => {
    const button = h("button", { type: "button", class: looks, "data-testid": action, disabled: true }, label);
    button.addEventListener("click", () => run(action));
    return [action, button];
  });
  let details = null;
  let isBusy = false;

  async function run(action) {
    const question = questionBefore(action, details);
    if (question && !(await ask(question))) return;
    isBusy = true;
    refresh();
    problem.textContent = (await onAct(action)) ?? "";
    isBusy = false;
    refresh();
  }

  function refresh() {
    if (!details) return;
    state.dataset.state = details.conversation.state;
    state.textContent = details.is_mine ? "With you" : stateOf(details);
    const reasons = whyNot(details, may.override);
    for (const [action, button] of buttons) {
      button.hidden = action === "settle" && !details.missed_at;
      button.disabled = isBusy || Boolean(reasons[action]);
      button.title = reasons[action] ?? "";
    }
  }

  return {
    state,
    element: h("div", { class: "conversation-controls" }, may.change && buttons.map(([, button]) => button), problem),
    update(fresh) {
      if (details?.conversation.state !== fresh.conversation.state) problem.textContent = "";
      details = fresh;
      refresh();
    },
  };
}

function stateOf({ conversation, holder }) {
  return conversation.state === "human" && holder ? `With ${holder.name}` : STATES[conversation.state];
}

const isOthers = (details) => details.conversation.state === "human" && details.holder && !details.is_mine;

function whyNot(details, mayOverride) {
  const { state } = details.conversation;
  const held = isOthers(details) && `${details.holder.name} holds this conversation.`;
  const closed = state === "closed" && "This conversation is closed. The customer reopens it by writing.";
  return {
    claim: closed || held || (details.is_mine && "You hold this conversation.") || (state === "human" && "Release it first."),
    release: closed || (state === "bot" && "The AI agent is in charge already.") || (!mayOverride && held),
    close: closed || (!mayOverride && held),
  };
}

function questionBefore(action, details) {
  const whose = isOthers(details) ? `${details.holder.name} holds this conversation. ` : "";
  if (action === "close") {
    return {
      title: "Close this conversation?", confirm: "Close conversation",
      text: `${whose}The customer is told. They can reopen it by writing again.`,
    };
  }
  if (action === "release" && whose) {
    return { title: "Release to the AI agent?", confirm: "Release", text: `${whose}The AI agent will answer again.` };
  }
  return null;
}
