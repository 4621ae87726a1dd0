import type { Transaction } from '../database/transaction.ts';
import type { WorkerLanguage } from '../kernel/language.ts';

/** A message that an action causes; texts are `<template>.subject` and `<template>.body` in the feature's own words. */
export interface Notice {
  /** Namespace and key, for example `contact:notice.changed`. */
  readonly template: string;
  readonly businessId: string | null;
  /** The unit that it concerns, if only one: then it goes where messages about that go, for the business. */
  readonly unitId?: string | undefined;
  /** Where that unit has details of its own: to the business's as well. */
  readonly businessToo?: true;
  readonly parameters: Readonly<Record<string, string>>;
  /** Parameters that give whoever reads them a power, such as a single-use link: kept encrypted, and only until sent. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** `officers`: each officer's own address, whatever the business's contact details say. */
  readonly audience: 'business' | 'officers' | 'business-and-officers' | 'address' | 'person';
  /** Whose own inbox it stands in; with `person` it goes to the address that they have in the contact register too. */
  readonly personId?: string;
  /** To `officers` besides; what reaches these counts for nothing there. */
  readonly extraAddresses?: readonly string[];
  /** The change of contact details that it tells `officers` of: one that reaches none of them is listed for post. */
  readonly contactMoveId?: string;
  readonly language?: WorkerLanguage;
}

/** Port: puts a notice on its way in the transaction of the action that causes it. Filled by the messages feature. */
export type Notify = (transaction: Transaction, notice: Notice) => Promise<void>;
