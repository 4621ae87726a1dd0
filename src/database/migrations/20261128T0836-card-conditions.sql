-- What a card goes on depending on: the officer's declaration, a foreign firm's assignment, and that the Labour Inspection Authority
-- has not refused the business. A card is suspended while one fails, and valid again by itself.

create index workers_assigned on workers (id) where source = 'assignment';
create index cards_suspended on cards (worker_id) where suspended_reason is not null;
grant update (suspended_reason) on cards to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Tasks only. A register that is silent, or does not have the business, suspends nothing.
create function settle_card_conditions() returns table (business_id uuid, suspended integer, lifted integer)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
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
      where f.worker = c.worker_id and coalesce(f.card_type, c.card_type) = c.card_type and c.suspended_reason is null
        and c.blocked_at is null and c.expires_at > context_now()
      returning c.business_id as of, true as ended),
    held as (
      update cards c set suspended_reason = null
      where c.suspended_reason in ('DECLARATION_ENDED', 'SFU_NOT_ASSIGNED', 'CLEANING_NOT_APPROVED', 'CARCARE_NOT_APPROVED')
        and not exists (select from failing f where f.worker = c.worker_id and coalesce(f.card_type, c.card_type) = c.card_type)
      returning c.business_id as of, false as ended)
    select changed.of, count(*) filter (where changed.ended)::int, count(*) filter (where not changed.ended)::int
    from (select * from ended union all select * from held) changed group by changed.of;
end $$;

revoke execute on function settle_card_conditions from public;
grant execute on function settle_card_conditions to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
