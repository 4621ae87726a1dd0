import type { Context } from 'hono';
import { grantableRights, type Right, sightOf } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { nok } from '../kernel/money.ts';
import { formatOrganisationNumber, parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { SecurityAnswers, SecuritySummary } from '../vendors/index.ts';
import { Alert, DateText, DescriptionList, Money, Section, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { renderPage } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import { vendorsPath } from './paths.ts';
import { findProfile, listVendors } from './records.ts';
import type { VendorProfile } from './rules.ts';
import { Definitions, VendorNumbers } from './numbers.tsx';

/** One vendor: what the register says, what it has answered, what it may see, and numbers with what each is. */
export async function profilePage(
  c: Context<AppEnv>,
  { database }: { readonly database: Pick<Database, 'check'> },
) {
  const number = parseOrganisationNumber(c.req.param('number') ?? '');
  const profile = number.ok ? await findProfile(database, number.value) : undefined;
  if (profile === undefined) return notFoundPage(c);
  // Only those that may be chosen have numbers.
  const wanted = { search: profile.organisationNumber, sort: 'name', page: 1, pageSize: 1 } as const;
  const listed = (await listVendors(database, wanted)).vendors[0];
  const t = c.get('t');
  const now = new Date();
  return renderPage(
    c,
    {
      title: profile.name,
      breadcrumbs: [{ label: t('directory:profile.back'), href: vendorsPath }],
    },
    <Stack>
      {profile.barred ? (
        <Alert color="danger" title={t('directory:profile.barred')}>
          <p>{t('directory:profile.barredText')}</p>
        </Alert>
      ) : null}
      {profile.bankrupt || profile.dissolved ? (
        <Alert color="danger" title={t('directory:profile.closed')}>
          <p>{t('directory:profile.closedText')}</p>
        </Alert>
      ) : null}
      <Who profile={profile} />
      <Section title={t('directory:profile.security')}>
        <p>{t('vendors:security.own')}</p>
        <SecuritySummary answers={profile.answers} now={now} />
        <SecurityAnswers answers={profile.answers} now={now} />
      </Section>
      <Sees />
      {listed === undefined ? null : (
        <>
          <Section title={t('directory:profile.numbers')}>
            <VendorNumbers vendor={listed} />
          </Section>
          <Definitions countedAt={listed.countedAt} />
        </>
      )}
    </Stack>,
  );
}

function Who({ profile }: { readonly profile: VendorProfile }) {
  const { t } = useRequest();
  const yesNo = (is: boolean) => t(is ? 'directory:vendors.yes' : 'directory:vendors.no');
  const { officers, subProcessors } = profile;
  return (
    <Section title={t('directory:profile.who')}>
      <DescriptionList
        items={[
          {
            term: t('directory:vendors.number'),
            value: <span class="nowrap">{formatOrganisationNumber(profile.organisationNumber)}</span>,
          },
          { term: t('directory:vendors.form'), value: profile.form },
          {
            term: t('directory:profile.officers'),
            value:
              officers.length === 0
                ? t('directory:profile.noOfficers')
                : officers.map(({ name, role }) => (
                    <p>
                      {name}, {t(`businesses:role.${role}`)}
                    </p>
                  )),
          },
          { term: t('directory:vendors.since'), value: <DateText date={profile.registeredAt} /> },
          { term: t('directory:vendors.vat'), value: yesNo(profile.vatRegistered) },
          { term: t('directory:profile.bankrupt'), value: yesNo(profile.bankrupt) },
          { term: t('directory:profile.dissolved'), value: yesNo(profile.dissolved) },
          { term: t('directory:profile.readAt'), value: <DateText date={profile.readAt} time /> },
          { term: t('directory:vendors.fee'), value: <Money amount={nok(profile.feeOre)} /> },
          {
            term: t('directory:profile.agreement'),
            value: t('directory:profile.agreementOf', { version: profile.agreementVersion }),
          },
          {
            term: t('directory:profile.subProcessors'),
            value:
              subProcessors.length === 0
                ? t('directory:profile.noSubProcessors')
                : subProcessors.map(({ name, country, purpose }) => (
                    <p>
                      {name}, {country}: {purpose}
                    </p>
                  )),
          },
        ]}
      />
    </Section>
  );
}

/** What each right shows a vendor of workers: what it may never have is not there. */
function Sees() {
  const { t } = useRequest();
  const fieldsOf = (right: Right) => [...new Set(sightOf('vendor', [right]).flatMap(({ fields }) => fields))];
  return (
    <Section title={t('directory:profile.sees')}>
      <p>{t('directory:profile.seesText')}</p>
      <Table
        caption={t('directory:profile.sees')}
        captionHidden
        rows={grantableRights('vendor').filter((right) => fieldsOf(right).length > 0)}
        columns={[
          { header: t('access:column.rights'), cell: (right) => t(`access:right.${right}.can`) },
          {
            header: t('access:sight.fields'),
            cell: (right) =>
              fieldsOf(right)
                .map((field) => t(`access:field.${field}`))
                .join(', '),
          },
        ]}
      />
    </Section>
  );
}
