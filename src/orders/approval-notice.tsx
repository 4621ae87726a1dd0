import { Alert, DateText } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import type { ApprovalLack } from './approval.ts';

/** Says in plain words that the business is not approved yet, what its register says, how old that is, and what to do. */
export function ApprovalNotice({ lack }: { readonly lack: ApprovalLack }) {
  const { t } = useRequest();
  const { register, standing, words, asOf } = lack;
  const title = lack.nobody ? `orders:authority.title.${register}` : 'orders:authority.title.withoutStaff';
  return (
    <Alert color="warning" title={t(title)}>
      <p>{t(`orders:authority.standing.${standing}`, { words })}</p>
      <p>{t(lack.nobody ? `orders:authority.how.${register}` : 'orders:authority.how.withoutStaff')}</p>
      {asOf === null ? null : (
        <p>
          {t('orders:authority.asOf')} <DateText date={asOf} time />
        </p>
      )}
    </Alert>
  );
}
