/**
 * Builds an element. Strings become text nodes, never markup.
 * @param {string} tag
 * @param {Object<string, *>} [props] attributes; `onclick` and the like become listeners; null and false are left out
 * @param {...(Node|string|null|false|Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * The URL if it is one a customer may safely follow, else null. Relative ones are resolved against `base`.
 * @param {string|null|undefined} url
 * @param {string} [base]
 * @returns {string|null}
 */
export function safeUrl(url, base = document.baseURI) {
  if (!url) return null;
  try {
    const parsed = new URL(url, base);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}
