const root = document.getElementById("indexing");
const bar = document.getElementById("indexing-bar");
const text = document.getElementById("indexing-text");
const badges = [...document.querySelectorAll(".rw-badge[data-article]")];
const LABELS = { pending: "Pending", indexed: "Indexed", failed: "Failed" };
const BUSY = 2000;
const IDLE = 20_000;

function show({ pending, total, articles }) {
  root.hidden = pending === 0;
  bar.max = Math.max(1, total);
  bar.value = total - pending;
  text.textContent = `${(total - pending).toLocaleString()} of ${total.toLocaleString()} passages can be found`;
  for (const badge of badges) {
    const article = articles[badge.dataset.article];
    if (!article) continue;
    badge.dataset.state = article.state;
    badge.textContent = LABELS[article.state];
    badge.nextElementSibling.textContent = article.error;
  }
}

async function poll() {
  const url = new URL(root.dataset.url, location.href);
  for (const badge of badges) url.searchParams.append("id", badge.dataset.article);
  const response = document.hidden ? null : await fetch(url).catch(() => null);
  // Signed out, it answers with a page.
  const progress = response?.ok && !response.redirected ? await response.json() : null;
  if (progress) show(progress);
  setTimeout(poll, progress?.pending ? BUSY : IDLE);
}

poll();
