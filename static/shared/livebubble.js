import { replaceCitationMarks } from "./cite.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { streamMarkdown } from "./stream.js";
import { assistantAvatar } from "./avatar.js";
import { pendingMark } from "./citations.js";

/**
 * The answer that is being written. It stands outside the log, so that screen readers hear the finished message once
 * and not every word of it.
 * @param {{t: Function, name: string}} options name: who writes, the same as on the finished message
 * @returns {{element: HTMLElement, update: (answer: object|null, awaiting: string|null) => void}}
 */
export function liveBubble({ t, name }) {
  const status = h("p", { class: "visually-hidden", role: "status" });
  const element = h("div", { class: "live", hidden: true, "data-testid": "live-answer" });
  let run = null;
  let parts = null;

  const begin = (key) => {
    run = key;
    const hint = h("p", { class: "hint" });
    const body = h("div", { class: "body rw-prose", dir: "auto" });
    const card = h("div", { class: "card", "aria-live": "off", "aria-busy": "true" }, hint, body);
    parts = { hint, render: streamMarkdown(body, (fragment) => replaceCitationMarks(fragment, pendingMark)), card };
    element.replaceChildren(h("div", { class: "byline" }, assistantAvatar(), h("span", { class: "name" }, name)), card);
  };

  const showHint = (answer, awaiting) => {
    const label = answer?.step?.label || t(awaiting === "retrying" ? "retrying" : "thinking");
    const isSearch = !answer?.step || /search|retriev|knowledge/i.test(answer.step.tool ?? "");
    const mark = answer?.step ? icon(isSearch ? "search" : "tool") : dots();
    const key = `${mark.getAttribute("class")}|${label}`;
    if (parts.hint.dataset.key === key) return;
    parts.hint.dataset.key = key;
    parts.hint.replaceChildren(mark, h("span", {}, label));
    if (status.textContent !== label) status.textContent = label;
  };

  const update = (answer, awaiting) => {
    const isShown = Boolean(answer || awaiting);
    element.hidden = !isShown;
    if (!isShown) {
      run = null;
      element.replaceChildren();
      status.textContent = "";
      return;
    }
    // The dots of the wait turn into the answer without a jump.
    const key = answer?.run ?? "awaiting";
    if (run !== key && !(run === "awaiting" && answer && !answer.text)) begin(key);
    parts.hint.hidden = Boolean(answer?.text);
    if (answer?.text) {
      parts.render(answer.text);
      status.textContent = t("answering");
    } else {
      showHint(answer, awaiting);
    }
  };
  return { element: h("div", { class: "live-region" }, status, element), update };
}

/** Three dots that say somebody is at work. */
export function dots() {
  return h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}
