export {
  approveOrder,
  attachPhoto,
  cancelOrder,
  placeOrder,
  type OrderActionDeps,
  type PlaceOrder,
  type PlacedOrder,
  type PlaceOrderError,
} from './actions.ts';
export { createOrderPages } from './pages.tsx';
export type { OrderPageDeps } from './parts.tsx';
export { offerWorkers } from './vendor-actions.ts';
