export { createBusinessPasskeyPages, createPasskeyPages } from './pages.tsx';
