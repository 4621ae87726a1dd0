-- As before; a line under review is open as well. It stands apart from the review's other functions to come after what was last
-- said of this one.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.employed_to < oslo_date(at) then 'employment-ended'
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when exists (select from order_lines l join workers same on same.id = l.worker_id
      where l.business_id = w.business_id and same.person_id = w.person_id
        and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '90 days') then 'valid-card'
  end;
end;
reset role;
revoke create on schema public from kortvakt_context;
