export {
  allows,
  attachDocument,
  attachPhoto,
  chosenAddress,
  keepPhoto,
  limitOf,
  type OrderActionDeps,
  photoRequest,
  type PlacedOrder,
  placeIn,
  type PlaceOrder,
  placeOrder,
  type PlaceOrderError,
  priceNow,
  unlessTaken,
} from './actions.ts';
export { orderLinkPath } from './confirmation-page.tsx';
export { addressText, DeliveryChoice, deliveryOf, deliveryShape } from './delivery-page.tsx';
export { keepAddress } from './delivery-actions.ts';
export { createOrderTasks } from './lapsing.ts';
export { createOrderPages } from './pages.tsx';
export { confirmPath, isRefused, missing, orderPath, queryPage } from './parts.tsx';
export { coveredUnits, findOrder, type Order, readAddress } from './records.ts';
export { knownAddresses } from './delivery-actions.ts';
export { OF_EACH_UNIT } from './rules.ts';
export { type DeliveryAddress, type Limit, type ReplacementReason, TRANSITIONS } from './rules.ts';
export { offerWorkers } from './vendor-actions.ts';
export { createWorkPages, workPath } from './work-page.tsx';
