import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { personAvatar } from "../shared/avatar.js";

/**
 * Says who is there: a queue position, a person's name, nobody, or that the conversation has ended.
 * @param {{t: Function}} options
 * @returns {{element: HTMLElement, update: (kind: string|null, conversation: object|null) => void}}
 */
export function stateBanner({ t }) {
  const element = h("div", { class: "banner", role: "status", hidden: true, "data-testid": "state-banner" });
  let shown = null;
  const update = (kind, conversation) => {
    const key = JSON.stringify([kind, conversation?.assignee, conversation?.queue_position]);
    if (key === shown) return;
    shown = key;
    element.hidden = !kind;
    element.dataset.state = kind ?? "";
    if (kind) element.replaceChildren(...content(kind, conversation, t));
  };
  return { element, update };
}

function content(kind, conversation, t) {
  const name = assigneeOf(conversation)?.name || t("team");
  const position = conversation?.queue_position;
  const title = kind === "queued" && position ? t("queued_position", { position }) : t(kind, { name });
  const picture = kind === "human" ? personAvatar(assigneeOf(conversation)) : icon({ queued: "clock", offline: "moon", closed: "check" }[kind]);
  return [picture, h("p", {}, h("strong", {}, title), h("span", {}, t(`${kind}_hint`)))];
}

/**
 * @param {object|null} conversation
 * @returns {{name: string, avatar_url?: string}|null}
 */
export function assigneeOf(conversation) {
  const assignee = conversation?.assignee;
  return typeof assignee === "string" ? { name: assignee } : assignee ?? null;
}

const LOST_AFTER = 3000;

/**
 * Tells of a connection that has been gone for a while; short gaps are nobody's business.
 * @param {{t: Function}} options
 * @returns {{element: HTMLElement, update: (state: string) => void}}
 */
export function connectionBanner({ t }) {
  const element = h("div", { class: "connection", role: "status", hidden: true, "data-testid": "connection-banner" });
  let timer = 0;
  const show = (...children) => {
    element.replaceChildren(...children);
    element.hidden = false;
  };
  const update = (state) => {
    if (state === "live" || state === "stopped" || state === "refused") {
      clearTimeout(timer);
      timer = 0;
      element.hidden = true;
      if (state === "refused") show(icon("alert"), h("span", {}, h("strong", {}, t("refused")), " ", t("refused_hint")));
    } else if (!timer) {
      timer = setTimeout(() => show(h("span", { class: "pulse", "aria-hidden": "true" }), h("span", {}, t("lost"))), LOST_AFTER);
    }
  };
  return { element, update };
}
