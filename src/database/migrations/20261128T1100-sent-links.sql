-- The link of a worker's own upload goes by e-mail and text message; asking again leaves the link of whom nobody may ask any more;
-- and a card says of two conditions that fail the one that still does.

alter table upload_requests drop constraint upload_requests_way_check;
alter table upload_requests no force row level security;
update upload_requests set way = 'sent' where way = 'email';
alter table upload_requests force row level security;
alter table upload_requests add constraint upload_requests_way_check check (way in ('sent', 'shown'));

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Asks the workers of these lines, each under the id and secret that stand at the same place; the link that a line had before
-- is worth nothing from then on. Left out, with the link that they have: lines that lack nothing or wait for neither approval nor
-- media, those that are not the asker's, and workers who have been asked five times in the last 24 hours.
create or replace function ask_for_uploads(lines uuid[], ids uuid[], hashes bytea[], through text)
returns table (request_id uuid, asked_line uuid, asked_person uuid, asked_name text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform from order_lines l where l.id = any (lines) order by l.id for update;
  return query
    with asked as (
      insert into upload_requests (id, business_id, unit_id, vendor_id, order_id, line_id, worker_id, person_id, shown_name, secret_hash,
        way, asks, asked_by, asked_by_name, asked_at, expires_at)
      select given.id, l.business_id, l.unit_id, l.vendor_id, l.order_id, l.id, l.worker_id, w.person_id,
        case when context_lacks_worker_list() then l.shown_name else l.holder_name end, given.hash, through,
        array_remove(array[case when l.photo_id is null then 'photo' end, case when l.document_id is null then 'document' end], null),
        p.id, p.name, context_now(), context_now() + interval '24 hours'
      from unnest(lines, ids, hashes) as given (line, id, hash)
        join order_lines l on l.id = given.line join workers w on w.id = l.worker_id join persons p on p.id = context_person()
      where may_ask_for_upload(l) and l.state in ('awaiting-approval', 'awaiting-media') and (l.photo_id is null or l.document_id is null)
        and (select count(*) from upload_requests r where r.line_id = l.id and r.asked_at > context_now() - interval '24 hours') < 5
      returning *),
    -- Those of before: what was just made it does not see.
    replaced as (
      update upload_requests r set revoked_at = context_now() from asked
      where r.line_id = asked.line_id and r.delivered_at is null and r.denied_at is null and r.revoked_at is null)
    select asked.id, asked.line_id, asked.person_id, asked.shown_name from asked;
end $$;

-- Tasks only. A register that is silent, or does not have the business, suspends nothing. While several conditions fail, the reason
-- is one that still does.
create or replace function settle_card_conditions() returns table (business_id uuid, suspended integer, lifted integer)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  ours constant text[] := array['DECLARATION_ENDED', 'SFU_NOT_ASSIGNED', 'CLEANING_NOT_APPROVED', 'CARCARE_NOT_APPROVED'];
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query
    with failing as materialized (
      select w.id as worker, null as card_type, 'DECLARATION_ENDED' as reason from workers w
      where w.source = 'declared' and not exists (select from worker_declarations d
        where d.worker_id = w.id and d.withdrawn_at is null and d.holds_until > context_now())
      union all
      select w.id, null, 'SFU_NOT_ASSIGNED' from workers w
      where w.source = 'assignment' and w.employed_to < oslo_date(context_now())
      union all
      select w.id, a.register, case a.register when 'cleaning' then 'CLEANING_NOT_APPROVED' else 'CARCARE_NOT_APPROVED' end
      from approvals a join workers w on w.business_id = a.business_id where a.standing = 'not-approved'),
    ended as (
      update cards c set suspended_reason = f.reason from failing f
      where f.worker = c.worker_id and coalesce(f.card_type, c.card_type) = c.card_type
        and c.blocked_at is null and c.expires_at > context_now()
        and (c.suspended_reason is null or (c.suspended_reason = any (ours) and not exists (select from failing still
          where still.worker = c.worker_id and still.reason = c.suspended_reason
            and coalesce(still.card_type, c.card_type) = c.card_type)))
      returning c.business_id as of, true as ended),
    held as (
      update cards c set suspended_reason = null
      where c.suspended_reason = any (ours)
        and not exists (select from failing f where f.worker = c.worker_id and coalesce(f.card_type, c.card_type) = c.card_type)
      returning c.business_id as of, false as ended)
    select changed.of, count(*) filter (where changed.ended)::int, count(*) filter (where not changed.ended)::int
    from (select * from ended union all select * from held) changed group by changed.of;
end $$;

reset role;
revoke create on schema public from kortvakt_context;
