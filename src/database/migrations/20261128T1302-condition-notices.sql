-- What is told of a card's conditions, before one fails, when it has, and when it holds again: each once, however often it is judged.

create table condition_notices (
  id uuid primary key default uuidv7(),
  card_id uuid not null references cards on delete cascade,
  business_id uuid not null references businesses,
  person_id uuid not null references persons,
  code text not null,                            -- as in the table of conditions
  step text not null check (step in ('foreseen', 'suspended', 'lifted')),
  days integer not null default 0,               -- foreseen: at most so many ahead
  at timestamptz not null,                       -- when it fails, failed or was lifted
  told_at timestamptz,
  unique (card_id, code, step, days, at)
);
create index condition_notices_untold on condition_notices (business_id) where told_at is null;
alter table condition_notices enable row level security;
alter table condition_notices force row level security;
grant select, update (told_at) on condition_notices to kortvakt_request;
create policy job on condition_notices to kortvakt_request using (context_is_job()) with check (context_is_job());
grant select, insert on condition_notices to kortvakt_context;
create policy resolves on condition_notices to kortvakt_context using (true) with check (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Tasks only: notes what is to be told of these cards; what was noted before stays as it is.
create function note_conditions(noted uuid[], codes text[], steps text[], ahead integer[], ats timestamptz[]) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  insert into condition_notices (card_id, business_id, person_id, code, step, days, at)
  select c.id, c.business_id, c.person_id, given.code, given.step, given.days, given.at
  from unnest(noted, codes, steps, ahead, ats) as given (id, code, step, days, at) join cards c on c.id = given.id
  on conflict do nothing;
end $$;

revoke execute on function note_conditions from public;
grant execute on function note_conditions to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
