-- Businesses are reminded once before the time to answer a dispute is up, and workers told once that it is.

alter table disputes
  add column reminded_at timestamptz,            -- the business, shortly before
  add column late_told_at timestamptz;           -- the worker, when nothing came in time
create index disputes_unanswered on disputes (answer_by) where answered_at is null and brought_at is null and late_told_at is null;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Tasks only: what is to be told now of disputes that nobody has answered, noted as told; `soon` to the business so long before,
-- not where it never had longer than that, and `late` to the worker.
create function disputes_running_out(before interval) returns table (dispute uuid, what text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  return query update disputes d set late_told_at = context_now()
    where d.answered_at is null and d.brought_at is null and d.late_told_at is null and d.answer_by <= context_now()
    returning d.id, 'late';
  return query update disputes d set reminded_at = context_now()
    where d.answered_at is null and d.brought_at is null and d.late_told_at is null and d.reminded_at is null
      and d.answer_by - before <= context_now() and d.made_at < d.answer_by - before
    returning d.id, 'soon';
end $$;

revoke execute on function disputes_running_out from public;
grant execute on function disputes_running_out to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
