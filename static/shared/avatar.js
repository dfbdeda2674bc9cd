import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";

/** The assistant's mark. */
export function assistantAvatar() {
  return h("span", { class: "avatar avatar-assistant", "aria-hidden": "true" }, icon("mark"));
}

/**
 * A person's picture if it comes from our own origin (nothing else may load), else the initial.
 * @param {{name?: string, avatar_url?: string}|null} author
 */
export function personAvatar(author) {
  const url = safeUrl(author?.avatar_url);
  const isOurs = url && new URL(url).origin === location.origin;
  return h("span", { class: "avatar avatar-person", "aria-hidden": "true" },
    isOurs ? h("img", { src: url, alt: "" }) : initialOf(author?.name));
}

/**
 * @param {string|undefined} name
 * @returns {string}
 */
export function initialOf(name) {
  const [first = "?"] = name?.trim() ?? "";
  return first.toLocaleUpperCase();
}
