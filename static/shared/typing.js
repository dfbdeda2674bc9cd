const STOPPED_AFTER = 4000;

/**
 * Tells when somebody begins to type, and when they have stopped.
 * @param {(active: boolean) => void} onTyping
 * @returns {{typed: () => void, stopped: () => void}}
 */
export function typingSignal(onTyping) {
  let timer = 0;
  const stopped = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    onTyping(false);
  };
  const typed = () => {
    if (!timer) onTyping(true);
    clearTimeout(timer);
    timer = setTimeout(stopped, STOPPED_AFTER);
  };
  return { typed, stopped };
}
