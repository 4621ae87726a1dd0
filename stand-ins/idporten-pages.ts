import { html, raw } from 'hono/html';
import { page, type Html } from './page.ts';
import { fullName, type RoleCode, type World } from './world.ts';

export type PageLanguage = 'nb' | 'en';

/** What the login page shows; `level` is the lowest that the service accepts. */
export type LoginForm = {
  action: string;
  level: 'substantial' | 'high';
  language: PageLanguage;
  error?: LoginError;
};

export type LoginError = 'not-a-number' | 'not-synthetic';

const texts = {
  nb: {
    title: 'Logg inn som en syntetisk person',
    substantial: 'Betydelig (idporten-loa-substantial)',
    high: 'Høyt (idporten-loa-high)',
    level: 'Sikkerhetsnivå',
    type: 'Skriv et nummer',
    number: 'Fødselsnummer eller D-nummer',
    hint: 'Bare syntetiske numre: 80 er lagt til måneden.',
    submit: 'Logg inn',
    choose: 'Eller velg en person',
    foreign: 'Uten norsk nummer',
    foreignName: 'Utenlandsk bruker uten nummer',
    nobody: 'Uten rolle og arbeidsforhold',
    worker: 'ansatt',
    cancel: 'Avbryt',
    'not-a-number': 'Nummeret må ha elleve siffer med riktige kontrollsiffer.',
    'not-synthetic': 'Bare syntetiske numre kan logge inn her: måneden skal være 81 til 92.',
  },
  en: {
    title: 'Log in as a synthetic person',
    substantial: 'Substantial (idporten-loa-substantial)',
    high: 'High (idporten-loa-high)',
    level: 'Security level',
    type: 'Type a number',
    number: 'National identity number or D-number',
    hint: 'Synthetic numbers only: 80 is added to the month.',
    submit: 'Log in',
    choose: 'Or choose a person',
    foreign: 'Without a Norwegian number',
    foreignName: 'Foreign user without a number',
    nobody: 'With no role and no employment',
    worker: 'employed',
    cancel: 'Cancel',
    'not-a-number': 'The number must have eleven digits with the right check digits.',
    'not-synthetic': 'Only synthetic numbers can log in here: the month has to be 81 to 92.',
  },
} as const;

/** The value of the button that logs in someone without a Norwegian number. */
export const foreignUser = 'foreign';

/**
 * The page where one logs in: type a number, or press a person's name. Works without JavaScript. The form's own button
 * comes first, so that Enter in the field submits the typed number.
 */
export function loginPage(world: World, form: LoginForm): Html {
  const words = texts[form.language];
  const content = html`<form method="post" action="${form.action}">
      ${form.error === undefined ? '' : html`<p class="error" role="alert" id="problem">${words[form.error]}</p>`}
      <fieldset>
        <legend>${words.level}</legend>
        ${form.level === 'high' ? '' : levelChoice('substantial', words.substantial, true)}
        ${levelChoice('high', words.high, form.level === 'high')}
      </fieldset>
      <h2>${words.type}</h2>
      <div class="field">
        <label for="pid">${words.number}</label>
        <input
          id="pid"
          name="pid"
          inputmode="numeric"
          autocomplete="off"
          maxlength="11"
          aria-describedby="hint${form.error === undefined ? '' : ' problem'}"
          ${form.error === undefined ? '' : raw('aria-invalid="true"')}
        />
        <button class="main" name="how" value="typed">${words.submit}</button>
        <small id="hint">${words.hint}</small>
      </div>
      <h2>${words.choose}</h2>
      ${groupsOf(world, words).map(
        (group) =>
          html`<h3>${group.name}</h3>
            <ul class="people">
              ${group.people.map((one) => personChoice(one.nationalId, one.name, one.what))}
            </ul>`,
      )}
      <h3>${words.foreign}</h3>
      <ul class="people">
        ${personChoice(foreignUser, words.foreignName, 'eIDAS')}
      </ul>
    </form>
    <form method="post" action="${form.action}/abort">
      <p><button>${words.cancel}</button></p>
    </form>`;
  return page(words.title, content, form.language);
}

function levelChoice(value: string, text: string, chosen: boolean): Html {
  return html`<label
    ><input type="radio" name="level" value="${value}" ${chosen ? raw('checked') : ''} /> ${text}</label
  >`;
}

function personChoice(value: string, name: string, what: string): Html {
  return html`<li>
    <button name="person" value="${value}">${name}</button>
    <small>${what}</small>
  </li>`;
}

type Group = { name: string; people: { nationalId: string; name: string; what: string }[] };

/** Everyone once: under the first business where they hold a role, else where they work, else at the end. */
function groupsOf(world: World, words: (typeof texts)[PageLanguage]): Group[] {
  const shown = new Set<string>();
  const take = (nationalIds: readonly string[], what: (nationalId: string) => string): Group['people'] =>
    nationalIds.flatMap((nationalId) => {
      const found = world.people.find((one) => one.nationalId === nationalId);
      if (found === undefined || found.status === 'doed' || shown.has(nationalId)) return [];
      shown.add(nationalId);
      return [{ nationalId, name: fullName(found), what: what(nationalId) }];
    });
  const officers = world.businesses.map((business) => {
    const roles = world.roles.filter(
      (one) => one.organisationNumber === business.organisationNumber && !one.resigned,
    );
    const holders = roles.flatMap((one) => one.nationalId ?? []);
    return take(holders, (nationalId) => rolesOf(roles, nationalId));
  });
  const groups = world.businesses.map((business, index) => {
    const workers = world.employments
      .filter((one) => one.employer === business.organisationNumber)
      .map((one) => one.nationalId);
    return {
      name: business.name,
      people: [...(officers[index] ?? []), ...take(workers, () => words.worker)],
    };
  });
  const others = take(
    world.people.map((one) => one.nationalId),
    () => '–',
  );
  return [...groups, { name: words.nobody, people: others }].filter((one) => one.people.length > 0);
}

function rolesOf(
  roles: readonly { code: RoleCode; nationalId?: string | undefined }[],
  nationalId: string,
): string {
  return roles
    .filter((one) => one.nationalId === nationalId)
    .map((one) => one.code)
    .join(', ');
}

/** What is shown after log-out: one frame for each service that has to end its own session, then on. */
export function loggedOutPage(frames: readonly string[], next: string | undefined): Html {
  const onwards =
    next === undefined
      ? html`<p>You are logged out. You can close the page.</p>`
      : html`<p><a href="${next}">Back to the service / Tilbake til tjenesten</a></p>
          <script>
            addEventListener('load', () => location.replace(document.querySelector('main a').href));
          </script>`;
  const body = page(
    'Logged out / Logget ut',
    html`${onwards} ${frames.map((one) => html`<iframe src="${one}" title="Log-out of a service"></iframe>`)}`,
  );
  return body;
}

/** What is shown when something cannot go on, with a way back where there is one. */
export function problemPage(title: string, text: string, back?: string): Html {
  return page(
    title,
    html`<p class="error" role="alert">${text}</p>
      ${back === undefined ? '' : html`<p><a href="${back}">Back to the service / Tilbake til tjenesten</a></p>`}`,
  );
}
