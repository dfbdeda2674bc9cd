const BARE_MARKER = /(^|\n)[ \t]*(?:[-=*+_~#>|]+|\d{1,9}[.)]?|`{1,2})?[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

function insideFence(text) {
  let open = null;
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (!mark) continue;
    if (!open) open = mark;
    else if (mark[0] === open[0] && mark.length >= open.length) open = null;
  }
  return open !== null;
}

function mendLinks(text) {
  return text
    .replace(/!?\[([^\][\n]*)\]\([^)\n]*$/, "$1")
    .replace(/!?\[([^\][\n]*[^\][\n\d][^\][\n]*)\]$/, "$1")
    .replace(/!?\[(?:\d*|\^[^\][\n]*)$/, "")
    .replace(/!?\[([^\][\n]+)$/, "$1")
    .replace(/<[a-z]*:?\/{0,2}[^\s>]*$/i, "");
}

function closers(text) {
  const open = [];
  const marks = /\\.|(`+)|(\*\*|~~|(?<![\w*])\*(?=\S)|(?<=[\p{L}\p{N}.,!?)*])\*)/gsu;
  for (let match; (match = marks.exec(text)); ) {
    const [, ticks, mark] = match;
    if (ticks) {
      const end = text.indexOf(ticks, marks.lastIndex);
      if (end < 0) return [...open, ticks];
      marks.lastIndex = end + ticks.length;
    } else if (mark) {
      if (open.at(-1) === mark) open.pop();
      else if (/\S/.test(text[marks.lastIndex] ?? "") && !open.includes(mark)) open.push(mark);
    }
  }
  return open;
}

/**
 * A growing Markdown text, made whole: half-written emphasis is closed, a half-written link shows its label, and a lone
 * list or heading marker waits for its content. Without this, an answer flickers while it is being written.
 * @param {string} text
 * @returns {string}
 */
export function mend(text) {
  if (insideFence(text)) return text;
  const start = text.lastIndexOf("\n\n") + 1;
  const head = text.slice(0, start);
  const tail = mendLinks(text.slice(start).replace(BARE_MARKER, "$1"));
  const bare = tail.replace(/[*~`]+$/, "");
  const isHalfWritten = bare === "" || /\s$/.test(bare) || closers(bare).length > 0;
  const whole = (isHalfWritten ? bare : tail).trimEnd();
  return head + whole + closers(whole).reverse().join("");
}
