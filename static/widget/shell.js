import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { initialOf } from "../shared/avatar.js";

/**
 * The head of the chat: whose it is, who answers, and the way out.
 * @param {{t: Function, name: string, isEmbedded: boolean, onClose: () => void, onEnd: () => void}} options
 * @returns {{element: HTMLElement, update: (subtitle: string, canEnd: boolean) => void}}
 */
export function head({ t, name, isEmbedded, onClose, onEnd }) {
  const subtitle = h("p", { class: "subtitle" });
  const menu = h("div", { id: "menu", class: "menu", popover: "auto" },
    h("button", { type: "button", "data-testid": "end", onclick: () => { menu.hidePopover(); onEnd(); } }, icon("check"), t("end_conversation")));
  const more = h("button", { type: "button", class: "icon-button", popovertarget: "menu", "aria-label": t("menu"), "data-testid": "menu" }, icon("more"));
  const close = isEmbedded && h("button", { type: "button", class: "icon-button", "aria-label": t("close_chat"), "data-testid": "close", onclick: onClose }, icon("close"));
  const element = h("header", { class: "head" },
    h("span", { class: "crest", "aria-hidden": "true" }, initialOf(name)),
    h("div", { class: "titles" }, h("h1", {}, name), subtitle), more, menu, close);
  return {
    element,
    update(text, canEnd) {
      if (subtitle.textContent !== text) subtitle.textContent = text;
      more.hidden = !canEnd;
    },
  };
}

/**
 * What a customer sees before the first message.
 * @param {{t: Function, welcome: string, suggestions: string[], onAsk: (text: string) => void}} options
 */
export function welcome({ t, welcome: text, suggestions, onAsk }) {
  const buttons = suggestions.map((suggestion) => h("li", {},
    h("button", { type: "button", class: "suggestion", dir: "auto", "data-testid": "suggestion", onclick: () => onAsk(suggestion) }, suggestion)));
  return h("section", { class: "welcome", "data-testid": "welcome" },
    h("span", { class: "welcome-mark", "aria-hidden": "true" }, icon("mark")),
    h("h2", { dir: "auto" }, text || t("welcome")),
    buttons.length > 0 && h("p", { class: "sources-label" }, t("suggestions")),
    buttons.length > 0 && h("ul", { class: "suggestions" }, buttons));
}

/**
 * The line under the composer: a person is always one press away, and so is the end of an answer.
 * @param {{t: Function, onPerson: () => void, onStop: () => void}} options
 */
export function footer({ t, onPerson, onStop }) {
  const personLabel = h("span", {});
  const stopLabel = h("span", {});
  const person = h("button", { type: "button", class: "foot-button", "data-testid": "person", onclick: onPerson }, icon("person"), personLabel);
  const stop = h("button", { type: "button", class: "foot-button is-stop", "data-testid": "stop", onclick: onStop }, icon("stop"), stopLabel);
  return {
    element: h("div", { class: "foot-row" }, person, stop),
    update({ canAskForPerson, isAsking, answer, off }) {
      person.hidden = !canAskForPerson;
      person.disabled = isAsking || off;
      personLabel.textContent = t(isAsking ? "person_requested" : "person");
      stop.hidden = !answer;
      stop.disabled = Boolean(answer?.stopping);
      stopLabel.textContent = t(answer?.stopping ? "stopping" : "stop");
    },
  };
}
