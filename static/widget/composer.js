import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { MAX_LENGTH, codePoints, sendable } from "../shared/text.js";
import { typingSignal } from "../shared/typing.js";

const SHOW_COUNTER_AT = MAX_LENGTH - 500;

/**
 * Where the customer writes.
 * @param {object} options
 * @param {Function} options.t
 * @param {ReturnType<typeof import("../shared/storage.js").safeStorage>} options.drafts
 * @param {(text: string) => void} options.onSend
 * @param {(active: boolean) => void} options.onTyping
 */
export function composer({ t, drafts, onSend, onTyping }) {
  const input = h("textarea", {
    id: "composer", rows: "1", dir: "auto", enterkeyhint: "send", autocomplete: "off",
    "aria-describedby": "composer-note", "aria-label": t("message_label"), "data-testid": "composer",
  });
  const send = h("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send"), "data-testid": "send" }, icon("arrowUp"));
  const note = h("p", { id: "composer-note", class: "note", role: "status", "data-testid": "composer-note" });
  const element = h("form", { class: "composer" }, h("div", { class: "field" }, input, send), note);
  const typing = typingSignal(onTyping);
  let isOff = false;

  const refresh = () => {
    const text = sendable(input.value);
    const over = codePoints(text) - MAX_LENGTH;
    const isNear = over > SHOW_COUNTER_AT - MAX_LENGTH;
    input.setAttribute("aria-invalid", String(over > 0));
    note.classList.toggle("is-error", over > 0);
    note.textContent = over > 0 ? t("too_long", { count: over }) : isNear ? t("characters_left", { count: -over }) : "";
    send.disabled = isOff || text === "" || over > 0;
    fit(input);
  };
  const submit = () => {
    refresh();
    if (send.disabled) return;
    onSend(sendable(input.value));
    fill("");
    typing.stopped();
  };
  const fill = (text) => {
    input.value = text;
    drafts.set("draft", text);
    refresh();
  };

  input.addEventListener("input", () => {
    drafts.set("draft", input.value);
    refresh();
    typing.typed();
  });
  input.addEventListener("keydown", (event) => {
    // While an input method is composing, Enter picks a candidate; Safari reports that as key code 229.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    input.focus();
  });
  fill(drafts.get("draft") ?? "");

  return {
    element,
    focus: () => input.focus({ preventScroll: true }),
    update({ placeholder, off }) {
      isOff = off;
      input.disabled = off;
      input.placeholder = placeholder;
      send.disabled = send.disabled || off;
      if (!off) refresh();
    },
  };
}

/** Grows the field with its text, for browsers without `field-sizing`. */
function fit(input) {
  if (CSS.supports("field-sizing", "content")) return;
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
}
