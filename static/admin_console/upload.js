const form = document.getElementById("import-form");
const input = form.querySelector("input[type=file]");
const problem = document.getElementById("import-problem");
const busy = document.getElementById("import-busy");
const name = form.querySelector("input[name=name]");
const MIB = 1024 * 1024;

/** Why these files are not sent: what is too large is not uploaded only to be refused. */
function whyNot(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > Number(input.dataset.maxBytes)) {
    return `Together the files have ${Math.ceil(size / MIB).toLocaleString()} MiB; the limit is ${Number(input.dataset.maxBytes) / MIB} MiB. Divide them, or use manage.py ingest on the server.`;
  }
  if (files.length > Number(input.dataset.maxFiles)) {
    return `These are ${files.length.toLocaleString()} files; the limit is ${input.dataset.maxFiles}. Put them into a zip archive.`;
  }
  const known = input.accept.split(",");
  const unknown = files.find((file) => !known.some((suffix) => file.name.toLowerCase().endsWith(suffix)));
  return unknown ? `${unknown.name}: this kind of file is not read.` : "";
}

input.addEventListener("change", () => {
  const files = [...input.files];
  problem.textContent = whyNot(files);
  problem.hidden = !problem.textContent;
  input.setAttribute("aria-invalid", String(!problem.hidden));
  name.placeholder = files[0]?.name.replace(/\.[^.]*$/, "") ?? "";
});

form.addEventListener("submit", (event) => {
  if (!problem.hidden) {
    event.preventDefault();
    input.focus();
    return;
  }
  form.querySelector("[type=submit]").disabled = true;
  busy.hidden = false;
});

// Come back to with the browser's own button, the page is as it was left.
addEventListener("pageshow", () => {
  form.querySelector("[type=submit]").disabled = false;
  busy.hidden = true;
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  input.addEventListener(kind, () => input.classList.toggle("is-over", kind === "dragover"));
}
