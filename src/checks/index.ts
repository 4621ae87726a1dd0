export { checkPath, createCheckPages, type CheckPagesDependencies } from './pages.tsx';
