const COPIED_FOR = 2000;

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.ask) window.Replywell?.open({ ask: button.dataset.ask });
  else if ("open" in button.dataset) window.Replywell?.open();
  else if (button.dataset.copy) copy(button);
});

async function copy(button) {
  const label = button.textContent;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    // No clipboard over plain HTTP: select it, so that the keyboard can copy.
    getSelection().selectAllChildren(source);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = label; }, COPIED_FOR);
}
