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

-- As before, with whole rows, so that it holds for a line with another column.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace function review_cases() returns setof order_lines
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with own as materialized (
    select o.business_id as id from officers o where o.person_id = context_person() and o.ended_at is null
    union select m.vendor_id from vendor_members m where m.person_id = context_person() and m.ended_at is null
    union select w.business_id from workers w where w.person_id = context_person()
    union select m.business_id from mandates m where m.person_id = context_person() and m.ended_at is null)
  select l from order_lines l
    join orders o on o.id = l.order_id
    join workers w on w.id = l.worker_id
    join photos p on p.id = l.photo_id
    join identity_documents d on d.id = l.document_id
  where context_is_staff('reviewer') and l.state = 'under-review' and o.state = 'placed'
    and not (context_person() = any (array[w.person_id, o.placed_by, o.approved_by, p.uploaded_by, d.uploaded_by]) is true)
    and l.business_id not in (select id from own) and (l.vendor_id is null or l.vendor_id not in (select id from own))
    and freeze_of_order(o.business_id, o.vendor_id, o.mandate_id) is null;
end;
reset role;
revoke create on schema public from kortvakt_context;

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
