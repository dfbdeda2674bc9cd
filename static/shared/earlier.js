import { h } from "./dom.js";

/**
 * The button above a log that begins in the middle. What is being read stays where it is, and history is not read out.
 * @param {object} options
 * @param {string} options.label
 * @param {HTMLElement} options.log
 * @param {HTMLElement} options.area what scrolls; it takes the focus when there is nothing earlier left
 * @param {(change: () => void) => void} options.hold makes a change without moving what is being read
 * @param {() => Promise<() => void>} options.load fetches, and gives what puts the result onto the screen
 */
export function earlierButton({ label, log, area, hold, load }) {
  const button = h("button", { type: "button", class: "earlier", hidden: true, "data-testid": "earlier" }, label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    const show = await load().catch(() => null);
    button.disabled = false;
    if (!show) return;
    log.setAttribute("aria-live", "off");
    hold(show);
    requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
    if (button.hidden) area.focus({ preventScroll: true });
    else button.focus({ preventScroll: true });
  });
  return button;
}
