/** Works out the hash of a chosen file, and sends that alone: the file does not leave the browser. */

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function send(form: HTMLFormElement, file: HTMLInputElement, hash: HTMLInputElement): Promise<void> {
  const chosen = file.files?.[0];
  if (chosen === undefined) return;
  hash.value = hexOf(await crypto.subtle.digest('SHA-256', await chosen.arrayBuffer()));
  file.disabled = true;
  form.submit();
  file.disabled = false;
}

for (const form of document.querySelectorAll<HTMLFormElement>('[data-verify] form')) {
  const file = form.elements.namedItem('file');
  const hash = form.elements.namedItem('sha256');
  if (!(file instanceof HTMLInputElement) || !(hash instanceof HTMLInputElement)) continue;
  // Without a secure connection the browser works out no hashes: then the file is sent, as without a script.
  if (!('subtle' in crypto)) continue;
  for (const text of document.querySelectorAll<HTMLElement>('[data-with-script]')) text.hidden = false;
  for (const text of document.querySelectorAll<HTMLElement>('[data-without-script]')) text.hidden = true;
  form.addEventListener('submit', (event) => {
    if (file.files?.length !== 1) return;
    event.preventDefault();
    void send(form, file, hash);
  });
}
