/** Small drawings of our own, in the colour of the text around them and unseen by screen readers. */

import type { HtmlEscapedString } from 'hono/utils/html';
import { draw } from './draw.ts';

type IconProps = { readonly class?: string };

function icon(path: string) {
  // By its class: drawn once, since nothing else of it changes.
  const drawn = new Map<string, HtmlEscapedString>();
  return function Icon({ class: name = 'icon' }: IconProps) {
    const known =
      drawn.get(name) ??
      draw(
        <svg class={name} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
          <path
            d={path}
            fill="none"
            stroke="currentColor"
            stroke-width="1.8"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
        </svg>,
      );
    drawn.set(name, known);
    return known;
  };
}

export const UserIcon = icon(
  'M12 12.5a4.25 4.25 0 1 0 0-8.5 4.25 4.25 0 0 0 0 8.5M4 20.5c.8-3.6 4-5.3 8-5.3s7.2 1.7 8 5.3',
);
export const ChevronIcon = icon('M6 9.5l6 6 6-6');
export const GlobeIcon = icon(
  'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M3.3 12h17.4M12 3c2.6 2.4 3.9 5.4 3.9 9s-1.3 6.6-3.9 9c-2.6-2.4-3.9-5.4-3.9-9s1.3-6.6 3.9-9',
);
export const BuildingIcon = icon('M4.5 20.5h15M6.5 20.5V4.5h7v16M13.5 9.5h4v11M9 8.5h2M9 12h2M9 15.5h2');
export const ShieldIcon = icon(
  'M12 3.5l7 2.6v5.4c0 4.3-2.9 7.6-7 9-4.1-1.4-7-4.7-7-9V6.1zM9 12l2.2 2.2L15.2 10',
);
export const HandsIcon = icon(
  'M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5M3.5 19c.5-3 2.6-4.5 5.5-4.5M14 15.5h6.5M17.5 12.5l3 3-3 3',
);

/** The mark: a card with a person and a tick. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 32" width="40" height="32" aria-hidden="true" focusable="false">
      <rect x="1" y="1" width="38" height="30" rx="5" fill="currentColor" />
      <circle cx="12.5" cy="12" r="4" fill="#fff" />
      <path d="M5.8 23.5c.6-4 3.2-6 6.7-6s6.1 2 6.7 6z" fill="#fff" />
      <path
        d="M24 16.5l3.7 3.7 7-8"
        fill="none"
        stroke="#fff"
        stroke-width="3"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
