-- Where a business stands with the Labour Inspection Authority: cleaning and car care await its approval, or its notice to order
-- cards, before cards are ordered. The registers are open; their last answer stands until they give another.

create table approvals (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  register text not null check (register in ('cleaning', 'car-care')),
  -- `absent`: the register was read, and the business is not in it.
  standing text not null check (standing in
    ('application', 'card-order', 'approved-without-staff', 'approved', 'not-approved', 'unknown', 'absent')),
  words text not null default '',                          -- the register's own
  as_of timestamptz not null,                              -- how old the answer is: by the register's word, else when it was read
  unique (business_id, register)
);
alter table approvals enable row level security;
alter table approvals force row level security;
grant select, insert, update on approvals to kortvakt_request;
create policy public_register on approvals for select to kortvakt_request using (context_capacity() is not null);
create policy job on approvals to kortvakt_request using (context_is_job()) with check (context_is_job());
grant select on approvals to kortvakt_context;
create policy resolves on approvals for select to kortvakt_context using (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and: in cleaning and car care the Authority has approved the business, or told it to order cards. Approved without
-- staff, it orders for those whom no register shows as staff.
create or replace function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.source = 'declared' and not exists (select from worker_declarations d where d.worker_id = w.id
      and d.withdrawn_at is null and d.holds_until > at) then 'declaration-ended'
    when w.employed_to < oslo_date(at) then 'employment-ended'
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when b.card_type in ('cleaning', 'car-care') and not exists (select from approvals a where a.business_id = b.id
      and a.register = b.card_type and (a.standing in ('approved', 'card-order')
        or (a.standing = 'approved-without-staff' and w.source = 'declared'))) then b.card_type || '-not-approved'
    when exists (select from order_lines l where l.business_id = w.business_id
      and l.worker_id = any (array(select same.id from workers same
        where same.person_id = w.person_id and same.business_id = w.business_id))
      and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '90 days') then 'valid-card'
  end
  from businesses b where b.id = w.business_id;
end;

reset role;
revoke create on schema public from kortvakt_context;
