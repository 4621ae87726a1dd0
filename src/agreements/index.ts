export { agreements } from './actions.ts';
