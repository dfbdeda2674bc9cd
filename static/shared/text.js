export const MAX_LENGTH = 8000;

/**
 * The length of a text in Unicode code points, the unit of every limit and offset of the protocol.
 * @param {string} text
 * @returns {number}
 */
export function codePoints(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * The text without its first `count` code points.
 * @param {string} text
 * @param {number} count
 * @returns {string}
 */
export function dropCodePoints(text, count) {
  let index = 0;
  for (let dropped = 0; dropped < count && index < text.length; dropped += 1) {
    index += text.codePointAt(index) > 0xffff ? 2 : 1;
  }
  return text.slice(index);
}

/**
 * What may be sent: no NUL and no lone surrogates (the server refuses both), no blank edges.
 * @param {string} text
 * @returns {string}
 */
export function sendable(text) {
  return text.replace(/\0/g, "").replace(/\p{Surrogate}/gu, "\ufffd").trim();
}
