import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { OidcRecord, Store } from './state.ts';

/** Lets oidc-provider keep its sessions, codes and grants in the stand-ins' state. */
export function oidcAdapter(store: Store): AdapterFactory {
  return (model) => modelAdapter(store, model);
}

function modelAdapter(store: Store, model: string): Adapter {
  const keyOf = (id: string): string => `${model}:${id}`;
  const live = (record: OidcRecord | undefined): AdapterPayload | undefined =>
    record === undefined || (record.expiresAt !== null && record.expiresAt <= Date.now())
      ? undefined
      : structuredClone(record.payload);
  const findBy = (field: string, value: string): AdapterPayload | undefined =>
    live(
      Object.entries(store.state.oidc).find(
        ([key, one]) => key.startsWith(`${model}:`) && one.payload[field] === value,
      )?.[1],
    );
  return {
    upsert: (id, payload, expiresIn) => {
      store.state.oidc[keyOf(id)] = {
        payload: { ...payload },
        expiresAt: expiresIn === undefined ? null : Date.now() + expiresIn * 1000,
      };
      store.changed();
      return Promise.resolve();
    },
    find: (id) => Promise.resolve(live(store.state.oidc[keyOf(id)])),
    findByUid: (uid) => Promise.resolve(findBy('uid', uid)),
    findByUserCode: (userCode) => Promise.resolve(findBy('userCode', userCode)),
    consume: (id) => {
      const found = store.state.oidc[keyOf(id)];
      if (found !== undefined) found.payload['consumed'] = Math.floor(Date.now() / 1000);
      store.changed();
      return Promise.resolve();
    },
    destroy: (id) => {
      store.state.oidc = without(store.state.oidc, (key) => key === keyOf(id));
      store.changed();
      return Promise.resolve();
    },
    revokeByGrantId: (grantId) => {
      store.state.oidc = without(
        store.state.oidc,
        (key, one) => key.startsWith(`${model}:`) && one.payload['grantId'] === grantId,
      );
      store.changed();
      return Promise.resolve();
    },
  };
}

function without(
  records: Record<string, OidcRecord>,
  goes: (key: string, record: OidcRecord) => boolean,
): Record<string, OidcRecord> {
  return Object.fromEntries(Object.entries(records).filter(([key, one]) => !goes(key, one)));
}
