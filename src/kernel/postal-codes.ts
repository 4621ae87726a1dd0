import places from './postal-codes.json' with { type: 'json' };

/** Codes and the places that they belong to, in capitals: Posten's register of postal codes as it was in April 2026. */
const PLACES: ReadonlyMap<string, string> = new Map(
  Object.entries(places).flatMap(([place, codes]) => codes.split(' ').map((code) => [code, place])),
);

/** The place of a Norwegian postal code, in capitals as Posten writes it; undefined where there is no such code. */
export function placeOfPostalCode(code: string): string | undefined {
  return PLACES.get(code);
}
