export { attachPhoto, placeOrder } from './actions.ts';
export { createOrderPages } from './pages.tsx';
export { offerWorkers } from './vendor-actions.ts';
