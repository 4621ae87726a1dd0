-- Anybody could use up the links of a number, so that its worker got none and could report no card. What nobody opens is still sent three
-- times an hour and ten a day; asked for more often the last of them works again, which whoever has the telephone has and nobody else.
-- And addresses that were never proved are somebody else's as likely as not: they are kept for a day.

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- A link to a number that somebody has typed: `made`; `renewed` where as many wait unopened as may, and the last of them is good for as
-- long again; or `none` where nobody has set the number, or it has become a business's. A task's alone, so that whoever typed it can tell
-- nothing from the answer.
drop function make_phone_link(text, sha256, sha256, interval);
create function make_phone_link(number text, secret sha256, link_code sha256, lasts interval) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  o own_addresses;
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  select * into o from own_addresses a where a.channel = 'cards' and a.address = number for update;
  if not found or address_is_a_business(number) then return 'none'; end if;
  -- What was opened was its worker's, and takes nothing from the next.
  if (select count(*) >= 10 or count(*) filter (where l.made_at > context_now() - interval '1 hour') >= 3 from phone_links l
      where l.address_id = o.id and l.opened_at is null and l.made_at > context_now() - interval '24 hours') then
    update phone_links l set expires_at = greatest(l.expires_at, context_now() + lasts) where l.id = (
      select n.id from phone_links n where n.address_id = o.id and n.opened_at is null and n.tries < 10
        and n.made_at > context_now() - interval '24 hours' order by n.made_at desc, n.id desc limit 1);
    return case when found then 'renewed' else 'none' end;
  end if;
  insert into phone_links (address_id, person_id, secret_hash, code, made_at, expires_at)
  values (o.id, o.person_id, secret, link_code, context_now(), context_now() + lasts);
  return 'made';
end $$;

-- As before, and what was never proved, whatever it is for: `gone` are the numbers that nobody used, `unproved` what nobody proved.
drop function forget_phones(interval);
create function forget_phones(unused interval) returns table (gone integer, unproved integer)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  of_proved integer;
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  delete from phone_links l where greatest(l.expires_at, l.session_ends_at) < context_now() - interval '2 days';
  delete from own_addresses a where a.channel = 'cards' and a.address is not null
    and coalesce(a.last_used_at, a.confirmed_at) < context_now() - unused;
  get diagnostics gone = row_count;
  delete from own_addresses a where a.channel = 'cards' and a.address is null and a.taken_at < context_now() - unused;
  update own_addresses a set asked = null, code = null, code_expires_at = null, tries = 0
  where a.code_expires_at < context_now() - interval '24 hours' and (a.address is not null or a.taken_at is not null);
  get diagnostics of_proved = row_count;
  -- Also what was removed, of which only the times of its codes were left.
  delete from own_addresses a where a.address is null and a.taken_at is null
    and coalesce(a.code_expires_at, '-infinity') < context_now() - interval '24 hours'
    and coalesce(a.asks[1], '-infinity') < context_now() - interval '24 hours';
  get diagnostics unproved = row_count;
  unproved := unproved + of_proved;
  return next;
end $$;

revoke execute on function make_phone_link, forget_phones from public;
grant execute on function make_phone_link, forget_phones to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
