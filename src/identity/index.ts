export { logOut, openSession, type IdentityDeps, type PersonRegister } from './actions.ts';
export { createIdentityPages, createSessionReader, loginPath } from './pages.tsx';
export { browserName, createToken, eidsOf, hashToken } from './rules.ts';
