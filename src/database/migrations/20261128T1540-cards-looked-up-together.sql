-- The public check looks up all that are asked for at a time in one statement: a hundred at most. Each by one index, whichever it is
-- asked by; no row for a card that does not exist, a number and birth date that do not belong together, and one that is withheld.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
drop function check_card(text, date, text);
create function look_up_cards(numbers text[], births date[], tokens text[]) returns table (asked integer, state text, employer_name text,
  organisation_number text, card_type text, expires_at timestamptz, as_of timestamptz, confirmed_at timestamptz)
-- How many are asked for cannot be foreseen: one plan, card by card through the indexes, goes for any number.
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  at timestamptz := clock_now();
begin
  if cardinality(numbers) > 100 then raise exception 'a hundred at a time' using errcode = 'check_violation'; end if;
  return query
    select a.n::integer, f.state, f.employer_name, f.organisation_number::text, f.card_type, f.expires_at, at, r.confirmed_at
    from unnest(numbers, births, tokens) with ordinality as a (number, born, token, n)
      cross join lateral (
        select c.*, card_state(c, at) as state from cards c where c.number = a.number and c.birth_date = a.born
        union all
        select c.*, card_state(c, at) from cards c where c.token = a.token) f
      cross join lateral answers_confirmed(f.card_type, f.business_id) r
    where not exists (select from withheld_people w where w.person_id = f.person_id);
end $$;
revoke execute on function look_up_cards from public;
grant execute on function look_up_cards to kortvakt_check;
reset role;
revoke create on schema public from kortvakt_context;
