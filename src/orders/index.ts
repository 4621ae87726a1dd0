export { attachDocument, attachPhoto, type OrderActionDeps, placeOrder } from './actions.ts';
export {
  attachPhoto,
  limitOf,
  type OrderActionDeps,
  type PlacedOrder,
  placeIn,
  placeOrder,
  type PlaceOrderError,
  priceNow,
  unlessTaken,
} from './actions.ts';
export { typedAddress } from './delivery-page.tsx';
export { createOrderTasks } from './lapsing.ts';
export { createOrderPages } from './pages.tsx';
export { confirmPath, isRefused } from './parts.tsx';
export { coveredUnits, registeredAddress } from './records.ts';
export { type DeliveryAddress, type Limit, OBSTACLES, type ReplacementReason } from './rules.ts';
export { offerWorkers } from './vendor-actions.ts';
export { TRANSITIONS } from './rules.ts';
export { createWorkPages, workPath } from './work-page.tsx';
