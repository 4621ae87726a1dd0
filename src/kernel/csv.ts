/** What a cell may hold: empty for null. */
export type CsvCell = string | number | null;

/** What a file begins with, so that Excel reads it as UTF-8. */
export const CSV_START = '\uFEFF';

/** What a spreadsheet takes for the beginning of a formula, in its wide forms too. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/u;

/**
 * One line of a file for spreadsheets (RFC 4180, with the semicolon that Excel expects where the decimal sign is a comma).
 * Text that would be run as a formula gets an apostrophe in front, which makes it text. Numbers are ours and stay numbers.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(';')}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return `"${text.replaceAll('"', '""')}"`;
}
