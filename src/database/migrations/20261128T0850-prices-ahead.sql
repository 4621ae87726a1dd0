-- Prices and VAT rates are changed ahead of time. Each holds from an Oslo midnight until the next one begins: the day is all
-- that is stored, so that there is never a gap and never two at once. What has begun is never changed or taken away.

alter table price_list
  add column source text,                       -- where the price is announced; names a page, a letter, a decision
  add column added_by uuid references persons,  -- null: what the system began with
  add column added_by_name text,
  add column added_at timestamptz;
-- Amounts are from these pages; they name no days, so those before 2026 are about right.
update price_list set source = case price_ore
  when 10400 then 'hmskort.no/en (2020)'
  when 13290 then 'gtmkompetanse.no (2026)'
  else 'arbeidstilsynet.no/hms/hms-kort' end;
alter table price_list
  alter column source set not null,
  add check (source <> ''),
  add check (card_type in ('construction', 'cleaning', 'car-care', 'goods-transport')),
  add constraint begins_at_midnight check
    (valid_from at time zone 'Europe/Oslo' = date_trunc('day', valid_from at time zone 'Europe/Oslo')),
  add check ((added_by is null) = (added_at is null) and (added_by is null) = (added_by_name is null));

alter table vat_rates
  add column source text,
  add column added_by uuid references persons,
  add column added_by_name text,
  add column added_at timestamptz;
update vat_rates set source = 'merverdiavgiftsloven § 5-1';
alter table vat_rates
  alter column source set not null,
  add check (source <> ''),
  add constraint begins_at_midnight check
    (valid_from at time zone 'Europe/Oslo' = date_trunc('day', valid_from at time zone 'Europe/Oslo')),
  add check ((added_by is null) = (added_at is null) and (added_by is null) = (added_by_name is null));

-- Whoever asks reads them; operators, in that role, add what is to come and take it back until it begins.
do $$
declare
  t text;
begin
  foreach t in array array['price_list', 'vat_rates'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy public on %I for select to kortvakt_request using (context_capacity() is not null)', t);
    execute format($policy$create policy added on %I for insert to kortvakt_request
      with check (context_is_staff('operator') and valid_from > context_now() and added_by = context_person()
        and context_is_now(added_at))$policy$, t);
    execute format($policy$create policy withdrawn on %I for delete to kortvakt_request
      using (context_is_staff('operator') and valid_from > context_now())$policy$, t);
    execute format('grant insert, delete on %I to kortvakt_request', t);
  end loop;
end $$;

-- Nor does the owner change what has begun.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create function keep_what_has_begun() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' or old.valid_from <= clock_now() then
    raise exception 'what has begun stays, and what is to come is added anew' using errcode = 'check_violation',
      constraint = 'has_begun';
  end if;
  return old;
end $$;
reset role;
revoke create on schema public from kortvakt_context;
create trigger keep before update or delete on price_list for each row execute function keep_what_has_begun();
create trigger keep before update or delete on vat_rates for each row execute function keep_what_has_begun();
set role kortvakt_context;
revoke execute on function keep_what_has_begun from public;
reset role;
