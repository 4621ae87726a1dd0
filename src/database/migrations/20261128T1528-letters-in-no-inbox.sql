-- What was sent to an address alone, such as a code, a link or the answer to a report, stands in nobody's inbox: it is deleted with the
-- address after a while, since the address may be of somebody who never had to do with us.

create index notices_in_no_inbox on notices (created_at) where audience = 'address' and business_id is null and person_id is null;
-- What refers to a notice is looked for when one goes.
create index message_steps_by_notice on message_steps (notice_id) where notice_id is not null;
create index notice_digests_by_notice on notice_digests (notice_id);
create index notice_digests_by_digest on notice_digests (digest_id) where digest_id is not null;
grant delete on notices, notice_deliveries to kortvakt_context;
create policy forgotten on notices for delete to kortvakt_context
  using (audience = 'address' and business_id is null and person_id is null);
create policy forgotten on notice_deliveries for delete to kortvakt_context
  using (exists (select from notices n where n.id = notice_id and n.audience = 'address' and n.business_id is null and n.person_id is null));

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Deletes those that were sent, or given up, so long ago; how many.
create function forget_letters(kept interval) returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  gone uuid[];
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  gone := array(select n.id from notices n
    where n.audience = 'address' and n.business_id is null and n.person_id is null and n.settled_at is not null
      and n.created_at < context_now() - kept
      and not exists (select from notice_deliveries d where d.notice_id = n.id and d.state = 'waiting')
    order by n.created_at limit 1000);
  delete from notice_deliveries d where d.notice_id = any (gone);
  delete from notices n where n.id = any (gone);
  return cardinality(gone);
end $$;

revoke execute on function forget_letters from public;
grant execute on function forget_letters to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
