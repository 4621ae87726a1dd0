import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { ConditionList, Unconfirmed } from '../cards/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { type KeyRing, readCardCode } from '../offline/index.ts';
import { checkerPath } from '../staff/index.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Lead,
  LinkButton,
  Section,
  Stack,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { rateLimited } from '../web/rate-limit.ts';
import {
  checkCards,
  type Checked,
  type EntitledDeps,
  needsBirthDate,
  openChecking,
  openSeizing,
  seeCheckedPhoto,
  seizeCard,
} from './entitled-actions.ts';
import { addListPages } from './entitled-list-pages.tsx';
import {
  AtPost,
  checker,
  checkerCrumbs,
  lookItems,
  reasonText,
  recordIdOf,
  refusedCheckerPage,
} from './entitled-parts.tsx';
import type { CheckerActing } from './entitled-records.ts';
import { type Asked, type EntitledKey, type LookedUp, readAsked } from './entitled-rules.ts';
import { Camera } from './camera.tsx';
import { parseBirthDate } from './rules.ts';
import { allowScanner } from './scan-page.tsx';
import { stateColors } from './state-colors.ts';

type Page = Context<AppEnv>;

export interface EntitledPageDeps extends EntitledDeps {
  /** Reads the codes on the backs of cards. */
  readonly keys: Pick<KeyRing, 'find'>;
  /** How many looks a person may make in a minute, in this process; a tenth as many lists. */
  readonly checksPerMinute: number;
}

/** Entitled checkers' pages: one card with its photo, many at once, the records of it, and taking a card in. */
export function createEntitledPages(deps: EntitledPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const path = checkerPath(':appointment');
  const person = (c: Page) => c.get('session')?.personId ?? '';
  const minute = (limit: number) => rateLimited({ limit, windowSeconds: 60 }, person);
  app.get(
    path,
    checker((c, acting) => formPage(c, deps, acting, emptyForm)),
  );
  app.post(
    path,
    minute(deps.checksPerMinute),
    checker((c, acting) => lookUp(c, deps, acting)),
  );
  addListPages(app, deps, minute(Math.max(1, Math.floor(deps.checksPerMinute / 10))));
  app.get(
    `${path}/records/:record/photo`,
    checker((c, acting) => photo(c, deps, acting)),
  );
  app.get(
    `${path}/records/:record/seize`,
    checker((c, acting) => seizePage(c, deps, acting)),
  );
  app.post(
    `${path}/records/:record/seize`,
    checker((c, acting) => seize(c, deps, acting)),
  );
  return app;
}

// One card ----------------------------------------------------------------------------------------------------------------

async function formPage(c: Page, deps: EntitledPageDeps, acting: CheckerActing, state: FormState) {
  const t = c.get('t');
  const opened = await openChecking(deps, acting);
  if (!opened.ok) return refusedCheckerPage(c, opened.error);
  const post = opened.value;
  const here = checkerPath(acting.appointmentId);
  allowScanner(c);
  return renderPage(
    c,
    {
      title: t('checks:entitled.title'),
      narrow: true,
      breadcrumbs: checkerCrumbs(c, acting).slice(0, 1),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <AtPost t={t} post={post} />
      <PostForm action={here} state={state}>
        <TextField
          name="card"
          label={t('checks:entitled.card')}
          description={t(`checks:entitled.cardHelp.${needsBirthDate(post) ? 'inHand' : 'number'}`)}
          maxlength={700}
          spellcheck={false}
        />
        {needsBirthDate(post) ? (
          <TextField
            name="birthDate"
            label={t('checks:birthDate.label')}
            description={t('checks:entitled.birthDateHelp')}
            maxlength={30}
            size={16}
            spellcheck={false}
          />
        ) : null}
        <Actions>
          <SubmitButton>{t('checks:submit')}</SubmitButton>
          <LinkButton href={`${here}/many`} variant="secondary">
            {t('checks:entitled.many.open')}
          </LinkButton>
          <LinkButton href={`${here}/records`} variant="secondary">
            {t('checks:entitled.records.title')}
          </LinkButton>
        </Actions>
      </PostForm>
      <Camera c={c} fills="card" />
      <p>{t('checks:entitled.told')}</p>
    </Stack>,
  );
}

const lookForm = z.object({
  card: z.string({ error: 'checks:entitled.missing' }).max(700),
  birthDate: z
    .string()
    .transform((text, context) => {
      const date = parseBirthDate(text);
      if (date !== undefined) return date;
      context.addIssue({ code: 'custom', message: 'checks:birthDate.wrong' });
      return z.NEVER;
    })
    .optional(),
});

async function lookUp(c: Page, deps: EntitledPageDeps, acting: CheckerActing): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(lookForm, form);
  if (!parsed.ok) return formPage(c, deps, acting, parsed.error);
  const asked = readAsked(parsed.value.card, c.get('web').publicOrigin);
  const key = await keyOf(deps, asked, parsed.value.birthDate);
  const again = (errors: Parameters<typeof formWithErrors>[1]) =>
    formPage(c, deps, acting, formWithErrors(form, errors));
  if ('error' in key) return again({ card: key.error });
  const checked = await checkCards(deps, acting, [key]);
  if (checked.ok) return resultPage(c, acting, checked.value);
  if (checked.error === 'no-birth-date') return again({ birthDate: 'checks:birthDate.missing' });
  return refusedCheckerPage(c, checked.error);
}

type Wrong = {
  readonly error: string | { readonly key: string; readonly values: { readonly host: string } };
};

async function keyOf(
  { keys }: Pick<EntitledPageDeps, 'keys'>,
  asked: Asked | undefined,
  birthDate: ReturnType<typeof parseBirthDate>,
): Promise<EntitledKey | Wrong> {
  switch (asked?.kind) {
    case undefined:
      return { error: 'checks:entitled.wrong' };
    case 'elsewhere':
      return { error: { key: 'checks:entitled.elsewhere', values: { host: asked.host } } };
    case 'token':
      return { token: asked.token };
    case 'number':
      return { number: asked.number, birthDate };
    case 'code': {
      const read = await readCardCode(asked.code, keys.find);
      return read.ok
        ? { number: read.card.number, birthDate: read.card.birthDate }
        : { error: 'checks:entitled.notGenuine' };
    }
  }
}

async function resultPage(c: Page, acting: CheckerActing, checked: Checked): Promise<Response> {
  const t = c.get('t');
  const here = checkerPath(acting.appointmentId);
  const record = `${here}/records/${checked.recordId}`;
  const [looked] = checked.cards;
  if (looked === undefined) throw new Error('A look at no card.');
  const seizable = checked.post.role === 'inspector' && looked.card !== null && looked.verdict !== 'blocked';
  return renderPage(
    c,
    { title: t('checks:result.title'), narrow: true, breadcrumbs: checkerCrumbs(c, acting) },
    <Stack>
      <Alert color={stateColors[looked.verdict]} title={t(`checks:state.${looked.verdict}.title`)} live>
        <p>{reasonText(c, looked)}</p>
      </Alert>
      {looked.card?.hasPhoto === true ? (
        <img class="checked-photo" src={`${record}/photo`} alt={t('checks:entitled.photo')} />
      ) : null}
      <DescriptionList items={[...holderItems(c, looked), ...lookItems(c, checked)]} />
      {checked.conditions === undefined ? null : (
        <Section title={t('cards:conditions.title')}>
          <Unconfirmed conditions={checked.conditions} />
          <ConditionList conditions={checked.conditions} />
        </Section>
      )}
      {looked.card === null ? null : (
        <Alert color="warning" title={t('checks:face.title')}>
          <p>{t('checks:face.text')}</p>
        </Alert>
      )}
      <Actions>
        <LinkButton href={here}>{t('checks:another')}</LinkButton>
        <LinkButton href={record} variant="secondary">
          {t('checks:entitled.records.this')}
        </LinkButton>
        {seizable ? (
          <LinkButton href={`${record}/seize`} variant="secondary" color="danger">
            {t('checks:entitled.seize.open')}
          </LinkButton>
        ) : null}
      </Actions>
    </Stack>,
  );
}

function holderItems(c: Page, { number, card }: LookedUp) {
  const t = c.get('t');
  const items = number === null ? [] : [{ term: t('checks:number.label'), value: number }];
  if (card === null) return items;
  return [
    { term: t('checks:entitled.holder'), value: card.holderName },
    ...items,
    { term: t('checks:result.employer'), value: card.employerName },
    {
      term: t('checks:result.organisationNumber'),
      value: formatOrganisationNumber(card.organisationNumber),
    },
    { term: t('checks:result.cardType'), value: t(`cards:type.${card.cardType}`) },
    { term: t('checks:entitled.issued'), value: <DateText date={card.issuedAt} /> },
    { term: t('checks:result.validThrough'), value: <DateText date={endToLastDay(card.expiresAt)} /> },
  ];
}

async function photo(c: Page, deps: EntitledPageDeps, acting: CheckerActing): Promise<Response> {
  const seen = await seeCheckedPhoto(deps, acting, recordIdOf(c));
  if (!seen.ok || seen.value === undefined) return notFoundPage(c);
  return c.body(new Uint8Array(seen.value), 200, {
    'Content-Type': 'image/jpeg',
    'Cache-Control': 'no-store',
  });
}

// Taking a card in ----------------------------------------------------------------------------------------------------------

async function seizePage(c: Page, deps: EntitledPageDeps, acting: CheckerActing): Promise<Response> {
  const t = c.get('t');
  const opened = await openSeizing(deps, acting, recordIdOf(c));
  if (!opened.ok || opened.value === undefined) return notFoundPage(c);
  const record = `${checkerPath(acting.appointmentId)}/records/${recordIdOf(c)}`;
  return renderPage(
    c,
    { title: t('checks:entitled.seize.title'), narrow: true, breadcrumbs: checkerCrumbs(c, acting) },
    <>
      <Lead>{t('checks:entitled.seize.lead', { number: opened.value })}</Lead>
      <Alert color="warning" title={t('checks:entitled.seize.warningTitle')}>
        <p>{t('checks:entitled.seize.warning')}</p>
      </Alert>
      <PostForm action={`${record}/seize`}>
        <Actions>
          <SubmitButton color="danger">{t('checks:entitled.seize.button')}</SubmitButton>
          <LinkButton href={record} variant="tertiary">
            {t('checks:entitled.seize.cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function seize(c: Page, deps: EntitledPageDeps, acting: CheckerActing): Promise<Response> {
  const seized = await seizeCard(deps, acting, recordIdOf(c));
  return seized.ok
    ? redirectDone(c, checkerPath(acting.appointmentId), 'checks:done.seized')
    : notFoundPage(c);
}
