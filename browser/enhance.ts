/** Small comforts on pages that are complete without them. */

/** A form is sent once, however often its button is pressed. */
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== 'post' || event.defaultPrevented) return;
  if (form.dataset['sent'] === 'yes') {
    event.preventDefault();
    return;
  }
  form.dataset['sent'] = 'yes';
  if (event.submitter?.classList.contains('ds-button') === true)
    event.submitter.setAttribute('aria-busy', 'true');
});

/** Coming back to a page that the browser kept must not leave its forms stuck. */
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset['sent'];
    for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
  }
});

function openMenus(): NodeListOf<HTMLDetailsElement> {
  return document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]');
}

/** A click elsewhere closes the menus. */
document.addEventListener('click', (event) => {
  for (const menu of openMenus()) {
    if (!(event.target instanceof Node && menu.contains(event.target))) menu.open = false;
  }
});

/** Escape closes the menus and gives the focus back to what opened them. */
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector('summary')?.focus();
  }
});
