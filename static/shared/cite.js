const MARK = /\[(\d{1,3})\]/g;
// A mark belongs to the word before it and to the full stop after it: one line holds all three.
const CLUSTER = /([^\s[\]]{0,24})((?:[ \t]*\[\d{1,3}\])+)([.,;:!?…)»”"']*)/g;

/**
 * Replaces each `[n]` in running text (never in code or inside a link) by the node that `make` gives for it.
 * @param {DocumentFragment|HTMLElement} root
 * @param {(index: number) => Node|null} make null leaves the text as it is
 */
export function replaceCitationMarks(root, make) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest("code, pre, a") || !node.data.includes("[") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) text.replaceWith(...pieces(text.data, make));
}

function pieces(data, make) {
  const result = [];
  let from = 0;
  for (const match of data.matchAll(CLUSTER)) {
    const [all, word, marks, end] = match;
    const nodes = [...marks.matchAll(MARK)].map((mark) => make(Number(mark[1])) || ` ${mark[0]}`);
    if (nodes.every((node) => typeof node === "string")) continue;
    const group = document.createElement("span");
    group.className = "cite-group";
    group.append(word, ...nodes, end);
    result.push(data.slice(from, match.index), group);
    from = match.index + all.length;
  }
  result.push(data.slice(from));
  return result;
}
