export { createCheckPages } from './pages.tsx';
