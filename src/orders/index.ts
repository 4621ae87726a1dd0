export { attachDocument, attachPhoto, type OrderActionDeps, placeOrder } from './actions.ts';
export { orderLinkPath } from './confirmation-page.tsx';
export { createOrderTasks } from './lapsing.ts';
export { createOrderPages } from './pages.tsx';
export { confirmPath } from './parts.tsx';
export type { ReplacementReason } from './rules.ts';
export { createWorkPages, workPath } from './work-page.tsx';
export { offerWorkers } from './vendor-actions.ts';
export { TRANSITIONS } from './rules.ts';
