import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const REASONS = ["wrong", "incomplete", "off_topic", "outdated"];

/**
 * Thumbs under an answer; thumbs down asks why, which may be skipped.
 * @param {{t: Function, onRate: (value: {rating: string, reason?: string, comment?: string}) => void}} options
 * @returns {{element: HTMLElement, update: (rating: string|null) => void}}
 */
export function feedback({ t, onRate }) {
  const slot = h("div", { class: "feedback-slot" });
  const thumbs = {
    up: thumb("up", "thumbUp", t("helpful"), () => rate("up")),
    down: thumb("down", "thumbDown", t("not_helpful"), () => rate("down")),
  };
  const row = h("div", { class: "thumbs", role: "group", "aria-label": t("rate") }, thumbs.up, thumbs.down);
  const element = h("div", { class: "feedback" }, row, slot);

  const update = (rating) => {
    for (const [name, button] of Object.entries(thumbs)) button.setAttribute("aria-pressed", String(rating === name));
    row.classList.toggle("is-rated", Boolean(rating));
  };
  const thank = () => slot.replaceChildren(h("p", { class: "thanks", role: "status" }, t("thanks")));
  const rate = (rating) => {
    update(rating);
    onRate({ rating });
    if (rating === "up") return thank();
    const form = reasonForm({
      t,
      onSkip: () => { slot.replaceChildren(); thumbs.down.focus(); },
      onSend: (details) => { onRate({ rating, ...details }); thank(); },
    });
    slot.replaceChildren(form);
    form.querySelector("input").focus();
    form.scrollIntoView({ block: "nearest" });
  };
  return { element, update };
}

function thumb(name, iconName, label, onclick) {
  return h("button", { type: "button", class: "thumb", "aria-label": label, title: label, "data-testid": `rate-${name}`, onclick }, icon(iconName));
}

let forms = 0;

function reasonForm({ t, onSend, onSkip }) {
  forms += 1;
  const group = `reason-${forms}`;
  const options = REASONS.map((reason) => h("label", { class: "choice" },
    h("input", { type: "radio", name: group, value: reason }), h("span", {}, t(`reason_${reason}`))));
  const comment = h("textarea", { rows: "2", maxlength: "1000", dir: "auto", placeholder: t("comment"), "aria-label": t("comment"), "data-testid": "rating-comment" });
  return h("form", {
    class: "reason-form",
    "data-testid": "rating-form",
    onsubmit: (event) => {
      event.preventDefault();
      const reason = event.target.querySelector("input:checked")?.value;
      onSend({ ...(reason && { reason }), ...(comment.value.trim() && { comment: comment.value.trim() }) });
    },
  },
  h("fieldset", {}, h("legend", {}, t("what_went_wrong")), h("div", { class: "choices" }, options)),
  comment,
  h("div", { class: "form-buttons" },
    h("button", { type: "submit", class: "button" }, t("send_feedback")),
    h("button", { type: "button", class: "link", onclick: onSkip }, t("skip"))));
}
