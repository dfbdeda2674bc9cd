import { getJson } from "./http.js";

const card = document.querySelector("[data-progress]");
const label = document.getElementById("index-stage");
const bar = document.getElementById("index-bar");
const text = document.getElementById("index-text");
const BUSY = 1500;
const IDLE = 15_000;

const interrupted = (stage) => stage === "Interrupted";

function show(progress) {
  // A screen reader is told of a new stage, not of each number.
  if (label.textContent !== progress.label) label.textContent = progress.label;
  text.textContent = progress.text;
  if (progress.total) {
    bar.max = progress.total;
    bar.value = progress.done;
  } else bar.removeAttribute("value");
}

async function poll() {
  const progress = document.hidden ? null : await getJson(card.dataset.progress).catch(() => null);
  // Begun, ended or interrupted: the page has other buttons then.
  if (progress && (String(progress.id ?? "") !== card.dataset.id || (label && interrupted(progress.label) !== interrupted(label.textContent)))) {
    location.reload();
    return;
  }
  if (progress?.id) show(progress);
  setTimeout(poll, card.dataset.id ? BUSY : IDLE);
}

poll();
