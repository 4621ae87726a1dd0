/** Has the browser make or use a passkey when a form for that is sent, and sends what it answers. */
import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser';

type Problem = 'unsupported' | 'known' | 'cancelled';

function problemOf(error: unknown): Problem {
  if (!('PublicKeyCredential' in window)) return 'unsupported';
  return error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED'
    ? 'known'
    : 'cancelled';
}

function show(place: HTMLElement, problem: Problem | undefined): void {
  for (const text of place.querySelectorAll<HTMLElement>('[data-problem]'))
    text.hidden = text.dataset['problem'] !== problem;
}

async function answer(place: HTMLElement): Promise<unknown> {
  const options: unknown = JSON.parse(place.dataset['options'] ?? '');
  // The server made them for this very call.
  return place.dataset['passkey'] === 'add'
    ? startRegistration({ optionsJSON: options as Parameters<typeof startRegistration>[0]['optionsJSON'] })
    : startAuthentication({
        optionsJSON: options as Parameters<typeof startAuthentication>[0]['optionsJSON'],
      });
}

async function send(place: HTMLElement, form: HTMLFormElement): Promise<void> {
  const field = form.elements.namedItem('response');
  if (!(field instanceof HTMLInputElement)) return;
  show(place, undefined);
  try {
    field.value = JSON.stringify(await answer(place));
  } catch (error) {
    show(place, problemOf(error));
    return;
  }
  form.submit();
}

for (const place of document.querySelectorAll<HTMLElement>('[data-passkey]')) {
  const notice = place.querySelector<HTMLElement>('[data-without-script]');
  if (notice !== null) notice.hidden = true;
  place.querySelector('form')?.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.currentTarget instanceof HTMLFormElement) void send(place, event.currentTarget);
  });
}
