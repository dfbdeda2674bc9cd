import { getJson } from "./http.js";

const part = document.querySelector("[data-progress]");
const EVERY = 1500;

function show(progress) {
  const bar = document.getElementById("simulation-bar");
  const heading = document.getElementById("outcome");
  // A screen reader is told of a new state, not of each number.
  if (heading.textContent !== progress.label) heading.textContent = progress.label;
  document.getElementById("simulation-text").textContent = progress.text;
  if (progress.total) {
    bar.max = progress.total;
    bar.value = progress.done;
  }
}

async function poll() {
  const progress = document.hidden ? null : await getJson(part.dataset.progress).catch(() => null);
  if (progress && !progress.active) {
    location.reload();
    return;
  }
  if (progress) show(progress);
  setTimeout(poll, EVERY);
}

if (part?.dataset.active) setTimeout(poll, EVERY);
