-- What a notice holds for its letter alone, links that let in and addresses that were given for it, is for the task that sends it.
-- And what concerns one unit is told in the inbox to those alone whose mandate reaches the unit.

-- Whatever columns there are but those two.
do $$
begin
  execute (select format('revoke select on notices from kortvakt_request; grant select (%s) on notices to kortvakt_request',
      string_agg(quote_ident(attname), ', ' order by attnum))
    from pg_attribute where attrelid = 'notices'::regclass and attnum > 0 and not attisdropped
      and attname not in ('secrets_encrypted', 'extra_addresses'));
end $$;
revoke update (secrets_encrypted) on notices from kortvakt_request;

drop policy told_business on notices;
create policy told_business on notices for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read')
    and (unit_id is null or context_covers_unit(unit_id))
    and audience in ('business', 'business-and-officers') and thread_id is null);

grant update (secrets_encrypted) on notices to kortvakt_context;
create policy forgets on notices for update to kortvakt_context using (secrets_encrypted is not null) with check (secrets_encrypted is null);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- One notice whole, for the task that sends it.
create function notice_to_send(notice uuid) returns setof notices
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select n.* from notices n where n.id = notice;
end $$;

-- Tasks only: erases the secrets of a notice, or of all, that has nobody left to be sent to.
create function erase_notice_secrets(only_of uuid) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  update notices n set secrets_encrypted = null
  where n.secrets_encrypted is not null and n.settled_at is not null and (only_of is null or n.id = only_of)
    and not exists (select from notice_deliveries d where d.notice_id = n.id and d.state = 'waiting');
end $$;

-- As before, and nobody marks as read what concerns a unit out of their mandate's reach.
create or replace function guard_notice_read() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from notices n where n.id = new.notice_id and case
      when new.business_id is null then n.person_id = new.person_id
      else n.business_id = new.business_id and n.thread_id is null and (n.unit_id is null or context_covers_unit(n.unit_id))
        and (n.audience in ('business', 'business-and-officers')
          or n.audience = 'officers' and context_has_right('agreements.sign')) end) then
    raise exception 'nothing to read' using errcode = 'check_violation', constraint = 'notice_of_reader';
  end if;
  return new;
end $$;

revoke execute on function notice_to_send, erase_notice_secrets from public;
grant execute on function notice_to_send, erase_notice_secrets to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
