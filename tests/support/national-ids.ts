import { type NationalId, parseNationalId } from '../../src/kernel/national-id.ts';

const FIRST = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/** As many different numbers of made-up people as are asked for, always the same. */
export function syntheticNumbers(count: number): NationalId[] {
  const numbers: NationalId[] = [];
  for (let one = 0; numbers.length < count; one += 1) {
    const date = `${two((one % 28) + 1)}${two((Math.floor(one / 28) % 12) + 81)}${two(50 + (Math.floor(one / 336) % 40))}`;
    const stem = `${date}${String(100 + (Math.floor(one / 13_440) % 400))}`;
    const [first, second] = checkDigits(stem);
    const parsed = parseNationalId(`${stem}${String(first)}${String(second)}`, { synthetic: true });
    if (parsed.ok) numbers.push(parsed.value);
  }
  return numbers;
}

const two = (value: number) => String(value).padStart(2, '0');

function checkDigits(stem: string): readonly [number, number] {
  const digit = (text: string, weights: readonly number[]) =>
    (11 - (weights.reduce((sum, weight, index) => sum + weight * Number(text[index]), 0) % 11)) % 11;
  const first = digit(stem, FIRST);
  return [first, digit(`${stem}${String(first)}`, SECOND)];
}
