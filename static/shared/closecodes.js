const LONGEST = 30_000;

const jitter = (limit) => Math.random() * limit;
const backOff = (attempt, base = 500) => {
  const ceiling = Math.min(LONGEST, base * 2 ** attempt);
  return ceiling / 2 + jitter(ceiling / 2);
};

/**
 * What to do after a socket closed.
 * @param {number} code
 * @param {number} attempt how many times in a row it failed before
 * @returns {{step: "reconnect"|"refresh"|"replace"|"give-up", delay: number}}
 */
export function planAfterClose(code, attempt) {
  const soon = attempt === 0 ? jitter(1000) : backOff(attempt);
  switch (code) {
    case 1001:
    case 1012:
    case 4004:
      return { step: "reconnect", delay: soon };
    case 4001:
      return { step: "refresh", delay: attempt === 0 ? 0 : backOff(attempt) };
    case 4500:
      return { step: "replace", delay: attempt === 0 ? 0 : backOff(attempt) };
    case 4502:
      return { step: "give-up", delay: 0 };
    case 4003:
      return { step: "reconnect", delay: backOff(attempt, 8000) };
    default:
      return { step: "reconnect", delay: backOff(attempt) };
  }
}
