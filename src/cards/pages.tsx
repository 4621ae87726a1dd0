import { Hono, type Context } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  type Decision,
} from '../access/index.ts';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { addressText, confirmPath } from '../orders/index.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, parseForm, readForm, type FormState } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { toSvg } from '../web/drawing.ts';
import { qrCodeSvg } from '../web/qr-code.ts';
import { SearchForm, searchOf } from '../web/search.tsx';
import {
  blockCard,
  seeBack,
  seeCard,
  seeCards,
  seeCardToBlock,
  seeFront,
  seePlannedCard,
  seeToken,
  subjectOf,
  type CardDependencies,
  type Seen,
} from './actions.ts';
import {
  artworkOf,
  checkPageOf,
  DEFAULT_STYLE,
  drawBack,
  drawFront,
  printArtwork,
  type ArtworkOptions,
  type CardStyle,
} from './artwork.ts';
import { ConditionList, Unconfirmed } from './condition-parts.tsx';
import { colorOf, idOf, stateKey, Status } from './parts.tsx';
import { sendAgain, sendAgainPage } from './return-pages.tsx';
import type { CardReturn } from './return-records.ts';
import type { Card, ListedCard } from './records.ts';
import { blockReasons, cardLinkPath } from './rules.ts';

const PAGE_SIZE = 50;
const MOST_FOUND = 100;

const blockForm = z.object({ reason: z.enum(blockReasons, { error: 'cards:block.choose' }) });

/** What these pages need; `style`: how an installation has its cards look. */
export interface CardPageDependencies extends CardDependencies {
  readonly style?: CardStyle;
}

/** The business's cards: the list, each card as it is printed, and taking one out of use. */
export function createCardPages(deps: CardPageDependencies): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/cards', (c) => listPage(c, deps));
  app.get('/cards/:card', (c) => cardPage(c, deps));
  app.get('/cards/:card/picture.svg', (c) => front(c, deps));
  app.get('/cards/:card/back.svg', (c) => back(c, deps));
  app.get('/cards/:card/card.pdf', (c) => copy(c, deps));
  app.get('/cards/:card/qr.svg', (c) => qrCode(c, deps));
  app.get('/workers/:worker/card.svg', (c) => preview(c, deps));
  app.get('/cards/:card/block', (c) => blockPage(c, deps, emptyForm));
  app.post('/cards/:card/block', (c) => block(c, deps));
  app.get('/cards/:card/send-again', (c) => sendAgainPage(c, deps, emptyForm));
  app.post('/cards/:card/send-again', (c) => sendAgain(c, deps));
  return app;
}

async function listPage(c: Context<AppEnv>, deps: CardDependencies) {
  const search = searchOf(c);
  if (search !== '') return foundPage(c, deps, search);
  const t = c.get('t');
  const acting = requireActing(c);
  const asked = Number(c.req.query('page') ?? '1');
  const page = Number.isInteger(asked) && asked >= 1 && asked <= 100_000 ? asked : 1;
  const seen = await seeCards(deps, acting, { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE });
  if (!seen.ok) return refusedPage(c, seen.error);
  const { cards, count, permitted } = seen.value;
  if (cards.length === 0 && page > 1) return c.redirect(businessPath(acting, '/cards'), 303);
  const mayOrder = permitted.decide('orders.place').allowed || permitted.decide('orders.prepare').allowed;
  return renderBusinessPage(
    c,
    permitted,
    { title: t('cards:title'), section: 'cards' },
    cards.length === 0 ? (
      <EmptyState title={t('cards:empty.title')}>
        <p>{t('cards:empty.text')}</p>
        {mayOrder ? (
          <Actions>
            <LinkButton href={businessPath(acting, '/orders/new')}>{t('cards:empty.order')}</LinkButton>
          </Actions>
        ) : null}
      </EmptyState>
    ) : (
      <>
        <Lead>{t('cards:lead')}</Lead>
        <Search c={c} />
        <CardTable c={c} cards={cards} caption={t('cards:table.caption', { count })} />
        <Pagination
          page={page}
          pages={Math.ceil(count / PAGE_SIZE)}
          href={(number) => businessPath(acting, `/cards?page=${number}`)}
        />
      </>
    ),
  );
}

async function foundPage(c: Context<AppEnv>, deps: CardDependencies, text: string) {
  const t = c.get('t');
  const seen = await seeCards(deps, requireActing(c), { text, limit: MOST_FOUND, offset: 0 });
  if (!seen.ok) return refusedPage(c, seen.error);
  const { cards, count, permitted } = seen.value;
  return renderBusinessPage(
    c,
    permitted,
    { title: t('cards:search.title'), section: 'cards', breadcrumbs: crumbs(c) },
    <>
      <Search c={c} />
      {count > cards.length ? <p>{t('cards:search.tooMany', { shown: cards.length, count })}</p> : null}
      <CardTable
        c={c}
        cards={cards}
        caption={t('cards:table.found', { count })}
        empty={<EmptyState title={t('cards:search.none')} />}
      />
    </>,
  );
}

function crumbs(c: Context<AppEnv>) {
  return [{ label: c.get('t')('cards:title'), href: businessPath(requireActing(c), '/cards') }];
}

function Search({ c }: { readonly c: Context<AppEnv> }) {
  const t = c.get('t');
  return (
    <SearchForm
      to={businessPath(requireActing(c), '/cards')}
      label={t('cards:search.label')}
      search={searchOf(c)}
      submit={t('cards:search.submit')}
    />
  );
}

type CardTableProps = {
  readonly c: Context<AppEnv>;
  readonly cards: readonly ListedCard[];
  readonly caption: string;
  readonly empty?: ReturnType<typeof EmptyState>;
};

function CardTable({ c, cards, caption, empty }: CardTableProps) {
  const t = c.get('t');
  const acting = requireActing(c);
  return (
    <Table
      caption={caption}
      rows={cards}
      empty={empty}
      columns={[
        {
          header: t('cards:field.holder'),
          cell: (card) => <Link href={businessPath(acting, `/cards/${card.id}`)}>{card.holderName}</Link>,
        },
        { header: t('cards:field.number'), cell: (card) => <span class="nowrap">{card.number}</span> },
        { header: t('cards:field.type'), cell: (card) => t(`cards:type.${card.cardType}`) },
        {
          header: t('cards:field.state'),
          cell: (card) => <Tag color={colorOf(card)}>{t(stateKey(card))}</Tag>,
        },
        {
          header: t('cards:field.validThrough'),
          cell: (card) => <DateText date={endToLastDay(card.expiresAt)} />,
        },
        { header: t('cards:field.orderedBy'), cell: (card) => orderedBy(c, card) },
      ]}
    />
  );
}

function orderedBy(c: Context<AppEnv>, card: ListedCard): string {
  const { vendorName, orderedByName } = card;
  if (vendorName === null) return orderedByName ?? c.get('t')('cards:orderedBy.business');
  return orderedByName === null ? vendorName : `${orderedByName}, ${vendorName}`;
}

async function cardPage(c: Context<AppEnv>, deps: CardDependencies) {
  const seen = await seeCard(deps, requireActing(c), idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const t = c.get('t');
  const { card, conditions, returned, permitted } = seen.value;
  const path = businessPath(requireActing(c), `/cards/${card.id}`);
  return renderBusinessPage(
    c,
    permitted,
    { title: card.holderName, section: 'cards', breadcrumbs: crumbs(c) },
    <>
      <Status c={c} card={card} to="business" />
      {returned === undefined ? null : (
        <Returned c={c} permitted={permitted} card={card} returned={returned} />
      )}
      {conditions === undefined || card.blockedAt !== null ? null : (
        <>
          <Unconfirmed conditions={conditions} />
          <Section title={t('cards:conditions.title')}>
            <ConditionList conditions={conditions} />
          </Section>
        </>
      )}
      <Section title={t('cards:picture.title')}>
        {card.birthDate === null ? <p>{t('cards:picture.withheld')}</p> : null}
        <div class="card-picture">
          {card.birthDate === null ? null : (
            <>
              <img
                src={`${path}/picture.svg`}
                alt={t('cards:picture.alt', { name: card.holderName })}
                width="428"
                height="270"
              />
              <img src={`${path}/back.svg`} alt={t('cards:picture.backAlt')} width="428" height="270" />
            </>
          )}
          <img src={`${path}/qr.svg`} alt={t('cards:picture.qrAlt')} width="180" height="180" />
        </div>
        {card.birthDate === null ? null : (
          <p class="alone">
            <Link href={`${path}/card.pdf`}>{t('cards:picture.pdf')}</Link>
          </p>
        )}
        <p>{t('cards:picture.address', { address: c.get('web').publicOrigin + cardLinkPath('…') })}</p>
      </Section>
      <Section title={t('cards:printed')}>
        <DescriptionList items={printed(c, card)} />
      </Section>
      <Actions>
        {card.blockedAt === null ? (
          <LinkButton
            href={`${path}/block`}
            color="danger"
            variant="secondary"
            disabledReason={reasonOf(c, permitted.decide('cards.block', subjectOf(card)))}
          >
            {t('cards:block.button')}
          </LinkButton>
        ) : null}
        <LinkButton
          href={confirmPath(requireActing(c), card.unitId, [card.workerId])}
          variant="secondary"
          disabledReason={orderReason(c, permitted, card)}
        >
          {t('cards:another')}
        </LinkButton>
      </Actions>
    </>,
  );
}

type ReturnedProps = {
  readonly c: Context<AppEnv>;
  readonly permitted: Seen<object>['permitted'];
  readonly card: Card;
  readonly returned: CardReturn;
};

/** Why the card came back, and where it is sent instead, or who says so. */
function Returned({ c, permitted, card, returned }: ReturnedProps) {
  const t = c.get('t');
  const { address, askedByName, reason, returnedAt } = returned;
  const subject = { unitId: card.unitId, workerId: card.workerId };
  return (
    <Section title={t('cards:again.heading')}>
      <p>
        {t(`cards:again.reason.${reason}`)} {t('cards:again.since')} <DateText date={returnedAt} time />
      </p>
      {address === null ? (
        <>
          <p>{t('cards:again.choice')}</p>
          <LinkButton
            href={businessPath(requireActing(c), `/cards/${card.id}/send-again`)}
            disabledReason={reasonOf(c, permitted.decide('orders.place', subject))}
          >
            {t('cards:again.button')}
          </LinkButton>
        </>
      ) : (
        <p>{t('cards:again.decided', { person: askedByName ?? '', address: addressText(address) })}</p>
      )}
    </Section>
  );
}

function printed(c: Context<AppEnv>, card: Card) {
  const t = c.get('t');
  return [
    { term: t('cards:field.holder'), value: card.holderName },
    ...(card.birthDate === null
      ? []
      : [{ term: t('cards:field.birthDate'), value: <DateText date={card.birthDate} /> }]),
    { term: t('cards:field.number'), value: card.number },
    { term: t('cards:field.type'), value: t(`cards:type.${card.cardType}`) },
    { term: t('cards:field.employer'), value: card.employerName },
    {
      term: t('cards:field.organisationNumber'),
      value: formatOrganisationNumber(card.organisationNumber),
    },
    { term: t('cards:field.issued'), value: <DateText date={osloToday(card.issuedAt)} /> },
    { term: t('cards:field.validThrough'), value: <DateText date={endToLastDay(card.expiresAt)} /> },
    { term: t('cards:field.orderedBy'), value: orderedBy(c, card) },
  ];
}

function reasonOf(c: Context<AppEnv>, decision: Decision): string | undefined {
  if (decision.allowed) return undefined;
  const t = c.get('t');
  return `${t(`access:refusal.${decision.refusal}.rule`)} ${t(`access:refusal.${decision.refusal}.who`)}`;
}

/** Why the asker orders no other card for the holder; whoever may only prepare does that. */
function orderReason(c: Context<AppEnv>, permitted: Seen<object>['permitted'], card: Card) {
  const subject = { unitId: card.unitId, workerId: card.workerId };
  if (permitted.decide('orders.prepare', subject).allowed) return undefined;
  return reasonOf(c, permitted.decide('orders.place', subject));
}

async function front(c: Context<AppEnv>, deps: CardPageDependencies) {
  const seen = await seeFront(deps, requireActing(c), idOf(c), 'thumbnail');
  if (!seen.ok) return refusedPage(c, seen.error);
  const options = { ...optionsOf(c, deps.style), photo: seen.value.photo };
  return svg(c, toSvg(drawFront(artworkOf(seen.value.card, c.get('web').publicOrigin), options)));
}

async function back(c: Context<AppEnv>, deps: CardPageDependencies) {
  const seen = await seeBack(deps, requireActing(c), idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { card, code } = seen.value;
  return svg(c, toSvg(drawBack(artworkOf(card, c.get('web').publicOrigin), optionsOf(c, deps.style), code)));
}

/** The front of a card that is not made yet: `PRØVE / SPECIMEN` across it, and no number. */
async function preview(c: Context<AppEnv>, deps: CardPageDependencies) {
  const seen = await seePlannedCard(deps, requireActing(c), idOf(c, 'worker'));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { card, cardType } = seen.value;
  const options = { ...optionsOf(c, deps.style), photo: card.photo ?? undefined };
  return svg(c, toSvg(drawFront({ ...card, cardType, made: undefined }, options)));
}

/**
 * Both sides as they are printed, but for the word across them and the code on the back, which only the issuer gets: a copy is
 * handed on, and proves nothing.
 */
async function copy(c: Context<AppEnv>, deps: CardPageDependencies) {
  const seen = await seeFront(deps, requireActing(c), idOf(c), 'image');
  if (!seen.ok) return refusedPage(c, seen.error);
  const options = { ...optionsOf(c, deps.style), photo: seen.value.photo, copy: true };
  const card = artworkOf(seen.value.card, c.get('web').publicOrigin);
  const pdf = await printArtwork(card, options);
  return c.body(new Uint8Array(pdf), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': 'attachment; filename="hms-kort.pdf"',
  });
}

function optionsOf(c: Context<AppEnv>, style: CardStyle = DEFAULT_STYLE): Omit<ArtworkOptions, 'photo'> {
  const { translator, publicOrigin } = c.get('web');
  const words = { nb: translator.for('nb'), en: translator.for('en') };
  return { words, style, checkPage: checkPageOf(publicOrigin) };
}

async function qrCode(c: Context<AppEnv>, deps: CardDependencies) {
  const seen = await seeToken(deps, requireActing(c), idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  return svg(c, await qrCodeSvg(c.get('web').publicOrigin + cardLinkPath(seen.value)));
}

function svg(c: Context<AppEnv>, drawing: string): Response {
  return c.body(drawing, 200, { 'Content-Type': 'image/svg+xml; charset=utf-8' });
}

async function blockPage(c: Context<AppEnv>, deps: CardDependencies, state: FormState) {
  const seen = await seeCardToBlock(deps, requireActing(c), idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { card, permitted } = seen.value;
  const path = businessPath(requireActing(c), `/cards/${card.id}`);
  if (card.blockedAt !== null) return c.redirect(path, 303);
  return blockFormPage(c, { card, permitted }, path, state);
}

function blockFormPage(
  c: Context<AppEnv>,
  { card, permitted }: Seen<{ readonly card: Card }>,
  path: string,
  state: FormState,
) {
  const t = c.get('t');
  const failed = Object.keys(state.errors).length > 0;
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('cards:block.title'),
      section: 'cards',
      narrow: true,
      status: failed ? 422 : 200,
      breadcrumbs: [...crumbs(c), { label: card.holderName, href: path }],
    },
    <>
      <p>{t('cards:block.which', { name: card.holderName, number: card.number })}</p>
      <Alert color="warning" title={t('cards:block.warningTitle')}>
        <p>{t('cards:block.warning')}</p>
      </Alert>
      <PostForm state={state}>
        <RadioGroup
          name="reason"
          label={t('cards:block.reason')}
          choices={blockReasons.map((reason) => ({
            value: reason,
            label: t(`cards:block.${reason}`),
            description: t(`cards:block.${reason}Text`),
          }))}
        />
        <Actions>
          <SubmitButton color="danger">{t('cards:block.submit')}</SubmitButton>
          <LinkButton href={path} variant="tertiary">
            {t('cards:block.cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function block(c: Context<AppEnv>, deps: CardDependencies) {
  const parsed = parseForm(blockForm, await readForm(c));
  if (!parsed.ok) return blockPage(c, deps, parsed.error);
  const acting = requireActing(c);
  const blocked = await blockCard(deps, acting, idOf(c), parsed.value.reason);
  const path = businessPath(acting, `/cards/${idOf(c)}`);
  if (blocked.ok) return redirectDone(c, path, 'cards:done.blocked');
  if (blocked.error.kind === 'already-blocked') return c.redirect(path, 303);
  return refusedPage(c, blocked.error);
}
