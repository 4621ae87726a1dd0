import type { Context } from 'hono';
import type { ContextFacts } from '../database/transaction.ts';
import { Actions, Alert, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import { withQuery } from '../web/paths.ts';
import { heldFor } from './clearances.ts';
import { loginFresh } from './grants.ts';
import { businessPath, passkeyPath, requireActing, stepUpPath } from './web.tsx';

export const BROWSER = '/business/access/browser';

type Props = { readonly c: Context<AppEnv>; readonly facts: ContextFacts };

/** What has to come before a confirmation: that the person is the one who sits there, then a fresh login, and a passkey where one is required. */
export function StepUpFirst({ c, facts }: Props) {
  const { t } = useRequest();
  const vendor = heldFor(facts);
  if (vendor !== undefined) return <Held c={c} vendor={vendor} />;
  if (loginFresh(facts, facts.now)) return <PasskeyFirst returnPath={c.req.path} />;
  return (
    <Alert>
      <p>{t('access:stepUp.text')}</p>
      <Actions>
        <LinkButton href={stepUpPath(c.req.path)}>{t('access:stepUp.button')}</LinkButton>
      </Actions>
    </Alert>
  );
}

/** The business requires a passkey, and the login alone is fresh. */
function PasskeyFirst({ returnPath }: { readonly returnPath: string }) {
  const { t } = useRequest();
  return (
    <Alert>
      <p>{t('access:stepUp.passkey')}</p>
      <Actions>
        <LinkButton href={passkeyPath(returnPath)}>{t('access:stepUp.passkeyButton')}</LinkButton>
      </Actions>
    </Alert>
  );
}

type HeldProps = {
  readonly c: Context<AppEnv>;
  readonly vendor: string;
  /** The page holds what somebody has typed, and keeps it only while it is open. */
  readonly typed?: boolean;
  /** Where to come back to, where this is no page of its own. */
  readonly returnPath?: string;
};

/** That it waits, since a vendor has used the browser, and where to ask for the link that lets it go on. */
export function Held({ c, vendor, typed = false, returnPath = c.req.path }: HeldProps) {
  const { t } = useRequest();
  const path = withQuery(businessPath(requireActing(c), BROWSER), { return: returnPath });
  return (
    <Alert color="warning" title={t('access:held.title', { vendor })}>
      <p>{t('access:held.text', { vendor })}</p>
      {typed ? <p>{t('access:held.typed')}</p> : null}
      <Actions>
        <LinkButton href={path}>{t('access:held.button')}</LinkButton>
      </Actions>
    </Alert>
  );
}
