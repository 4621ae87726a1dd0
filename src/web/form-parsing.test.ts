import fc from 'fast-check';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parsePlainDate } from '../kernel/dates.ts';
import type { AppEnv } from './context.ts';
import {
  formAcceptance,
  formList,
  formTick,
  formWithErrors,
  parseForm,
  readForm,
  sendsForm,
} from './form-parsing.ts';

function form(...entries: [string, string | File][]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

describe('A sent form', () => {
  test('is trimmed, composed and read into what the schema says', () => {
    const schema = z.object({
      name: z.string(),
      note: z.string().optional(),
      count: z.coerce.number<string>().int(),
    });
    const sent = form(['name', '  A\u030Ase \r\nBe  '], ['note', '   '], ['count', '3'], ['_csrf', 'x']);
    expect(parseForm(schema, sent)).toEqual({ ok: true, value: { name: 'Åse \nBe', count: 3 } });
  });

  test('says by field what is wrong in words of ours, and keeps what was typed as it was typed', () => {
    const schema = z.object({
      email: z.email(),
      name: z.string(),
      short: z.string().min(3),
      long: z.string().max(2),
      unit: z.enum(['oslo']),
      gone: z.enum(['oslo']),
      count: z.coerce.number<string>().max(40),
      own: z.string().refine((text) => parsePlainDate(text) !== undefined, 'web:form.date'),
    });
    const sent = form(
      ['email', ' not one '],
      ['short', 'ab'],
      ['long', 'abc'],
      ['gone', 'bergen'],
      ['count', '41'],
      ['own', '2026-02-30'],
    );
    expect(parseForm(schema, sent)).toEqual({
      ok: false,
      error: {
        values: {
          email: [' not one '],
          short: ['ab'],
          long: ['abc'],
          gone: ['bergen'],
          count: ['41'],
          own: ['2026-02-30'],
        },
        errors: {
          email: { key: 'web:form.email' },
          name: { key: 'web:form.required' },
          short: { key: 'web:form.tooShort', values: { minimum: 3 } },
          long: { key: 'web:form.tooLong', values: { maximum: 2 } },
          unit: { key: 'web:form.choose' },
          gone: { key: 'web:form.notAllowed' },
          count: { key: 'web:form.tooLarge', values: { maximum: 40 } },
          own: { key: 'web:form.date' },
        },
      },
    });
  });

  test('reads none, one and many ticks as a list', () => {
    const schema = z.object({
      workers: formList(z.string(), { min: 1, max: 2 }),
      tick: formTick,
      accept: formAcceptance,
    });
    expect(parseForm(schema, form(['workers', '1'], ['accept', 'yes']))).toEqual({
      ok: true,
      value: { workers: ['1'], tick: false, accept: 'yes' },
    });
    expect(
      parseForm(schema, form(['workers', '1'], ['workers', '2'], ['tick', 'yes'], ['accept', 'yes'])),
    ).toEqual({
      ok: true,
      value: { workers: ['1', '2'], tick: true, accept: 'yes' },
    });
    expect(parseForm(schema, form())).toMatchObject({
      error: { errors: { workers: { key: 'web:form.choose' }, accept: { key: 'web:form.choose' } } },
    });
    expect(
      parseForm(schema, form(['workers', '1'], ['workers', '2'], ['workers', '3'], ['accept', 'yes'])),
    ).toMatchObject({ error: { errors: { workers: { key: 'web:form.tooMany', values: { maximum: 2 } } } } });
  });

  test.each(['a\u0000b', 'a\u001bb', 'a\ud800b'])('refuses characters that cannot be stored: %j', (text) => {
    // FormData itself mends half a character, so that one is given to the schema's side by hand.
    const sent = form(['name', 'x']);
    sent[Symbol.iterator] = () => new Map([['name', text]]).entries();
    expect(parseForm(z.object({ name: z.string() }), sent)).toMatchObject({
      error: { errors: { name: { key: 'web:form.characters' } } },
    });
  });

  test('is not fooled by names that objects have of themselves', () => {
    const sent = form(['__proto__', 'x'], ['constructor', 'y'], ['name', 'z']);
    expect(parseForm(z.object({ name: z.string(), toString: z.string().optional() }), sent)).toEqual({
      ok: true,
      value: { name: 'z' },
    });
    expect(formWithErrors(sent, { name: 'contact:taken' })).toMatchObject({
      values: { constructor: ['y'], name: ['z'] },
      errors: { name: { key: 'contact:taken' } },
    });
  });
});

describe('The form of a request', () => {
  const app = new Hono<AppEnv>();
  app.post('/', async (c) => {
    const [first, again] = await Promise.all([readForm(c), readForm(c)]);
    return c.json({ entries: [...first], once: first === again, form: sendsForm(c) });
  });
  app.post('/platform', async (c) => c.json([...(await c.req.formData())]));
  const send = async (body: string | URLSearchParams | FormData, type?: string) => {
    const init = {
      method: 'POST',
      body,
      ...(type === undefined ? {} : { headers: { 'Content-Type': type } }),
    };
    const [ours, platform] = [await app.request('/', init), await app.request('/platform', init)];
    return { ours: await ours.json(), platform: await platform.json() };
  };

  test('is the one that the platform reads, whatever was sent', async () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })));
    await fc.assert(
      fc.asyncProperty(pairs, async (entries) => {
        const { ours, platform } = await send(new URLSearchParams(entries));
        expect(ours).toEqual({ entries: platform, once: true, form: true });
      }),
    );
  });

  test.each(['a=1&a=2&&b', '%', '%zz=%ff&x=%C3%A5', '+=+', 'a==b=c', ''])(
    '%j is read as it is',
    async (body) => {
      const { ours, platform } = await send(body, 'Application/X-WWW-Form-UrlEncoded; charset=UTF-8');
      expect(ours).toEqual({ entries: platform, once: true, form: true });
    },
  );

  test('is read with its parts', async () => {
    const { ours, platform } = await send(form(['name', 'Åse'], ['name', 'Be']));
    expect(ours).toEqual({ entries: platform, once: true, form: true });
  });
});
