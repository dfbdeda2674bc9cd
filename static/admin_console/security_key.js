// Asks a security key, with the options that the page brought along, and sends its answer with the form.
const form = document.querySelector("form[data-key]");
const said = form.querySelector("[data-said]");
const HERE = "Security keys work at https addresses, and at http://localhost, alone.";
const REASONS = {
  NotAllowedError: "No key has answered, or it was cancelled. Try again.",
  InvalidStateError: "This key is added already.",
  SecurityError: HERE,
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!window.PublicKeyCredential) {
    said.textContent = HERE;
    return;
  }
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  said.textContent = "Waiting for your key …";
  try {
    const options = JSON.parse(document.getElementById("key-options").textContent);
    form.elements.credential.value = JSON.stringify(await window.webauthnJSON[form.dataset.key](options));
    form.submit();
  } catch (error) {
    said.textContent = REASONS[error.name] ?? "The key could not be used. Try again, or use another one.";
    button.disabled = false;
    button.focus();
  }
});
