const NEAR = 48;

/**
 * Keeps a scrolling area at its end while the reader is there, and leaves it alone otherwise.
 * @param {HTMLElement} area
 * @param {HTMLElement} content
 * @param {(isAtEnd: boolean) => void} onChange
 * @returns {{isAtEnd: () => boolean, toEnd: () => void, holding: (change: () => void) => void}}
 */
export function stickToEnd(area, content, onChange) {
  let atEnd = true;
  const pin = () => {
    if (atEnd) area.scrollTop = area.scrollHeight;
  };
  area.addEventListener("scroll", () => {
    const isNow = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR;
    if (isNow === atEnd) return;
    atEnd = isNow;
    onChange(atEnd);
  }, { passive: true });
  const observer = new ResizeObserver(pin);
  observer.observe(content);
  observer.observe(area);
  return {
    isAtEnd: () => atEnd,
    toEnd() {
      atEnd = true;
      pin();
      onChange(true);
    },
    /** Adds something above without moving what is being read. */
    holding(change) {
      const before = area.scrollHeight - area.scrollTop;
      change();
      area.scrollTop = area.scrollHeight - before;
    },
  };
}
