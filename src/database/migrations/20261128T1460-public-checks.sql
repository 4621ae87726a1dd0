-- The public check says when what the card depends on was last confirmed, and keeps to itself the cards of people whose address is
-- protected: who knows a birth date is not to find out where they work. It finds a card by one index, whichever it is asked by.

-- Whose cards the public check answers as it does a number that nobody has. Why, and which protection it is, is not kept.
create table withheld_people (
  person_id uuid primary key references persons on delete cascade
);
alter table withheld_people enable row level security;
alter table withheld_people force row level security;
create policy resolves on withheld_people to kortvakt_context using (true) with check (true);
grant select, insert, delete on withheld_people to kortvakt_context;
-- Nobody but the holder learns of it.
create policy own on withheld_people for select to kortvakt_request using (person_id = context_person());
grant select on withheld_people to kortvakt_request;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- When what cards of that type of the business depend on was last confirmed, as `card_conditions` has it: the age of the oldest answer.
-- By number, since a column of the business goes by the name of the first.
create function answers_confirmed(card_type text, business uuid) returns table (confirmed_at timestamptz) language sql stable
begin atomic
  select case when b.workers_read_at is not null then least(b.refreshed_at, b.workers_read_at,
    (select min(a.read_at) from approvals a where a.business_id = b.id
      and (a.register = $1 or a.register = 'staffing' and awaits_register($1, b.industry_code, 'staffing')))) end
  from businesses b where b.id = business;
end;

-- As before, each way of asking by its own index; a card that is withheld is the same empty answer.
drop function check_card(text, date, text);
create function check_card(card_number text, born date, card_token text) returns table (
  state text, employer_name text, organisation_number text, card_type text, expires_at timestamptz, as_of timestamptz,
  confirmed_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select f.state, f.employer_name, f.organisation_number::text, f.card_type, f.expires_at, k.at, r.confirmed_at
  from (select date_trunc('milliseconds', transaction_timestamp() + offset_by) as at from clock) k,
    lateral (
      select c.*, card_state(c, k.at) as state from cards c where c.number = card_number and c.birth_date = born
      union all
      select c.*, card_state(c, k.at) from cards c where c.token = card_token) f,
    lateral answers_confirmed(f.card_type, f.business_id) r
  where not exists (select from withheld_people w where w.person_id = f.person_id)
  limit 1;
end;

-- Tasks only: of people by the hashes of their numbers, whose cards are withheld; of the others no longer.
create function withhold_people(known bytea[], withheld bytea[]) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  delete from withheld_people w using persons p
    where p.id = w.person_id and p.national_id_hash = any (known) and p.national_id_hash <> all (withheld);
  insert into withheld_people select p.id from persons p where p.national_id_hash = any (withheld) on conflict do nothing;
end $$;

revoke execute on function answers_confirmed, check_card, withhold_people from public;
grant execute on function check_card to kortvakt_check;
grant execute on function withhold_people to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
