/** A stand-in with the part of the Storage interface that is used here. */
function memoryArea() {
  const values = new Map();
  return {
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => values.set(name, value),
    removeItem: (name) => values.delete(name),
  };
}

function usableArea(kind) {
  try {
    const area = window[kind];
    area.setItem("replywell:probe", "1");
    area.removeItem("replywell:probe");
    return area;
  } catch {
    return memoryArea();
  }
}

/**
 * A key-value store that never throws: browsers may block storage in a frame, and then memory has to do.
 * @param {"localStorage"|"sessionStorage"} kind
 * @param {string} prefix
 */
export function safeStorage(kind, prefix) {
  const area = usableArea(kind);
  return {
    /** @returns {*} what was stored under the name, or null */
    get(name) {
      try {
        return JSON.parse(area.getItem(prefix + name));
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        area.setItem(prefix + name, JSON.stringify(value));
      } catch {
        // It is full. What is on the screen still works; only a reload would miss this.
      }
    },
    remove: (name) => area.removeItem(prefix + name),
    /** Calls back when another tab changed the name. */
    watch(name, callback) {
      window.addEventListener("storage", (event) => {
        if (event.key === prefix + name) callback();
      });
    },
  };
}
