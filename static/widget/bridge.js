const READY_WITHIN = 1500;

/**
 * The line to the loader on the host page. The host names its origin in the address; the browser's own word, where it
 * gives one, has to agree, and messages go to and come from that origin and window only.
 * @param {{isEmbedded: boolean, handlers: Object<string, (message: object) => void>}} options
 * @returns {{post: (type: string, message?: object) => void, ready: Promise<object>}} `ready` resolves with the host's
 *   first word, or with an empty one when no loader answers
 */
export function hostBridge({ isEmbedded, handlers }) {
  const origin = isEmbedded && window.parent !== window ? hostOrigin() : null;
  if (!origin) return { post: () => {}, ready: Promise.resolve({ open: true }) };

  const post = (type, message = {}) => window.parent.postMessage({ ...message, type: `replywell:${type}` }, origin);
  const ready = new Promise((resolve) => {
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== origin) return;
      const [scope, type] = String(event.data?.type).split(":");
      if (scope !== "replywell") return;
      if (type === "init") resolve(event.data);
      else handlers[type]?.(event.data);
    });
    setTimeout(() => resolve({ open: true }), READY_WITHIN);
  });
  post("ready");
  return { post, ready };
}

function hostOrigin() {
  const named = new URLSearchParams(location.hash.slice(1)).get("host");
  const known = location.ancestorOrigins?.[0];
  if (!named || (known && known !== named)) return null;
  try {
    return new URL(named).origin === named ? named : null;
  } catch {
    return null;
  }
}
