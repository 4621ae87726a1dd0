import { z } from 'zod';
import { Actions, Alert, LinkButton } from '../web/components.tsx';
import type { FormState } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import { ownReportReasons } from './rules.ts';

/** The fields of `OwnReportForm`, as it sends them. */
export const ownReportForm = z.object({
  reason: z.enum(ownReportReasons, { error: 'cards:block.choose' }),
});

type OwnReportFormProps = {
  readonly employer: string;
  readonly state: FormState;
  readonly action: string;
  /** Where the worker's cards are. */
  readonly back: string;
};

/** What a worker fills in who reports a card of one's own gone, with what follows from it. */
export function OwnReportForm({ employer, state, action, back }: OwnReportFormProps) {
  const { t } = useRequest();
  return (
    <>
      <Alert color="warning" title={t('cards:block.warningTitle')}>
        <p>{t('cards:own.warning', { employer })}</p>
      </Alert>
      <PostForm action={action} state={state}>
        <RadioGroup
          name="reason"
          label={t('cards:block.reason')}
          choices={ownReportReasons.map((reason) => ({
            value: reason,
            label: t(`cards:block.${reason}`),
            description: t(`cards:own.${reason}Text`),
          }))}
        />
        <Actions>
          <SubmitButton color="danger">{t('cards:block.submit')}</SubmitButton>
          <LinkButton href={back} variant="tertiary">
            {t('cards:block.cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>
  );
}
