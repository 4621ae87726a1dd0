import type { Context } from 'hono';
import { isUuid } from '../kernel/ids.ts';
import { Alert, DateText } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import type { Card } from './records.ts';
import { stateColors } from './state-colors.ts';

/** What is not an id is looked for all the same, so that it is refused as an id that leads nowhere is. */
export function idOf(c: Context<AppEnv>, name: 'card' | 'worker' = 'card'): string {
  const id = c.req.param(name);
  return isUuid(id) ? id : '00000000-0000-0000-0000-000000000000';
}

type StatusProps = {
  readonly c: Context<AppEnv>;
  readonly card: Pick<Card, 'state' | 'production' | 'suspendedReason' | 'blockedAt' | 'blockedReason'>;
  /** Whom it tells what follows from the state: the holder of the card, or the business. */
  readonly to: 'holder' | 'business';
};

/** One that came back is made, but nobody has it. */
const cameBack = ({ state, production }: Pick<Card, 'state' | 'production'>): boolean =>
  state === 'in-production' && production === 'returned';

/** How a card's state is shown. */
export function colorOf(card: Pick<Card, 'state' | 'production'>) {
  return cameBack(card) ? 'warning' : stateColors[card.state];
}

/** What a card's state is called. */
export function stateKey(card: Pick<Card, 'state' | 'production'>): string {
  return `cards:state.${cameBack(card) ? 'came-back' : card.state}`;
}

/** The state and why, in words that say what follows from it. */
export function Status({ c, card, to }: StatusProps) {
  const t = c.get('t');
  return (
    <Alert color={colorOf(card)} title={t(stateKey(card))}>
      <p>
        {t(whyKey(c, card, to))}
        {card.blockedAt === null ? null : (
          <>
            {' '}
            <DateText date={card.blockedAt} time />
          </>
        )}
      </p>
    </Alert>
  );
}

/** A condition that fails by its name, where it has one. */
function whyKey(c: Context<AppEnv>, card: StatusProps['card'], to: StatusProps['to']): string {
  switch (card.state) {
    case 'blocked':
      return `cards:why.${card.blockedReason ?? 'lost'}`;
    case 'in-production':
      return `cards:production.${card.production}`;
    case 'suspended': {
      const key = `cards:condition.${card.suspendedReason ?? ''}`;
      return c.get('web').translator.has(c.get('language'), key) ? key : 'cards:why.suspended';
    }
    case 'valid':
    case 'expired':
      return `cards:${to === 'holder' ? 'own.' : ''}why.${card.state}`;
  }
}
