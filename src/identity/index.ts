export { logOut, openSession, type IdentityDeps, type OpenidLogin, type PersonRegister } from './actions.ts';
export { createIdentityPages, createSessionReader, loginPath, type Openid } from './pages.tsx';
export { createToken, eidsOf, hashToken, type Level } from './rules.ts';
