-- Work may begin once it can be documented that the card is ordered: each line has a link of its own that says so to anyone.

alter table order_lines add column confirmation_token text;
create function draw_confirmation_token() returns trigger language plpgsql as $$
begin
  -- 62 random bits: those of a UUID that stand behind its version and variant.
  new.confirmation_token := translate(rtrim(encode(substring(uuid_send(gen_random_uuid()) from 9), 'base64'), '='), '+/', '-_');
  return new;
end $$;
revoke execute on function draw_confirmation_token from public;
alter table order_lines no force row level security;
update order_lines
  set confirmation_token = translate(rtrim(encode(substring(uuid_send(gen_random_uuid()) from 9), 'base64'), '='), '+/', '-_');
alter table order_lines force row level security;
alter table order_lines add unique (confirmation_token), add check (confirmation_token is not null),
  add check (confirmation_token ~ '^[A-Za-z0-9_-]{11}$');
create trigger draw_confirmation before insert on order_lines for each row execute function draw_confirmation_token();
grant select (confirmation_token) on order_lines to kortvakt_request;

-- What anyone learns who has the link: nothing of the worker. An order that nobody has approved is not there yet.
create function check_order(token text) returns table (
  state text, employer_name text, organisation_number text, card_type text, ordered_at timestamptz, as_of timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case when l.state in ('shipped', 'closed') then 'issued' when l.state in ('cancelled', 'rejected') then 'cancelled' else 'ordered' end,
    b.name, b.organisation_number::text, o.card_type, coalesce(o.approved_at, o.placed_at), clock_now()
  from order_lines l join orders o on o.id = l.order_id join businesses b on b.id = o.business_id
  where l.confirmation_token = token and o.state <> 'awaiting-approval' and o.lapsed_at is null;
end;
grant create on schema public to kortvakt_context;
revoke execute on function check_order from public;
alter function check_order owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function check_order to kortvakt_check;
reset role;
