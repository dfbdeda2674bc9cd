/**
 * Keeps the children of a container in step with a list of items; an element lives as long as its key does, so that
 * focus, selection and open forms survive, and screen readers hear each message once.
 * @param {HTMLElement} container
 * @param {(item: object) => {element: HTMLElement, update: (item: object) => void}} build
 * @returns {(items: Array<{key: string}>) => void}
 */
export function keyedList(container, build) {
  const parts = new Map();
  return (items) => {
    const wanted = new Set(items.map((item) => item.key));
    for (const [key, part] of parts) {
      if (wanted.has(key)) continue;
      part.element.remove();
      parts.delete(key);
    }
    let cursor = container.firstChild;
    for (const item of items) {
      let part = parts.get(item.key);
      if (!part) parts.set(item.key, (part = build(item)));
      part.update(item);
      if (cursor === part.element) cursor = cursor.nextSibling;
      else container.insertBefore(part.element, cursor);
    }
  };
}
