-- Requests: a vendor asks a business for a mandate, and the business answers yes, less or no. A request gives no access, so
-- nothing waits for it: what gives access is the mandate that is given in the same transaction as the answer.

create table mandate_requests (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  rights right_name[] not null check (cardinality(rights) > 0),
  reasons jsonb not null,                                          -- why, in words, by the name of each right
  units uuid[] check (units is null or cardinality(units) > 0),    -- null: not bound to units
  workers uuid[] check (workers is null or cardinality(workers) > 0),  -- only whom the vendor's mandate names already
  first_day date,                                                  -- null: from the moment that it is given
  last_day date not null,
  purpose text not null check (purpose <> ''),
  -- As in the mandate that the vendor has; a vendor asks for no limits of its own.
  cards_per_order integer,
  cards_per_month integer,
  ore_per_month bigint,
  fee_ore integer not null check (fee_ore >= 0),                   -- what the vendor offered per card when it asked
  renews uuid references mandates,
  asked_by uuid not null references persons,
  asked_by_name text not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  outcome text check (outcome in ('yes', 'less', 'no', 'withdrawn', 'lapsed')),  -- null: open, until `expires_at`
  settled_at timestamptz,
  settled_by uuid references persons,
  settled_by_name text,
  decline_reason text check (decline_reason in ('not-agreed', 'too-much', 'price', 'other-vendor', 'ourselves', 'not-now')),
  decline_words text not null default '',
  mandate_id uuid references mandates,                             -- what was given
  asked_told_at timestamptz,
  settled_told_at timestamptz,
  constraint asks_another check (business_id <> vendor_id),
  constraint a_reason_for_each_right check (reasons ?& rights::text[]),
  constraint never_for_a_vendor check (rights <@ array[
    'orders.prepare', 'orders.place', 'orders.read', 'cards.read', 'cards.block', 'workers.read', 'invoices.read']::right_name[]),
  constraint one_scope check (units is null or workers is null),
  constraint lapses_after_21_days check (expires_at = asked_at + interval '504 hours'),
  check ((outcome is null) = (settled_at is null)),
  check ((settled_by is null) = (outcome is null or outcome = 'lapsed')),
  check ((mandate_id is not null) = (outcome in ('yes', 'less') and outcome is not null)),
  check (outcome = 'no' or (decline_reason is null and decline_words = ''))
);
create unique index mandate_requests_open on mandate_requests (business_id, vendor_id) where outcome is null;
create index mandate_requests_by_business on mandate_requests (business_id, asked_at);
create index mandate_requests_by_vendor on mandate_requests (vendor_id, asked_at);
create index mandate_requests_lapsing on mandate_requests (expires_at) where outcome is null;

alter table mandate_requests enable row level security;
alter table mandate_requests force row level security;

grant select, insert on mandate_requests to kortvakt_request;
grant update (outcome, settled_at, settled_by, settled_by_name, decline_reason, decline_words, mandate_id, asked_told_at,
  settled_told_at) on mandate_requests to kortvakt_request;
create policy managed on mandate_requests for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy asked_by_vendor on mandate_requests for select to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on mandate_requests for select to kortvakt_request using (context_is_job());

-- An officer of a registered vendor that is not barred asks, at its published price.
create policy asked on mandate_requests for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and asked_by = context_person() and context_is_now(asked_at)
    and outcome is null and asked_told_at is null and settled_told_at is null
    and exists (select from vendor_profiles p where p.vendor_id = mandate_requests.vendor_id
      and p.barred_at is null and p.fee_ore = mandate_requests.fee_ore)
    and ((renews is null and workers is null) or exists (select from mandates m where m.business_id = mandate_requests.business_id
      and m.vendor_id = context_business() and m.ended_at is null
      and (mandate_requests.renews is null or mandate_requests.renews = m.id)
      and (mandate_requests.workers is null or mandate_requests.workers <@ m.workers))));
-- The business answers; yes and less are what the person has given in this transaction.
create policy answered on mandate_requests for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and outcome is null and expires_at > context_now())
  with check (business_id = context_business() and context_is_business_side() and settled_by = context_person()
    and context_is_now(settled_at)
    and (outcome = 'no' or outcome in ('yes', 'less') and exists (select from mandates m where m.id = mandate_requests.mandate_id
      and m.business_id = context_business() and m.vendor_id = mandate_requests.vendor_id
      and m.approved_by = context_person() and context_is_now(m.approved_at))));
-- The vendor takes back what waits, and puts away what nobody answered.
create policy settled_by_vendor on mandate_requests for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer() and outcome is null)
  with check (vendor_id = context_business() and context_is_officer() and context_is_now(settled_at)
    and (outcome = 'withdrawn' and settled_by = context_person() and expires_at > context_now()
      or outcome = 'lapsed' and expires_at <= context_now()));
create policy job_settles on mandate_requests for update to kortvakt_request using (context_is_job())
  with check (context_is_job());

-- What is settled stays settled, and a task only puts away what nobody answered and says who was told.
create function guard_mandate_request() returns trigger language plpgsql as $$
begin
  if old.outcome is not null and (new.outcome, new.settled_at, new.settled_by, new.settled_by_name, new.decline_reason,
      new.decline_words, new.mandate_id) is distinct from (old.outcome, old.settled_at, old.settled_by, old.settled_by_name,
      old.decline_reason, old.decline_words, old.mandate_id) then
    raise exception 'what is settled stays settled' using errcode = 'check_violation', constraint = 'settled';
  end if;
  if context_is_job() and new.outcome is distinct from old.outcome
      and (new.outcome <> 'lapsed' or new.expires_at > context_now()) then
    raise exception 'a task only puts away what nobody answered' using errcode = 'check_violation', constraint = 'lapsed_by_clock';
  end if;
  if context_is_business_side() and (new.asked_told_at, new.settled_told_at)
      is distinct from (old.asked_told_at, old.settled_told_at) then
    raise exception 'only a task says who was told' using errcode = 'check_violation', constraint = 'told_by_task';
  end if;
  return new;
end $$;
create trigger guard before update on mandate_requests for each row execute function guard_mandate_request();
revoke execute on function guard_mandate_request from public;
