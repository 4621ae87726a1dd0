-- Messages: businesses are chosen by an approval that they lack, and what became of each step's notices is told apart.

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and: an approval of the Labour Inspection Authority that was not given.
create or replace function message_recipients(selection jsonb, size integer, after text) returns table (
  business_id uuid, organisation_number text, name text, total integer)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not (context_is_staff('case-officer') or context_is_job()) then raise exception 'for case officers and tasks only'; end if;
  return query
    with chosen as materialized (
      select b.id, b.organisation_number::text as number, b.name from businesses b
      where b.dissolved_on is null
        and case when selection ? 'number' then b.organisation_number = selection->>'number' else
          (not selection ? 'industry' or starts_with(b.industry_code, selection->>'industry'))
          and (not selection ? 'postalCode' or starts_with(b.address->>'postalCode', selection->>'postalCode'))
          and (not selection ? 'cardState' or exists (select from cards c where c.business_id = b.id
            and case selection->>'cardState'
              when 'expiring' then card_state(c, context_now()) = 'valid' and c.expires_at <= context_now() + interval '90 days'
              else card_state(c, context_now()) = selection->>'cardState' end))
          and (not selection ? 'condition' or case selection->>'condition'
            when 'vat' then not b.vat_registered
            when 'bankruptcy' then b.bankrupt
            when 'approval' then exists (select from approvals a where a.business_id = b.id and a.standing = 'not-approved')
            when 'employment' then exists (select from cards c join workers w on w.id = c.worker_id
              where c.business_id = b.id and c.blocked_at is null and c.expires_at > context_now() and w.employed_to < oslo_date(context_now()))
            when 'number' then exists (select from cards c join workers w on w.id = c.worker_id
              where c.business_id = b.id and c.blocked_at is null and c.expires_at > context_now() and not w.number_active)
            else false end) end)
    select chosen.id, chosen.number, chosen.name, (select count(*)::integer from chosen)
    from chosen where chosen.number > after order by chosen.number limit size;
end $$;

drop function dispatch_progress, thread_deliveries, letter_recipient;

-- How a dispatch fares: one row for each business, those that need something first; counts of deliveries, no addresses.
create function dispatch_progress(dispatch uuid, size integer, skip integer) returns table (
  thread_id uuid, organisation_number text, name text, step text, sent integer, bounced integer, unread boolean, read_at timestamptz,
  reader text, posted_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with page as materialized (
    select t.id, t.business_id, t.step, t.unread, t.read_at, t.posted_at
    from message_threads t where t.dispatch_id = dispatch and context_is_case_officer_of(t.authority)
    order by t.unread desc, t.id limit size offset skip)
  select page.id, b.organisation_number::text, b.name, page.step,
    coalesce(d.sent, 0), coalesce(d.bounced, 0), page.unread, page.read_at,
    (select r.person_name from message_reads r where r.thread_id = page.id order by r.id limit 1), page.posted_at
  from page join businesses b on b.id = page.business_id
    left join lateral (
      select count(*) filter (where nd.state = 'sent')::integer as sent,
        count(*) filter (where nd.state in ('bounced', 'failed'))::integer as bounced
      from notices n join notice_deliveries nd on nd.notice_id = n.id where n.thread_id = page.id) d on true
  order by page.unread desc, page.id;
end;

-- What became of the notices of one thread's steps, for its case officer: how and when, no addresses.
create function thread_deliveries(thread uuid) returns table (step_id uuid, channel text, state text, at timestamptz, bounce_reason text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select s.id, d.channel, case when d.state = 'sent' and d.delivered_at is not null then 'delivered' else d.state end,
    coalesce(d.bounced_at, d.delivered_at, d.sent_at), d.bounce_reason
  from message_steps s join message_threads t on t.id = s.thread_id
    join notice_deliveries d on d.notice_id = s.notice_id
  where s.thread_id = thread and context_is_case_officer_of(t.authority)
  order by s.id, d.id;
end;

revoke execute on function dispatch_progress, thread_deliveries from public;
grant execute on function dispatch_progress, thread_deliveries to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
