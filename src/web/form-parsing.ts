import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AppEnv, TextValues } from './context.ts';

/** What is wrong with a field: a translation key and what to fill it in with. */
export type FieldError = { readonly key: string; readonly values?: TextValues };

/** Errors by the name of the field, in the order of the form. */
export type FieldErrors = Readonly<Record<string, FieldError>>;

/** A form as it was sent, with what was wrong with it: all that is needed to show it again. */
export type FormState = {
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly errors: FieldErrors;
};

/** A form nobody has sent yet. */
export const emptyForm: FormState = { values: {}, errors: {} };

/**
 * Reads a sent form into a typed value, or says by field what is wrong and keeps what was typed.
 *
 * The schema gets a string for a field sent once, an array for one sent more than once, a `File` for a file, and
 * nothing for an empty field. Text is trimmed and in Unicode's composed form. A message in the schema is a
 * translation key (`z.string({ error: 'contact:email.missing' })`); the rest get plain words of our own.
 */
export function parseForm<T>(schema: z.ZodType<T>, form: FormData): Result<T, FormState> {
  const fields = fieldsOf(form);
  const unusable = [...fields].filter(([, values]) => values.some(hasControlCharacters));
  if (unusable.length > 0) {
    const errors = Object.fromEntries(unusable.map(([name]) => [name, errorOf('characters')]));
    return err({ values: typedValues(fields), errors });
  }
  const result = schema.safeParse(schemaInput(fields), { reportInput: true });
  if (result.success) return ok(result.data);
  const errors = new Map<string, FieldError>();
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    if (!errors.has(field)) errors.set(field, errorOfIssue(issue));
  }
  return err({ values: typedValues(fields), errors: Object.fromEntries(errors) });
}

/** The same form with errors found by the rules after it had been read: `{ email: 'contact:email.taken' }`. */
export function formWithErrors(
  form: FormData,
  errors: Readonly<Record<string, string | FieldError>>,
): FormState {
  return {
    values: typedValues(fieldsOf(form)),
    errors: Object.fromEntries(
      Object.entries(errors).map(([name, error]) => [
        name,
        typeof error === 'string' ? { key: error } : error,
      ]),
    ),
  };
}

const forms = new WeakMap<Context<AppEnv>, Promise<FormData>>();

/** The form of this request. Read once however often it is asked for. A body that is no form is answered with 400. */
export function readForm(c: Context<AppEnv>): Promise<FormData> {
  const known = forms.get(c);
  if (known !== undefined) return known;
  const form = (isUrlEncoded(c) ? c.req.text().then(decodeForm) : c.req.formData()).catch(() => {
    throw new HTTPException(400);
  });
  forms.set(c, form);
  return form;
}

/** Whether the request brings a form, of either kind. */
export function sendsForm(c: Context<AppEnv>): boolean {
  return isUrlEncoded(c) || /^multipart\/form-data\b/iu.test(c.req.header('content-type') ?? '');
}

function isUrlEncoded(c: Context<AppEnv>): boolean {
  return /^application\/x-www-form-urlencoded\b/iu.test(c.req.header('content-type') ?? '');
}

/** As the platform's `formData()` does, without making a stream of what has been read already. */
function decodeForm(text: string): FormData {
  const form = new FormData();
  for (const [name, value] of new URLSearchParams(text)) form.append(name, value);
  return form;
}

/** A value of the query; nothing when it holds what no text of ours does, such as NUL, which the database does not take. */
export function queryText(c: Context<AppEnv>, name: string): string | undefined {
  const text = c.req.query(name);
  return text === undefined || hasControlCharacters(text) ? undefined : text;
}

/** A list that may be sent as none, one or many values, such as a group of ticks. */
export function formList<T>(
  item: z.ZodType<T>,
  limits: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<T[]> {
  const { min = 0, max = 1000 } = limits;
  return z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value]),
    z
      .array(item)
      .min(min, min === 1 ? 'web:form.choose' : undefined)
      .max(max),
  );
}

/** A `Checkbox`: true when it is ticked. */
export const formTick: z.ZodType<boolean> = z
  .literal('yes')
  .optional()
  .transform((value) => value === 'yes');

/** A `Checkbox` that has to be ticked. */
export const formAcceptance: z.ZodType<'yes'> = z.literal('yes', { error: 'web:form.choose' });

/** Reads a `DateField` in a schema: `z.string().transform(toDay('workers:permit.problem.day'))`; `problem` is said of what is no day. */
export function toDay(problem = 'web:form.date') {
  return (text: string, context: { addIssue: (message: string) => void }): PlainDate => {
    const day = parsePlainDate(text);
    if (day !== undefined) return day;
    context.addIssue(problem);
    return z.NEVER;
  };
}

/** What was sent in a field, as it was; undefined where there is none, or a file. */
export function sentText(form: FormData, name: string): string | undefined {
  const sent = form.get(name);
  return typeof sent === 'string' ? sent : undefined;
}

/** What was typed into a field as `parseForm` gives it, trimmed and composed; empty where there is none. */
export const typedText = (form: FormData, name: string): string =>
  (sentText(form, name) ?? '').normalize('NFC').trim();

const isTranslationKey = /^[a-z][\w-]*:[\w.-]+$/u;

// Line breaks and tabs are text; the rest neither shows nor can, for NUL, be stored.
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u;

function hasControlCharacters(value: Sent): boolean {
  return typeof value === 'string' && (controlCharacters.test(value) || !value.isWellFormed());
}

type Sent = string | File;

/** What was sent, by the name of the field. */
type Fields = ReadonlyMap<string, readonly Sent[]>;

function fieldsOf(form: FormData): Fields {
  const fields = new Map<string, Sent[]>();
  for (const [name, value] of form) {
    const known = fields.get(name);
    if (known !== undefined) known.push(value);
    else if (name !== '_csrf') fields.set(name, [value]);
  }
  return fields;
}

function typedValues(fields: Fields): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, sent] of fields) {
    const texts = sent.filter((value) => typeof value === 'string');
    if (texts.length > 0) Object.defineProperty(values, name, { value: texts, enumerable: true });
  }
  return values;
}

/** With no prototype, so that a field nobody sent is not found among what every object has. */
function schemaInput(fields: Fields): Readonly<Record<string, unknown>> {
  const input = Object.create(null) as Record<string, unknown>;
  for (const [name, sent] of fields) {
    const values = sent.map(normalise).filter((value) => value !== undefined);
    if (values.length > 0) input[name] = values.length === 1 ? values[0] : values;
  }
  return input;
}

function normalise(value: Sent): Sent | undefined {
  if (typeof value !== 'string') return value.size === 0 && value.name === '' ? undefined : value;
  const text = value.replace(/\r\n?/gu, '\n').normalize('NFC').trim();
  return text === '' ? undefined : text;
}

function errorOf(key: string, values?: TextValues): FieldError {
  return values === undefined ? { key: `web:form.${key}` } : { key: `web:form.${key}`, values };
}

function errorOfIssue(issue: z.core.$ZodIssue): FieldError {
  if (issue.code === 'custom' && isFieldError(issue.params)) return issue.params;
  if (isTranslationKey.test(issue.message)) return { key: issue.message };
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? errorOf('required') : typeError(issue.expected);
    case 'too_small':
      return errorOf(sizeKey(issue.origin, 'tooShort', 'tooFew', 'tooSmall'), {
        minimum: Number(issue.minimum),
      });
    case 'too_big':
      return errorOf(sizeKey(issue.origin, 'tooLong', 'tooMany', 'tooLarge'), {
        maximum: Number(issue.maximum),
      });
    case 'invalid_format':
      return errorOf(issue.format === 'email' ? 'email' : issue.format === 'date' ? 'date' : 'format');
    case 'invalid_value':
      return errorOf(issue.input === undefined ? 'choose' : 'notAllowed');
    default:
      return errorOf('format');
  }
}

function typeError(expected: string): FieldError {
  return errorOf(expected === 'int' ? 'wholeNumber' : expected === 'number' ? 'number' : 'format');
}

function sizeKey(origin: string, text: string, list: string, number: string): string {
  if (origin === 'string') return text;
  return origin === 'array' || origin === 'set' ? list : number;
}

function isFieldError(params: unknown): params is FieldError {
  return typeof params === 'object' && params !== null && 'key' in params && typeof params.key === 'string';
}
