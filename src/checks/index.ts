export { cardLinkPath, checkPath, createCheckPages, type CheckPagesDependencies } from './pages.tsx';
