// Signing in with a passkey: without this file the page offers password and code alone.
"use strict";

(() => {
  const form = document.getElementById("passkey");
  if (!form || !window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    try {
      const asked = await fetch("/api/v1/session/passkey/options", { method: "POST" });
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await asked.json());
      const answer = await navigator.credentials.get({ publicKey });
      form.elements.credential.value = JSON.stringify(answer.toJSON());
      form.submit();
    } catch {
      // The person closed the dialogue, or the network is away: the page stays as it is.
    }
  });
})();
