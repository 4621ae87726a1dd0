-- As before, but of the approval that the card's own type needs: a column of the business goes by the name of the argument, and was
-- taken in its place.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace function answers_confirmed(card_type text, business uuid) returns table (confirmed_at timestamptz) language sql stable
begin atomic
  select case when b.workers_read_at is not null then least(b.refreshed_at, b.workers_read_at,
    (select min(a.read_at) from approvals a where a.business_id = b.id
      and (a.register = $1 or a.register = 'staffing' and awaits_register($1, b.industry_code, 'staffing')))) end
  from businesses b where b.id = business;
end;
reset role;
revoke create on schema public from kortvakt_context;
