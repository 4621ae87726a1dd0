import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { z } from 'zod';

/** The rules of WCAG 2.2 at level AA, by axe's names. */
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** axe as `@axe-core/playwright` brings it. Its own builder loads it three times and opens a window for each look: ten times as long. */
const { source: AXE } = z
  .object({ source: z.string() })
  .parse(createRequire(createRequire(import.meta.url).resolve('@axe-core/playwright'))('axe-core'));

/**
 * What axe finds wrong with the page as it stands: the rule broken, and the elements that break it.
 * @param more - further groups of rules, by axe's names
 * @throws where the page holds a frame, which is not looked into
 */
export async function barriersOf(page: Page, more: readonly string[] = []): Promise<string[]> {
  if (page.frames().length > 1) throw new Error('A page with frames is not looked into.');
  // What is under way when a page has only begun to load would be looked at without its style.
  await page.waitForLoadState();
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(AXE);
  const options = { runOnly: { type: 'tag', values: [...WCAG, ...more] }, resultTypes: ['violations'] };
  return page.evaluate<string[]>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`,
  );
}

/** The same at the width of a desktop and of a phone, and where a line is wider than the window; then the window is as before. */
export async function problemsAtBothWidths(page: Page): Promise<string[]> {
  const problems: string[] = [];
  const before = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    problems.push(...(await barriersOf(page)).map((barrier) => `${String(width)} ${barrier}`));
    if (await isWiderThanWindow(page)) problems.push(`${String(width)} wider than the window`);
  }
  if (before !== null) await page.setViewportSize(before);
  return problems;
}

/** Whether one has to scroll sideways to read the page. */
export function isWiderThanWindow(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
}
