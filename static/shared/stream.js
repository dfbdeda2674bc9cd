import { mend } from "./mend.js";
import { lexBlocks, renderBlocks } from "./markdown.js";

/**
 * Renders a growing Markdown text into a container and touches only the blocks that changed, so that a selection in
 * what is already written survives and a long answer stays cheap.
 * @param {HTMLElement} container
 * @param {(fragment: DocumentFragment) => void} [decorate] called for each new fragment before it is shown
 * @returns {(text: string) => void} call with the whole text so far, at most once a frame
 */
export function streamMarkdown(container, decorate = () => {}) {
  const blocks = [];
  return (text) => {
    const tokens = lexBlocks(mend(text)).filter((token) => token.type !== "space");
    let same = 0;
    while (same < blocks.length && same < tokens.length && blocks[same].raw === tokens[same].raw) same += 1;
    for (const block of blocks.splice(same)) block.nodes.forEach((node) => node.remove());
    for (const token of tokens.slice(same)) {
      const fragment = renderBlocks([token]);
      decorate(fragment);
      blocks.push({ raw: token.raw, nodes: [...fragment.childNodes] });
      container.append(fragment);
    }
  };
}
