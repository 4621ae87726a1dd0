import { type Context, Hono } from 'hono';
import { endToLastDay } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
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
import { emptyForm, type FormState, formWithErrors, readForm } from '../web/form-parsing.ts';
import { FileField, HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { rateLimited } from '../web/rate-limit.ts';
import { useRequest } from '../web/request.ts';
import { clientAddress } from '../web/security.ts';
import type { AgreementDeps } from './actions.ts';
import { MAX_AGREEMENT } from './recorded.ts';
import { sha256 } from './signatures.ts';
import type { SignedRecord } from './signing.ts';
import { type Verified, verifyFile } from './verifying.ts';

const VERIFY = '/verify';

export type VerifyDeps = Pick<AgreementDeps, 'database' | 'signer'> & {
  /** How many files one address may look up in a minute, in this process. */
  readonly checksPerMinute: number;
  readonly trustedProxyHops: number;
};

/** Whether a file is a signed agreement, for anyone who has it; and the keys that agreements are signed with. */
export function createVerifyPages(deps: VerifyDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const limited = rateLimited({ limit: deps.checksPerMinute, windowSeconds: 60 }, (c) =>
    clientAddress(c, deps.trustedProxyHops),
  );
  app.get(VERIFY, (c) => formPage(c, emptyForm));
  app.post(VERIFY, limited, (c) => answer(c, deps));
  app.get('/.well-known/jwks.json', (c) => c.json(deps.signer.keys));
  return app;
}

function formPage(c: Context<AppEnv>, state: FormState) {
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('agreements:verify.title'), narrow: true, status: state === emptyForm ? 200 : 422 },
    <>
      <Lead>{t('agreements:verify.lead')}</Lead>
      <Form state={state} />
    </>,
  );
}

function Form({ state }: { readonly state: FormState }) {
  const { t, web } = useRequest();
  return (
    <div class="stack" data-verify="file">
      <p hidden data-with-script>
        {t('agreements:verify.stays')}
      </p>
      <p data-without-script>{t('agreements:verify.sent')}</p>
      <PostForm action={VERIFY} state={state} files>
        <HiddenField name="sha256" value="" />
        <FileField
          name="file"
          label={t('agreements:verify.file')}
          accept={['application/pdf']}
          maxBytes={MAX_AGREEMENT}
        />
        <Actions>
          <SubmitButton>{t('agreements:verify.button')}</SubmitButton>
        </Actions>
      </PostForm>
      <script type="module" src={web.assets.path('verify.js')} />
    </div>
  );
}

/** The hash that the browser worked out, or of the file that it sent. */
async function hashOf(form: FormData): Promise<Buffer | undefined> {
  const [given, file] = [form.get('sha256'), form.get('file')];
  if (typeof given === 'string' && /^[0-9a-f]{64}$/u.test(given)) return Buffer.from(given, 'hex');
  if (!(file instanceof File) || file.size === 0) return undefined;
  return sha256(Buffer.from(await file.arrayBuffer()));
}

async function answer(c: Context<AppEnv>, deps: VerifyDeps) {
  const form = await readForm(c);
  const hash = await hashOf(form);
  if (hash === undefined) return formPage(c, formWithErrors(form, { file: 'agreements:verify.missing' }));
  const found = await verifyFile(deps, hash);
  const t = c.get('t');
  c.header('X-Robots-Tag', 'noindex');
  return renderPage(
    c,
    { title: t('agreements:verify.answer'), narrow: true },
    <Stack>
      {found === undefined ? (
        <Alert color="warning" title={t('agreements:verify.unknown')}>
          <p>{t('agreements:verify.unknownText')}</p>
        </Alert>
      ) : (
        <Found found={found} />
      )}
      <DescriptionList
        items={[{ term: t('agreements:verify.hash'), value: <code>{hash.toString('hex')}</code> }]}
      />
      <Actions>
        <LinkButton href={VERIFY} variant="secondary">
          {t('agreements:verify.another')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

function Found({ found }: { readonly found: Verified }) {
  const { t } = useRequest();
  const state = found.inForce ? 'inForce' : 'notInForce';
  return (
    <>
      <Alert
        color={found.inForce ? 'success' : 'warning'}
        title={t(`agreements:verify.${found.kind}.${state}`)}
      >
        <p>{t(`agreements:verify.${found.kind}.text`)}</p>
        <Until found={found} />
      </Alert>
      {found.signatures.map((record) => (
        <Signature record={record} inFile={found.kind !== 'recorded'} />
      ))}
    </>
  );
}

function Until({ found }: { readonly found: Verified }) {
  const { t } = useRequest();
  if (found.kind === 'document') return null;
  if (found.endedAt !== null) {
    return (
      <p>
        {t('agreements:verify.ended')} <DateText date={found.endedAt} time />
      </p>
    );
  }
  if (found.endsAt === null) return null;
  return (
    <p>
      {t('agreements:verify.until')} <DateText date={endToLastDay(found.endsAt)} />
    </p>
  );
}

type SignatureProps = {
  readonly record: SignedRecord;
  /** Whether who signed stands in the file; who said elsewhere that it is theirs is told to nobody. */
  readonly inFile: boolean;
};

function Signature({ record, inFile }: SignatureProps) {
  const { t } = useRequest();
  const { party, signer, side, at, login } = record;
  return (
    <Section title={t(`agreements:side.${side}`)}>
      <DescriptionList
        items={[
          {
            term: t('agreements:evidence.party'),
            value: `${party.name}, ${formatOrganisationNumber(party.organisationNumber)}`,
          },
          ...(inFile ? [{ term: t('agreements:evidence.signedBy'), value: signer.name }] : []),
          { term: t('agreements:evidence.role'), value: t(`businesses:role.${signer.role}`) },
          { term: t('agreements:evidence.at'), value: <DateText date={new Date(at)} time /> },
          {
            term: t('agreements:evidence.login'),
            value: (
              <>
                {t(`agreements:evidence.acr.${login.acr}`)}, <DateText date={new Date(login.authTime)} time />
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}
