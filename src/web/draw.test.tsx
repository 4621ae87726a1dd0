import fc from 'fast-check';
import { Fragment, jsx, type Child } from 'hono/jsx';
import { raw } from 'hono/utils/html';
import { describe, expect, test } from 'vitest';
import { createShared, draw } from './draw.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('<script>', '"&\'', '</p>', 'æøå ŋ ł'),
);
const attributes = fc.dictionary(
  fc.constantFrom(
    'class',
    'className',
    'href',
    'value',
    'hidden',
    'open',
    'spellcheck',
    'tabindex',
    'aria-label',
    'data-x',
  ),
  fc.oneof(text, fc.integer(), fc.boolean(), fc.constantFrom(null, undefined)),
);
// `title`, `meta`, `link` and `script` outside a head are not among them: Hono moves those, and no page here has any.
const tags = fc.constantFrom('p', 'div', 'ul', 'a', 'button', 'form', 'svg', 'path', 'head', 'td');
const emptyTags = fc.constantFrom('br', 'input', 'img', 'wbr');
const Wrapped = ({ children }: { readonly children?: Child }) => <section>{children}</section>;
const Bare = ({ children }: { readonly children?: Child }) => <>{children}</>;
const { tree } = fc.letrec<{ tree: Child }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      text,
      fc.integer(),
      fc.constantFrom<Child>(null, undefined),
      text.map((one) => raw(one)),
    ),
    fc
      .tuple(
        fc.oneof(tags, fc.constantFrom(Wrapped, Bare, Fragment)),
        attributes,
        fc.array(tie('tree'), { maxLength: 4 }),
      )
      .map(([tag, props, children]) => jsx(tag, { ...props }, ...children)),
    fc.tuple(emptyTags, attributes).map(([tag, props]) => jsx(tag, { ...props })),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));

describe('What is drawn', () => {
  test('is what Hono draws, to the byte', () => {
    fc.assert(
      fc.property(tree, (one) => {
        const element = () => jsx('main', {}, one);
        expect(String(draw(element()))).toBe(String(element()));
      }),
      { numRuns: 1000 },
    );
  });

  test('is nothing for what is no text', () => {
    expect(String(draw([<p>{false}</p>, true, null, undefined, 0]))).toBe('<p></p>0');
  });

  test('is escaped in texts and in attributes', () => {
    const name = `<script>alert("1")</script> & 'two'`;
    const drawn = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;two&#39;';
    expect(String(draw(<p title={name}>{name}</p>))).toBe(`<p title="${drawn}">${drawn}</p>`);
    expect(String(draw(name))).toBe(drawn);
  });

  test('is not escaped twice when it is drawn before the rest', () => {
    const inner = draw(<b>{'<'}</b>);
    expect(String(draw(<p>{inner}</p>))).toBe('<p><b>&lt;</b></p>');
  });

  test.each<[string, () => Child]>([
    ['a style', () => <p style="color: red" />],
    ['HTML past escaping', () => jsx('p', { dangerouslySetInnerHTML: { __html: '<b>' } })],
    ['a handler', () => jsx('button', { onclick: () => undefined })],
    ['an attribute with a name that is none', () => jsx('p', { 'x onclick=alert(1)': 'y' })],
    ['a component that waits', () => jsx(() => Promise.resolve('late'), {})],
    ['a content where none is', () => jsx('br', {}, 'x')],
    ['a thing that is no text', () => [new Date(0)] as unknown as Child],
  ])('is never %s', (_name, make) => {
    expect(() => draw(make())).toThrow(TypeError);
  });
});

describe('A shared value', () => {
  const { Provider, read } = createShared('none');
  const Reader = () => <i>{read()}</i>;

  test('is the one of the nearest provider above, also after one that failed', () => {
    const Failing = () => {
      throw new Error('no page');
    };
    expect(() =>
      draw(
        <Provider value="lost">
          <Failing />
        </Provider>,
      ),
    ).toThrow('no page');
    const drawn = draw(
      <>
        <Reader />
        <Provider value="outer">
          <Reader />
          <Provider value="inner">
            <Reader />
          </Provider>
          <Reader />
        </Provider>
      </>,
    );
    expect(String(drawn)).toBe('<i>none</i><i>outer</i><i>inner</i><i>outer</i>');
  });

  test('is not given out where Hono draws by itself', () => {
    expect(() => jsx(Provider, { value: 'x' }).toString()).toThrow('`draw`');
  });
});
