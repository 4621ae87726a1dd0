import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  StepUp,
  stepUpPath,
} from '../access/index.ts';
import type { Language } from '../kernel/language.ts';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Details,
  LinkButton,
  Money,
  Section,
  TextParts,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import {
  emptyForm,
  formAcceptance,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { Checkbox, HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { drawDraft, openProfileForm, publishVendorProfile, type viewVendor } from './actions.ts';
import type { VendorDeps } from './grants.ts';
import { officersOnly } from './request-pages.tsx';

const VENDOR = '/business/vendor';
const side = { section: 'business', side: 'vendor' } as const;

/** Where an officer publishes the vendor's price and signs the agreement that goes with it. */
export function addProfilePages(app: Hono<AppEnv>, deps: VendorDeps): void {
  app.get(`${VENDOR}/profile`, (c) => profilePage(c, deps, emptyForm));
  app.post(`${VENDOR}/profile`, (c) => publish(c, deps));
  app.get(`${VENDOR}/profile/agreement.pdf`, (c) => draftPdf(c, deps));
}

type OwnPriceProps = Pick<ValueOf<typeof viewVendor>, 'permitted' | 'profile' | 'price'> & {
  readonly c: Context<AppEnv>;
};

/** On the vendor's own page: the price that it has published, and the ways to change it. */
export function OwnPrice({ c, permitted, profile, price }: OwnPriceProps) {
  const t = c.get('t');
  const acting = requireActing(c);
  const disabledReason = officersOnly(c, permitted);
  return (
    <Section title={t('vendors:own.profile')}>
      {profile === undefined ? (
        <p>{t('vendors:own.notYet')}</p>
      ) : (
        <DescriptionList
          items={[
            { term: t('vendors:prices.official'), value: <Money amount={nok(price.ore)} /> },
            { term: t('vendors:column.fee'), value: <Money amount={nok(profile.feeOre)} /> },
            { term: t('vendors:own.acceptedBy'), value: profile.acceptedByName },
            { term: t('vendors:own.acceptedAt'), value: <DateText date={profile.acceptedAt} /> },
          ]}
        />
      )}
      <Actions>
        <LinkButton
          href={businessPath(acting, `${VENDOR}/profile`)}
          variant={profile === undefined ? 'primary' : 'secondary'}
          disabledReason={disabledReason}
        >
          {t(profile === undefined ? 'vendors:own.register' : 'vendors:own.change')}
        </LinkButton>
        <LinkButton
          href={businessPath(acting, `${VENDOR}/start`)}
          variant="secondary"
          disabledReason={disabledReason}
        >
          {t('vendors:start.link')}
        </LinkButton>
      </Actions>
    </Section>
  );
}

async function profilePage(
  c: Context<AppEnv>,
  deps: VendorDeps,
  state: FormState,
  changed?: { readonly places: string | undefined },
) {
  const opened = await openProfileForm(deps, requireActing(c), changed?.places);
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, profile, price, draft } = opened.value;
  const t = c.get('t');
  const failed = Object.keys(state.errors).length > 0;
  const form = <ProfileForm c={c} state={state} profile={profile} price={price} draft={draft} />;
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendors:profile.title'),
      narrow: true,
      status: failed ? 422 : changed === undefined ? 200 : 409,
    },
    <>
      {changed === undefined ? null : (
        <Alert color="warning" live>
          {t('vendors:profile.changed')}
        </Alert>
      )}
      {draft.signed === undefined ? (
        <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
          {form}
        </StepUp>
      ) : (
        form
      )}
    </>,
  );
}

type ProfileFormProps = Pick<ValueOf<typeof openProfileForm>, 'profile' | 'price' | 'draft'> & {
  readonly c: Context<AppEnv>;
  readonly state: FormState;
};

function ProfileForm({ c, state, profile, price, draft }: ProfileFormProps) {
  const t = c.get('t');
  const language = c.get('language');
  const text = draft.text[language];
  return (
    <PostForm state={state}>
      <HiddenField name="document" value={draft.sha256} />
      <p>
        {t('vendors:prices.official')}: <Money amount={nok(price.ore)} />
      </p>
      <TextField
        name="fee"
        label={t('vendors:profile.fee')}
        description={t('vendors:profile.feeHint')}
        inputmode="decimal"
        size={10}
        value={profile === undefined ? undefined : kronerIn(language, profile.feeOre)}
      />
      <TextField
        name="places"
        label={t('vendors:profile.places')}
        description={t('vendors:profile.placesHint')}
        maxlength={200}
        value={draft.places}
      />
      <Details summary={text.title} open>
        <TextParts lead={text.lead} parts={text.parts} />
      </Details>
      <p>{t(draft.signed === undefined ? 'vendors:profile.toSign' : 'vendors:profile.signed')}</p>
      <Checkbox name="agreement" label={t('vendors:profile.agreement')} />
      <Checkbox name="terms" label={t('vendors:profile.terms')} />
      <Actions>
        <SubmitButton>{t('vendors:profile.publish')}</SubmitButton>
        <LinkButton
          href={businessPath(requireActing(c), `${VENDOR}/profile/agreement.pdf`)}
          variant="tertiary"
        >
          {t('vendors:preview.asPdf')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}

const profileForm = z.object({
  fee: z
    .string()
    .regex(/^[0-9]{1,5}(?:[.,][0-9]{1,2})?$/u, { error: 'vendors:problem.fee' })
    .transform((text) => Math.round(Number(text.replace(',', '.')) * 100)),
  places: z.string().trim().min(1, { error: 'vendors:problem.places' }).max(200).optional(),
  document: z.string().optional(),
  agreement: formAcceptance,
  terms: formAcceptance,
});

async function publish(c: Context<AppEnv>, deps: VendorDeps) {
  const form = await readForm(c);
  const parsed = parseForm(profileForm, form);
  if (!parsed.ok) return profilePage(c, deps, parsed.error);
  const { fee: feeOre, places, document: read } = parsed.value;
  const published = await publishVendorProfile(deps, requireActing(c), {
    feeOre,
    promises: true,
    ...(places === undefined ? {} : { places }),
    ...(read === undefined ? {} : { read }),
  });
  if (published.ok) return redirectDone(c, businessPath(requireActing(c), VENDOR), 'vendors:done.published');
  if (published.error === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  if (published.error === 'changed') return profilePage(c, deps, typedAgain(form), { places });
  return refusedPage(c, published.error);
}

/** What was typed, to be sent again with the document as it is now. */
function typedAgain(form: FormData): FormState {
  form.delete('document');
  form.delete('agreement');
  return formWithErrors(form, {});
}

/** The file that would be signed, to be read before it is. */
async function draftPdf(c: Context<AppEnv>, deps: VendorDeps) {
  const drawn = await drawDraft(deps, requireActing(c));
  if (!drawn.ok) return refusedPage(c, drawn.error);
  if (drawn.value === undefined) return notFoundPage(c);
  return c.body(Uint8Array.from(drawn.value), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': 'attachment; filename="agreement.pdf"',
  });
}

/** As people write an amount in their language, in a field of a form. */
function kronerIn(language: Language, ore: number): string {
  const kroner = (ore / 100).toFixed(2);
  return language === 'nb' ? kroner.replace('.', ',') : kroner;
}
