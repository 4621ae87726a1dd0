import { Fragment, isValidElement, jsx, type Child } from 'hono/jsx';
import { escapeToBuffer, raw, type HtmlEscapedString } from 'hono/utils/html';

/**
 * Draws Hono's JSX in one walk. Hono's own drawing supports components that wait, that suspend and that hoist what
 * belongs in the head, and pays for it at every element; pages here load first and then draw. What decides what a page
 * holds is still Hono's: its escaping, its attributes, which elements are void.
 */

type Component = ((props: object) => unknown) & { readonly [provides]?: (value: unknown) => () => void };
type Buffer = [string];

const provides = Symbol('provides');

/** A value that components below its `Provider` read without being handed it. */
export type Shared<T> = {
  readonly Provider: (props: { readonly value: T; readonly children?: Child }) => HtmlEscapedString;
  readonly read: () => T;
};

/** @param initial what is read where nothing provides a value. */
export function createShared<T>(initial: T): Shared<T> {
  // One value for the process: a drawing is never interrupted, and each provider puts back what it found.
  let current = initial;
  const Provider = Object.assign(
    () => {
      throw new Error('What is provided is read only in what `draw` draws');
    },
    {
      [provides]: (value: T) => {
        const before = current;
        current = value;
        return () => {
          current = before;
        };
      },
    },
  );
  return { Provider, read: () => current };
}

/** The HTML of an element, escaped. A component that returns a promise is an error. */
export function draw(child: Child): HtmlEscapedString {
  const buffer: Buffer = [''];
  drawChild(child, buffer);
  return raw(buffer[0]);
}

function drawChild(child: unknown, buffer: Buffer): void {
  if (typeof child === 'string') escapeToBuffer(child, buffer);
  else if (typeof child === 'number') buffer[0] += String(child);
  else if (child === null || child === undefined || typeof child === 'boolean') return;
  else if (Array.isArray(child)) for (const one of child) drawChild(one, buffer);
  else if (isValidElement(child)) drawNode(child.tag, child.props, buffer);
  else if (child instanceof String && 'isEscaped' in child) buffer[0] += String(child);
  else throw new TypeError('Only elements, texts and numbers are drawn: load first, then draw');
}

function drawNode(tag: unknown, props: Readonly<Record<string, unknown>>, buffer: Buffer): void {
  if (typeof tag === 'string') {
    // The nameless element is what a fragment becomes.
    if (tag === '') drawChild(props['children'], buffer);
    else drawElement(tag, props, buffer);
    return;
  }
  if (tag === Fragment) {
    drawChild(props['children'], buffer);
    return;
  }
  const component = tag as Component;
  const name = elementsOfHono.get(component);
  if (name !== undefined) drawElement(name, props, buffer);
  else if (component[provides] === undefined) drawChild(component(props), buffer);
  else drawProvided(component[provides](props['value']), props['children'], buffer);
}

function drawProvided(restore: () => void, children: unknown, buffer: Buffer): void {
  try {
    drawChild(children, buffer);
  } finally {
    restore();
  }
}

function drawElement(name: string, props: Readonly<Record<string, unknown>>, buffer: Buffer): void {
  const { start, end } = elementOf(name);
  buffer[0] += start;
  for (const key in props) {
    if (key !== 'children') drawAttribute(key, props[key], buffer);
  }
  if (end === undefined) {
    if (props['children'] !== undefined) throw new TypeError(`Nothing stands inside ${name}`);
    buffer[0] += '/>';
    return;
  }
  buffer[0] += '>';
  drawChild(props['children'], buffer);
  buffer[0] += end;
}

function drawAttribute(key: string, value: unknown, buffer: Buffer): void {
  if (value === undefined || value === null) return;
  const attribute = attributeOf(key);
  if (typeof value === 'boolean') buffer[0] += value ? attribute.whenTrue : attribute.whenFalse;
  else if (typeof value === 'number') buffer[0] += `${attribute.start}${value}"`;
  else if (typeof value === 'string') {
    buffer[0] += attribute.start;
    escapeToBuffer(value, buffer);
    buffer[0] += '"';
  } else throw new TypeError(`An attribute is a text, a number or a boolean: ${key}`);
}

type Element = { readonly start: string; readonly end: string | undefined };

/** How Hono writes an element; kept, since the names are those in our own pages. */
const elements = new Map<string, Element>();

function elementOf(name: string): Element {
  const known = elements.get(name);
  if (known !== undefined) return known;
  const empty = String(jsx(name, {}));
  const element = { start: `<${name}`, end: empty.endsWith('/>') ? undefined : `</${name}>` };
  elements.set(name, element);
  return element;
}

type Attribute = { readonly start: string; readonly whenTrue: string; readonly whenFalse: string };

/** How Hono writes an attribute: ` class="`, and what true and false become. Kept, as the elements are. */
const attributes = new Map<string, Attribute>();

function attributeOf(key: string): Attribute {
  const known = attributes.get(key);
  if (known !== undefined) return known;
  const written = (value: string | boolean) =>
    String(jsx('i', { [key]: value })).slice('<i'.length, -'></i>'.length);
  const empty = written('');
  if (!empty.endsWith('=""') || unusable.has(key)) throw new TypeError(`No attribute of a page: ${key}`);
  const attribute = { start: empty.slice(0, -1), whenTrue: written(true), whenFalse: written(false) };
  attributes.set(key, attribute);
  return attribute;
}

/** What the content security policy forbids, and what would pass escaping by. */
const unusable: ReadonlySet<string> = new Set(['style', 'dangerouslySetInnerHTML']);

/** Elements for which Hono has components of its own, with behaviour for the browser that no page here uses. */
const elementsOfHono: ReadonlyMap<unknown, string> = new Map(
  ['button', 'form', 'input', 'link', 'meta', 'script', 'style', 'title'].map((name) => [
    jsx(name, {}).tag,
    name,
  ]),
);
