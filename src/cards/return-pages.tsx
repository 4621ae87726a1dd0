import type { Context } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { DeliveryChoice, deliveryOf, deliveryShape, isRefused } from '../orders/index.ts';
import { Actions, Alert, DateText, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import type { CardDependencies } from './actions.ts';
import { idOf } from './parts.tsx';
import { seeReturn, sendCardAgain } from './return-actions.ts';

type Page = Context<AppEnv>;

const sendForm = z.object(deliveryShape);

/** GET /cards/:card/send-again: where a card is sent that came back; drawn again with what is wrong with the form. */
export async function sendAgainPage(c: Page, deps: CardDependencies, state: FormState): Promise<Response> {
  const acting = requireActing(c);
  const seen = await seeReturn(deps, acting, idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { card, returned, addresses, permitted } = seen.value;
  const t = c.get('t');
  const path = businessPath(acting, `/cards/${card.id}`);
  if (returned.address !== null) return c.redirect(path, 303);
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('cards:again.title'),
      section: 'cards',
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: [
        { label: t('cards:title'), href: businessPath(acting, '/cards') },
        { label: card.holderName, href: path },
      ],
    },
    <>
      <p>{t('cards:again.which', { name: card.holderName, number: card.number })}</p>
      <Alert color="warning" title={t(`cards:again.reason.${returned.reason}`)}>
        <p>
          {t('cards:again.since')} <DateText date={returned.returnedAt} time />
        </p>
      </Alert>
      <PostForm state={state}>
        <DeliveryChoice facts={permitted.facts} addresses={addresses} />
        <p>{t('cards:again.free')}</p>
        <Actions>
          <SubmitButton>{t('cards:again.submit')}</SubmitButton>
          <LinkButton href={path} variant="tertiary">
            {t('cards:block.cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

/** POST /cards/:card/send-again */
export async function sendAgain(c: Page, deps: CardDependencies): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(sendForm, form);
  if (!parsed.ok) return sendAgainPage(c, deps, parsed.error);
  const delivery = deliveryOf(parsed.value);
  if (!delivery.ok) return sendAgainPage(c, deps, formWithErrors(form, delivery.error));
  const acting = requireActing(c);
  const cardId = idOf(c);
  const sent = await sendCardAgain(deps, acting, { cardId, ...delivery.value });
  const path = businessPath(acting, `/cards/${cardId}`);
  if (sent.ok) return redirectDone(c, path, 'cards:done.sentAgain');
  if (isRefused(sent.error)) return refusedPage(c, sent.error);
  if (sent.error.kind === 'no-such-address')
    return sendAgainPage(c, deps, formWithErrors(form, { to: 'orders:confirm.addressGone' }));
  // Somebody has said so before.
  return c.redirect(path, 303);
}
