import { h } from "../shared/dom.js";

/**
 * A question before something that others notice.
 * @param {HTMLElement} root
 * @returns {(question: {title: string, text: string, confirm: string}) => Promise<boolean>}
 */
export function confirmation(root) {
  const title = h("h2", { id: "confirm-title" });
  const text = h("p", { id: "confirm-text" });
  const yes = h("button", { type: "submit", value: "yes", class: "rw-button", "data-testid": "confirm" });
  const no = h("button", { type: "submit", value: "no", class: "rw-button is-quiet", "data-testid": "confirm-cancel" }, "Cancel");
  const dialog = h("dialog", { class: "rw-dialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    h("form", { method: "dialog" }, title, text, h("div", { class: "rw-dialog-buttons" }, no, yes)));
  root.append(dialog);
  return (question) => new Promise((resolve) => {
    title.textContent = question.title;
    text.textContent = question.text;
    yes.textContent = question.confirm;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}
