import type { Context } from 'hono';
import type { AppEnv } from '../web/context.ts';
import { changedFields, type ContactDetails, type ContactField, textOf } from './rules.ts';

type Page = Context<AppEnv>;

type FieldTextProps = {
  readonly c: Page;
  readonly details: ContactDetails;
  readonly field: ContactField;
};

/** One field of the details, on as many lines as it has. */
export function FieldText({ c, details, field }: FieldTextProps) {
  const t = c.get('t');
  const text = textOf(details, field);
  if (text === '') return <>{t('contact:none')}</>;
  if (field === 'language') return <>{t(`contact:language.${details.language}`)}</>;
  return <span class="written">{text}</span>;
}

/** As `FieldText`, where it stands in the middle of something. */
function inOneLine(c: Page, details: ContactDetails, field: ContactField): string {
  const t = c.get('t');
  if (field === 'language') return t(`contact:language.${details.language}`);
  return textOf(details, field).replaceAll('\n', ', ') || t('contact:none');
}

type DifferencesProps = { readonly c: Page; readonly before: ContactDetails; readonly after: ContactDetails };

/** What changed, field by field. */
export function Differences({ c, before, after }: DifferencesProps) {
  const t = c.get('t');
  return (
    <ul class="changes">
      {changedFields(before, after).map((field) => (
        <li>
          {t(`contact:field.${field}`)}: {inOneLine(c, before, field)} → {inOneLine(c, after, field)}
        </li>
      ))}
    </ul>
  );
}
