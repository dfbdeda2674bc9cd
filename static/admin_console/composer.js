import { h } from "../shared/dom.js";
import { uuid } from "../shared/ids.js";
import { MAX_LENGTH, codePoints, sendable } from "../shared/text.js";
import { typingSignal } from "../shared/typing.js";

const SHOW_COUNTER_AT = MAX_LENGTH - 500;
const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

/**
 * Where a human agent writes. A draft may be begun before the claim; it is kept until it is sent.
 * @param {object} options
 * @param {ReturnType<typeof import("../shared/storage.js").safeStorage>} options.drafts
 * @param {(clientId: string, text: string) => Promise<Error|null>} options.onSend
 * @param {(active: boolean) => void} options.onTyping
 */
export function composer({ drafts, onSend, onTyping }) {
  const input = h("textarea", {
    id: "reply", rows: "3", dir: "auto", "aria-describedby": "reply-note", "data-testid": "reply-text", placeholder: "Write a reply…",
  });
  const button = h("button", { type: "submit", class: "rw-button", "data-testid": "reply-send", "aria-keyshortcuts": "Control+Enter Meta+Enter" }, "Send");
  const note = h("p", { id: "reply-note", class: "composer-note", role: "status", "data-testid": "reply-note" });
  const hint = h("span", { class: "composer-hint" }, `${isMac ? "⌘" : "Ctrl"} + Enter sends. Markdown works.`);
  const element = h("form", { class: "composer" }, h("label", { class: "visually-hidden", for: "reply" }, "Your reply"),
    input, note, h("div", { class: "composer-row" }, hint, button));
  let obstacle = "Loading…";
  let isSending = false;
  let isMine = false;
  let problem = "";
  const typing = typingSignal(onTyping);

  const refresh = () => {
    const text = sendable(input.value);
    const length = codePoints(text);
    const over = length - MAX_LENGTH;
    const counter = length > SHOW_COUNTER_AT ? `${length.toLocaleString()} of ${MAX_LENGTH.toLocaleString()} characters` : "";
    note.textContent = (over > 0 && `Too long by ${over.toLocaleString()} characters.`) || problem || obstacle || counter;
    note.classList.toggle("is-error", over > 0 || Boolean(problem));
    input.setAttribute("aria-invalid", String(over > 0));
    button.disabled = isSending || Boolean(obstacle) || text === "" || over > 0;
    button.textContent = isSending ? "Sending…" : "Send";
    input.readOnly = isSending;
  };

  const fill = (text) => {
    input.value = text;
    drafts.set("text", text);
  };

  // The same text keeps its id until it arrived: sending it again cannot double it.
  const clientIdOf = (text) => {
    const last = drafts.get("sending");
    if (last?.text === text) return last.clientId;
    const clientId = uuid();
    drafts.set("sending", { clientId, text });
    return clientId;
  };

  const submit = async () => {
    refresh();
    if (button.disabled) return;
    const text = sendable(input.value);
    isSending = true;
    problem = "";
    typing.stopped();
    refresh();
    const error = await onSend(clientIdOf(text), text);
    isSending = false;
    if (error) problem = explain(error);
    else {
      drafts.remove("sending");
      fill("");
    }
    refresh();
    input.focus();
  };

  input.addEventListener("input", () => {
    drafts.set("text", input.value);
    problem = "";
    refresh();
    if (isMine) typing.typed();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  fill(drafts.get("text") ?? "");
  refresh();

  return {
    element,
    focus: () => input.focus(),
    update(details) {
      isMine = details.is_mine;
      obstacle = obstacleOf(details);
      refresh();
    },
  };
}

function obstacleOf({ conversation, holder, is_mine: isMine }) {
  if (isMine) return "";
  if (conversation.state === "closed") return "This conversation is closed.";
  if (conversation.state === "human" && holder) return `${holder.name} holds this conversation.`;
  return "Claim this conversation to reply.";
}

function explain(error) {
  if (error.problem?.messages) return "The customer has written since. Read the new message above, then send again.";
  return `Not sent. ${error.message}`;
}
