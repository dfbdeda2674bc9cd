import { getJson } from "./http.js";

const root = document.querySelector("[data-jobs]");
const rows = [...document.querySelectorAll("[data-job]")];
const shown = rows.filter((row) => row.querySelector("progress"));
const BUSY = 1500;
const IDLE = 10_000;

/** Jobs that began, ended or came to another state: the page has other rows and buttons then. */
function moved(jobs) {
  const stands = new Map(jobs.map((job) => [job.key, job.stands]));
  return stands.size !== shown.length || shown.some((row) => stands.get(row.dataset.job) !== row.dataset.stands);
}

function show(job) {
  const row = shown.find((each) => each.dataset.job === job.key);
  const bar = row.querySelector("progress");
  const text = row.querySelector(".job-text");
  if (text) text.textContent = job.text;
  if (job.total) {
    bar.max = job.total;
    bar.value = job.done;
  } else bar.removeAttribute("value");
}

async function poll() {
  const answer = document.hidden ? null : await getJson(root.dataset.jobs).catch(() => null);
  if (answer && moved(answer.jobs)) {
    location.reload();
    return;
  }
  answer?.jobs.forEach(show);
  setTimeout(poll, shown.length ? BUSY : IDLE);
}

if (root?.dataset.jobs) setTimeout(poll, BUSY);
