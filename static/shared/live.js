import { codePoints, dropCodePoints } from "./text.js";

/**
 * An answer while it is being written.
 * @param {string} run
 * @param {number|null} inReplyTo
 */
export function liveAnswer(run, inReplyTo = null) {
  return { run, inReplyTo, text: "", length: 0, held: new Map(), step: null, stopping: false, stale: false };
}

/**
 * Adds one delta. Deltas may come twice, overlap (a late joiner's snapshot) or come early; offsets count code points.
 * @param {ReturnType<typeof liveAnswer>} answer
 * @param {number} offset
 * @param {string} text
 */
export function applyDelta(answer, offset, text) {
  if (offset > answer.length) {
    answer.held.set(offset, text);
    return;
  }
  append(answer, offset, text);
  for (const early of [...answer.held.keys()].sort((a, b) => a - b)) {
    if (early > answer.length) break;
    append(answer, early, answer.held.get(early));
    answer.held.delete(early);
  }
}

function append(answer, offset, text) {
  const fresh = dropCodePoints(text, answer.length - offset);
  answer.text += fresh;
  answer.length += codePoints(fresh);
}
