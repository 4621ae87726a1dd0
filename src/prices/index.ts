export { cardPriceNow } from './actions.ts';
export { PriceTable } from './price-table.tsx';
export { priceAt, vatAt } from './records.ts';
export { totals, type Price } from './rules.ts';
