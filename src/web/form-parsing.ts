import type { Context } from 'hono';
import { z } from 'zod';
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
  const values = typedValues(form);
  const unusable = Object.keys(values).filter((name) => values[name]?.some(hasControlCharacters));
  if (unusable.length > 0) {
    return err({ values, errors: Object.fromEntries(unusable.map((name) => [name, errorOf('characters')])) });
  }
  const result = schema.safeParse(schemaInput(form), { reportInput: true });
  if (result.success) return ok(result.data);
  const errors = new Map<string, FieldError>();
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    if (!errors.has(field)) errors.set(field, errorOfIssue(issue));
  }
  return err({ values, errors: Object.fromEntries(errors) });
}

/** The same form with errors found by the rules after it had been read: `{ email: 'contact:email.taken' }`. */
export function formWithErrors(
  form: FormData,
  errors: Readonly<Record<string, string | FieldError>>,
): FormState {
  return {
    values: typedValues(form),
    errors: Object.fromEntries(
      Object.entries(errors).map(([name, error]) => [
        name,
        typeof error === 'string' ? { key: error } : error,
      ]),
    ),
  };
}

/** The form of this request. Read once however often it is asked for. A broken body is answered with 400 before. */
export function readForm(c: Context<AppEnv>): Promise<FormData> {
  return c.req.formData();
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

const isTranslationKey = /^[a-z][\w-]*:[\w.-]+$/u;

// Line breaks and tabs are text; the rest neither shows nor can, for NUL, be stored.
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u;

function hasControlCharacters(text: string): boolean {
  return controlCharacters.test(text) || !text.isWellFormed();
}

function fieldNames(form: FormData): readonly string[] {
  return [...new Set(form.keys())].filter((name) => name !== '_csrf');
}

function typedValues(form: FormData): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const name of fieldNames(form)) {
    const texts = form.getAll(name).filter((value) => typeof value === 'string');
    if (texts.length > 0) Object.defineProperty(values, name, { value: texts, enumerable: true });
  }
  return values;
}

/** With no prototype, so that a field nobody sent is not found among what every object has. */
function schemaInput(form: FormData): Readonly<Record<string, unknown>> {
  const input = Object.create(null) as Record<string, unknown>;
  for (const name of fieldNames(form)) {
    const values = form
      .getAll(name)
      .map(normalise)
      .filter((value) => value !== undefined);
    if (values.length > 0) input[name] = values.length === 1 ? values[0] : values;
  }
  return input;
}

function normalise(value: string | File): string | File | undefined {
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
