import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

// A page that has just been opened connects in no time; only a slow one says so.
const PATIENCE = 2500;

/**
 * Says when what is on the screen may be out of date, and what to do about it.
 * @param {HTMLElement} place
 * @param {{login: string, onRetry: () => void}} options
 * @returns {(state: string) => void}
 */
export function connectionBanner(place, { login, onRetry }) {
  place.setAttribute("role", "status");
  place.classList.add("rw-banner-slot");
  let timer = 0;
  const show = (text, ...controls) =>
    place.replaceChildren(h("p", { class: "rw-banner", "data-testid": "banner" }, icon("alert"), h("span", {}, text), ...controls));
  const signIn = () => h("a", { class: "rw-button", href: `${login}?next=${encodeURIComponent(location.pathname)}` }, "Sign in again");
  const retry = () => h("button", { type: "button", class: "rw-button is-quiet", onclick: onRetry }, "Try now");
  const banners = {
    live: () => place.replaceChildren(),
    connecting: () => show("Connecting…"),
    waiting: () => show("The connection is lost. Reconnecting…", retry()),
    "signed-out": () => show("You are signed out.", signIn()),
    refused: () => show("This page was opened under an address that may not connect. Open the console under its usual address."),
  };
  return (state) => {
    clearTimeout(timer);
    // Between two tries the banner stays, instead of flickering.
    if (state === "connecting") timer = setTimeout(() => place.hasChildNodes() || banners.connecting(), PATIENCE);
    else banners[state]?.();
  };
}
