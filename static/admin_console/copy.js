const SHOWN_FOR = 2500;

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent;
  const source = document.getElementById(button.dataset.copy);
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    // Without https there is no clipboard; then the text is selected, ready to be copied by hand.
    const isCopied = await navigator.clipboard?.writeText(source.textContent).then(() => true, () => false);
    if (!isCopied) getSelection().selectAllChildren(source);
    button.textContent = isCopied ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = label; }, SHOWN_FOR);
  });
}
