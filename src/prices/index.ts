export { cardPriceNow } from './actions.ts';
export { createPricePages } from './pages.tsx';
export { PriceTable } from './price-table.tsx';
export { changeAhead, priceAt, vatAt } from './records.ts';
export { totals, type ComingChange, type Price, type PriceNow } from './rules.ts';
export { createPriceStaffPages, staffPricesPath } from './staff-pages.tsx';
