-- How many cards a list names cannot be foreseen, so each call was planned anew, which took longer than the look itself. The plan that
-- goes for any number goes card by card through the indexes, of one card as of a thousand.
set role kortvakt_context;
alter function check_cards(text[], date[], text[], integer) set plan_cache_mode = force_generic_plan;
alter function card_conditions(uuid[]) set plan_cache_mode = force_generic_plan;
reset role;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, in two short statements whose plans are kept, each of less to set up than one of all. Both run whatever the first finds.
create or replace function check_card(card_number text, born date, card_token text) returns table (
  state text, employer_name text, organisation_number text, card_type text, expires_at timestamptz, as_of timestamptz,
  confirmed_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  card record;
  around record;
begin
  if card_token is null then
    select card_state(c, k.at) as state, k.at, c.person_id, c.business_id, c.employer_name, c.organisation_number, c.card_type, c.expires_at
    into card from cards c, (select date_trunc('milliseconds', transaction_timestamp() + offset_by) as at from clock) k
    where c.number = card_number and c.birth_date = born;
  else
    select card_state(c, k.at) as state, k.at, c.person_id, c.business_id, c.employer_name, c.organisation_number, c.card_type, c.expires_at
    into card from cards c, (select date_trunc('milliseconds', transaction_timestamp() + offset_by) as at from clock) k
    where c.token = card_token;
  end if;
  select exists (select from withheld_people w where w.person_id = card.person_id) as withheld,
    (select r.confirmed_at from answers_confirmed(card.card_type, card.business_id) r) as confirmed_at into around;
  if card.person_id is null or around.withheld then return; end if;
  state := card.state;
  employer_name := card.employer_name;
  organisation_number := card.organisation_number;
  card_type := card.card_type;
  expires_at := card.expires_at;
  as_of := card.at;
  confirmed_at := around.confirmed_at;
  return next;
end $$;
reset role;
revoke create on schema public from kortvakt_context;
