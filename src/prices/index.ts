export { PriceTable } from './price-table.tsx';
export { priceAt, vatAt } from './records.ts';
export { totals, type Price, type Totals } from './rules.ts';
