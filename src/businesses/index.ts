export { createBusinessImport, type BusinessImport, type BusinessImportDeps } from './actions.ts';
export { createBusinessPages, type BusinessPageDeps } from './pages.tsx';
export { createBusinessTasks, refreshSoon } from './jobs.ts';
export { unitsOf } from './records.ts';
export { actsAsOfficer, cardTypeOf, type CardType, type OfficerRules } from './rules.ts';
