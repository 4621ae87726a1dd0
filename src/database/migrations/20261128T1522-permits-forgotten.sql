-- A declared permit to stay is deleted when nothing is decided by it any more: none is due of the person in the business, or the person's
-- tie to it, cards there and open lines have been over for as long as a photo outlives its card.

grant delete on residence_permits to kortvakt_context;
grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Deletes the first so many that stopped mattering before then; whose they were.
create function forget_permits(before timestamptz, most integer) returns table (id uuid, business_id uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  return query
    delete from residence_permits gone where gone.id in (
      select p.id from residence_permits p join workers w on w.id = p.worker_id
      where p.declared_at < before and not exists (
        -- Of somebody in several units one permit counts in all of them.
        select from workers same where same.person_id = w.person_id and same.business_id = w.business_id
          and same.permit_due_since is not null and (
            not same.deceased and (same.employed_to is null or same.employed_to >= oslo_date(before))
              and (same.source <> 'declared' or exists (select from worker_declarations d where d.worker_id = same.id
                and d.withdrawn_at is null and d.holds_until >= before))
            or exists (select from cards c where c.person_id = same.person_id and c.business_id = same.business_id
              and c.expires_at >= before and (c.blocked_at is null or c.blocked_at >= before))
            or exists (select from order_lines l where l.business_id = same.business_id and l.worker_id = same.id
              and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production'))))
      order by p.id limit most)
    returning gone.id, gone.business_id;
end $$;

revoke execute on function forget_permits from public;
grant execute on function forget_permits to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
