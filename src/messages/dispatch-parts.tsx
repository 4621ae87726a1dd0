import type { Context } from 'hono';
import { z } from 'zod';
import type { StaffActing } from '../staff/index.ts';
import type { AppEnv } from '../web/context.ts';
import { RadioGroup, Textarea, TextField } from '../web/forms.tsx';
import type { Template } from './dispatch-records.ts';
import type { DispatchDeps } from './dispatches.ts';
import { staffMessagesPath } from './staff-parts.tsx';
import { MAX_BODY, MAX_SUBJECT, TEXT_FIELDS, unknownFields, WRITTEN_CATEGORIES } from './threads.ts';

/** What the pages of writing to businesses, of what was written and of templates have in common. */

export const NEW = `${staffMessagesPath}/new`;
export const DISPATCHES = `${staffMessagesPath}/dispatches`;
export const TEMPLATES = `${staffMessagesPath}/templates`;

export type Handler = (
  c: Context<AppEnv>,
  deps: DispatchDeps,
  acting: StaffActing,
) => Response | Promise<Response>;
export type Page = Parameters<Handler>;
/** Has a page answer case officers alone. */
export type Officer = (handler: Handler) => (c: Context<AppEnv>) => Response | Promise<Response>;

/** A choice by its value, with the words that the group has for it. */
export const choiceOf = (c: Context<AppEnv>, group: string) => (value: string) => ({
  value,
  label: c.get('t')(`messages:${group}.${value}`),
});

type TextProps = { readonly c: Context<AppEnv>; readonly from?: Template | undefined };

/** What a message and a template have in common. */
export function TextFields({ c, from }: TextProps) {
  const t = c.get('t');
  const fields = TEXT_FIELDS.map((field) => `{{${field}}}`).join(', ');
  return (
    <>
      <RadioGroup
        name="category"
        label={t('messages:field.category')}
        value={from?.category}
        choices={WRITTEN_CATEGORIES.map(choiceOf(c, 'category'))}
      />
      <TextField
        name="subject"
        label={t('messages:field.subject')}
        description={t('messages:write.subjectHint')}
        value={from?.subject}
        maxlength={MAX_SUBJECT}
      />
      <Textarea
        name="body"
        label={t('messages:staff.text')}
        description={`${t('messages:write.fields')} ${fields}`}
        value={from?.body}
        rows={12}
        maxlength={MAX_BODY}
      />
    </>
  );
}

const knownFields = (text: string, context: { addIssue: (message: string) => void }): string => {
  if (unknownFields(text).length > 0) context.addIssue('messages:write.unknownField');
  return text;
};

export const textShape = {
  category: z.enum(WRITTEN_CATEGORIES, { error: 'web:form.choose' }),
  subject: z.string({ error: 'messages:write.subjectMissing' }).max(MAX_SUBJECT).transform(knownFields),
  body: z.string({ error: 'messages:write.bodyMissing' }).max(MAX_BODY).transform(knownFields),
};
