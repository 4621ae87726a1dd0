import { type Condition, TABLES, type Way } from '../../src/access/policy/tables.ts';
import { grantableRights, type Right, RIGHTS } from '../../src/access/rules.ts';
import type { Cedar } from './cedar.ts';
import { type Assurance, assuranceOf, isAlive, mandatesFor, mayAsk } from './drawn-facts.ts';
import { bytes, type Row, type Rows } from './drawn-rows.ts';
import { type Asker, loginOf, type Mandate, type Session, type Target, type World } from './drawn-world.ts';

/** What the committed table and Cedar together say of one asker in one world: which rows each command may reach. */
export class ExpectedReach {
  readonly asker: Asker;
  /** Under which mandate the asker acts, if any. */
  readonly mandate: Mandate | undefined;
  readonly session: Session | undefined;
  readonly assurance: Assurance;
  readonly #world: World;
  readonly #rows: Rows;
  readonly #permits: (right: Right, target: Target) => boolean;

  constructor(world: World, rows: Rows, asker: Asker, cedar: Cedar) {
    this.asker = asker;
    this.#world = world;
    this.#rows = rows;
    const session = world.sessions.find(({ person }) => person === asker.person);
    this.session = session && isAlive(session, world.now) ? session : undefined;
    const office = cedar.asker(world, asker, null);
    const theirs = mandatesFor(world, asker).map((mandate) => ({
      mandate,
      ask: cedar.asker(world, asker, mandate),
    }));
    this.#permits = (right, target) =>
      office(right, target).allowed || theirs.some(({ ask }) => ask(right, target).allowed);
    const acts = RIGHTS.some((right) => office(right, {}).allowed);
    this.mandate = acts
      ? undefined
      : theirs.find(({ ask }) => RIGHTS.some((right) => ask(right, {}).allowed))?.mandate;
    this.assurance = assuranceOf(world, asker, this.capacity());
  }

  /** Whether the asker may use the right at all, somewhere in the business. */
  permits(right: Right, target: Target = {}): boolean {
    return this.#permits(right, target);
  }

  permitsAny(target: Target = {}): boolean {
    return RIGHTS.some((right) => this.#permits(right, target));
  }

  /** Whether a command of the table (`select`, `insert`, or an update by its name) may reach a row. */
  reaches(table: string, command: string, row: Row): boolean {
    const access = TABLES[table as keyof typeof TABLES];
    const ways =
      command === 'select' || command === 'insert' || command === 'delete'
        ? access[command]
        : access.update?.[command];
    return (ways ?? []).some((way) => this.#opens(way, row));
  }

  #opens(way: Way, row: Row): boolean {
    const { asker } = this;
    const is = (column: string | undefined, value: unknown) => column === undefined || row[column] === value;
    return (
      (way.acting === undefined || (way.acting === 'for a vendor') === (asker.vendor !== null)) &&
      (way.oneself === undefined || (this.session !== undefined && row[way.oneself] === asker.person)) &&
      is(way.onBehalfOf, asker.vendor) &&
      is(way.under, this.mandate?.id ?? null) &&
      (way.empty ?? []).every((column) => (row[column] ?? null) === null) &&
      (way.filled ?? []).every((column) => (row[column] ?? null) !== null) &&
      Object.entries(way.holds ?? {}).every(([column, values]) => values.includes(String(row[column]))) &&
      (way.and ?? []).every((condition) => this.#meets(condition, row)) &&
      this.#hasRight(way, row)
    );
  }

  #hasRight(way: Way, row: Row): boolean {
    if (way.rights === 'nobody in particular') return true;
    if (way.within !== null && row[way.within ?? 'business_id'] !== this.asker.business) return false;
    const target: Target = {
      ...(way.unit === undefined ? {} : { unit: String(row[way.unit]) }),
      ...(way.worker === undefined ? {} : { worker: String(row[way.worker]) }),
      ...(way.madeBy === undefined ? {} : { madeBy: row[way.madeBy] as string | null }),
    };
    if (way.rights === 'any') return this.permitsAny(target);
    return way.together
      ? way.rights.every((right) => this.#permits(right, target))
      : way.rights.some((right) => this.#permits(right, target));
  }

  #meets(condition: Condition, row: Row): boolean {
    switch (condition) {
      case 'logged in':
        return this.session !== undefined;
      case 'public':
        return true;
      case 'fresh login':
        return this.assurance.fresh;
      case 'not held':
        return !this.assurance.held;
      case 'passkey':
        return this.assurance.passkey !== 'missing';
      case 'own scope':
        return within(row['units'], this.mandate?.units) && within(row['workers'], this.mandate?.workers);
      case 'no more than own': {
        const given = row['rights'] as Right[];
        if (this.mandate === undefined) return true;
        return (
          !given.includes('access.manage') && given.every((right) => this.mandate?.rights.includes(right))
        );
      }
      case 'grantable':
        return (row['rights'] as Right[]).every((right) =>
          grantableRights(row['holder'] as 'person' | 'vendor').includes(right),
        );
      case 'every worker':
        return !this.mandate?.workers;
      case 'own order':
        return !this.mandate?.workers || row['mandate_id'] === this.mandate.id;
      case 'orderable':
        return this.#mayOrderFor(row);
      case 'order of the unit': {
        const order = this.#rows['orders']?.find(({ id }) => id === row['order_id']);
        const worker = this.#rows['workers']?.find(({ id }) => id === row['worker_id']);
        return order?.['unit_id'] === worker?.['unit_id'] && order?.['vendor_id'] === row['vendor_id'];
      }
      case 'known address':
        return [{}, ...this.#keptAddresses(row['business_id'])].some(
          (address) => JSON.stringify(address) === JSON.stringify(row['delivery_address']),
        );
      case 'customer of the vendor':
        return (this.#rows['mandates'] ?? []).some(
          (one) => one['business_id'] === this.asker.business && one['vendor_id'] === row['business_id'],
        );
      case 'attached':
        return (this.#rows['message_attachments'] ?? []).some(
          (one) => one['business_id'] === this.asker.business && one['dispatch_id'] === row['dispatch_id'],
        );
      case 'own card reported':
        return (
          this.capacity() === 'signed-in' &&
          (this.#rows['cards'] ?? []).some(
            (one) =>
              one['business_id'] === row['business_id'] &&
              one['person_id'] === this.asker.person &&
              one['blocked_by'] === this.asker.person &&
              Date.parse(String(one['blocked_at'])) === this.#world.now,
          )
        );
      case 'published price':
        return (this.#rows['vendor_profiles'] ?? []).some(
          (one) =>
            one['vendor_id'] === row['vendor_id'] &&
            one['barred_at'] === null &&
            one['fee_ore'] === row['fee_ore'],
        );
      case 'own mandate':
        return (
          (row['renews'] ?? null) === null ||
          (this.#rows['mandates'] ?? []).some(
            (one) =>
              one['id'] === row['renews'] &&
              one['business_id'] === row['business_id'] &&
              (one['vendor_id'] ?? null) === (row['vendor_id'] ?? null) &&
              (one['person_id'] ?? null) === (row['person_id'] ?? null) &&
              one['ended_at'] === null,
          )
        );
      case 'may ask':
        return mayAsk(this.#world, this.asker.person, String(row['business_id']));
      case 'asked by another':
        return (row['person_id'] ?? null) === null || row['person_id'] !== this.asker.person;
      case 'waits for an answer':
        return this.#world.now < Date.parse(String(row['expires_at']));
      case 'lapsed':
        return this.#world.now >= Date.parse(String(row['expires_at']));
      case 'own entry':
        return this.#isOwnEntry(row);
      case 'open review':
        return (this.#rows['reviews'] ?? []).some(
          (one) =>
            one['id'] === row['review_id'] && one['completed_at'] === null && one['lapsed_at'] === null,
        );
      case 'review completed':
        return this.#world.reviews.some(
          ({ business, completedAt }) => business === this.asker.business && completedAt === this.#world.now,
        );
      case 'not for a review':
        return row['suspended_reason'] !== 'review';
      case 'tie stood by':
        return row['decision'] === 'keep' || row['tie_confirmed'] === false;
      case 'everything decided':
        return !this.#mandateIsUndecided(row) && !this.#memberIsUndecided(row);
      case 'own to decide':
        return this.#mayDecideOn(row);
      case 'own session':
        return (
          this.session !== undefined &&
          row['session_id'] === this.session.id &&
          row['device_id'] === loginOf(this.session.person, this.session.browser).id &&
          row['capacity'] === this.capacity()
        );
      case 'vendor stands by it':
        return (this.#rows['vendor_profiles'] ?? []).some(
          (one) =>
            one['vendor_id'] === row['vendor_id'] &&
            one['barred_at'] === null &&
            one['accepted_by'] === row['vendor_accepted_by'] &&
            row['document_sha256'] === bytes('agreement'),
        );
    }
  }

  #mandateIsUndecided(review: Row): boolean {
    return (this.#rows['mandates'] ?? []).some(
      (one) =>
        one['business_id'] === review['business_id'] &&
        one['ended_at'] === null &&
        Date.parse(String(one['approved_at'])) < Date.parse(String(review['quarter'])) &&
        Date.parse(String(one['ends_at'])) > this.#world.now &&
        !(this.#rows['review_decisions'] ?? []).some(
          (decision) =>
            decision['review_id'] === review['id'] &&
            decision['mandate_id'] === one['id'] &&
            (one['tie'] !== 'declared' || decision['tie_confirmed'] === true),
        ),
    );
  }

  #memberIsUndecided(review: Row): boolean {
    return (this.#rows['vendor_members'] ?? []).some(
      (one) =>
        one['vendor_id'] === review['business_id'] &&
        one['ended_at'] === null &&
        one['tie'] === 'declared' &&
        Date.parse(String(one['added_at'])) < Date.parse(String(review['quarter'])) &&
        !(this.#rows['review_member_decisions'] ?? []).some(
          (decision) => decision['review_id'] === review['id'] && decision['member_id'] === one['id'],
        ),
    );
  }

  #mayDecideOn(row: Row): boolean {
    const about = this.#rows['mandates']!.find(({ id }) => id === row['mandate_id']);
    if (about === undefined) return false;
    const given = about['rights'] as Right[];
    return (
      this.#meets('own scope', about) &&
      (row['decision'] !== 'keep' ||
        (about['person_id'] !== this.asker.person &&
          about['tie'] !== 'declared' &&
          this.#meets('no more than own', { rights: given })))
    );
  }

  #keptAddresses(business: unknown): unknown[] {
    return (this.#rows['delivery_addresses'] ?? [])
      .filter((one) => one['business_id'] === business && one['removed_at'] === null)
      .map((one) => one['address']);
  }

  #mayOrderFor(row: Row): boolean {
    const worker = this.#rows['workers']!.find(({ id }) => id === row['worker_id'])!;
    const target = { unit: String(worker['unit_id']), worker: String(worker['id']) };
    const offered = (this.#rows['worker_offers'] ?? []).some(
      (one) =>
        one['worker_id'] === row['worker_id'] &&
        one['mandate_id'] === this.mandate?.id &&
        one['used_at'] === null &&
        one['withdrawn_at'] === null,
    );
    return this.#permits('workers.read', target) || (this.asker.vendor !== null && offered);
  }

  /** What the database calls the asker: an officer, a person or a vendor with a mandate, or somebody else. */
  capacity(): 'officer' | 'person' | 'vendor' | 'signed-in' | 'anonymous' {
    if (this.session === undefined) return 'anonymous';
    if (this.mandate !== undefined) return 'person' in this.mandate.holder ? 'person' : 'vendor';
    return this.permitsAny() ? 'officer' : 'signed-in';
  }

  #isOwnEntry(row: Row): boolean {
    const person = this.session === undefined ? null : this.asker.person;
    return row['capacity'] === this.capacity() && row['actor_person_id'] === person;
  }
}

/** Whether a scope lies within another; everywhere lies within nothing but everywhere. */
function within(scope: unknown, own: readonly string[] | null | undefined): boolean {
  if (!own) return true;
  return Array.isArray(scope) && scope.every((one) => own.includes(String(one)));
}
