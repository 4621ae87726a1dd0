-- Businesses that hire out labour wait for the Labour Inspection Authority's approval as staffing agencies before they order cards.

alter table approvals drop constraint approvals_register_check,
  add constraint approvals_register_check check (register in ('cleaning', 'car-care', 'staffing'));

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Whether a business waits for what a register says before it orders. Staffing agencies are those of the industry group 78.2.
create function awaits_register(card_type text, industry_code text, register text) returns boolean language sql immutable
return coalesce(case register when 'staffing' then industry_code like '78.2%' else card_type = register end, false);
revoke execute on function awaits_register from public;
grant execute on function awaits_register to kortvakt_request;

-- As before, and: a staffing agency is approved.
create or replace function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.source = 'declared' and not exists (select from worker_declarations d where d.worker_id = w.id
      and d.withdrawn_at is null and d.holds_until > at) then 'declaration-ended'
    when w.employed_to < oslo_date(at) then case w.source when 'assignment' then 'not-assigned' else 'employment-ended' end
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when b.card_type in ('cleaning', 'car-care') and not exists (select from approvals a where a.business_id = b.id
      and a.register = b.card_type and (a.standing in ('approved', 'card-order')
        or (a.standing = 'approved-without-staff' and w.source = 'declared'))) then b.card_type || '-not-approved'
    when awaits_register(b.card_type, b.industry_code, 'staffing') and not exists (select from approvals a
      where a.business_id = b.id and a.register = 'staffing' and a.standing = 'approved') then 'agency-not-registered'
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
