-- What the system tells stands in the inbox of those whom it tells: the business's own people, its officers, or one person.
-- The notice itself is what is shown; threads are between the authority and a business alone.

alter table message_threads drop column notice_id, drop constraint message_threads_check, alter column authority set not null,
  drop constraint message_threads_category_check,
  add constraint message_threads_category_check check (category in ('order', 'card-invalid', 'deadline', 'general')),
  drop constraint message_threads_last_from_check,
  add constraint message_threads_last_from_check check (last_from in ('authority', 'business'));
alter table messages drop column template, drop column parameters, drop constraint messages_check, alter column author_id set not null,
  alter column author_name set not null, drop constraint messages_side_check,
  add constraint messages_side_check check (side in ('authority', 'business'));

alter table notices
  -- What was told before there was an inbox for it is not held up as unread.
  add column unread boolean not null default false,
  -- Besides the one person whom a notice goes to: the one whom it is about, told at an address that was given for them.
  drop constraint a_person_is_named,
  add constraint a_person_is_named check (audience <> 'person' or person_id is not null);
alter table notices alter column unread set default true;
create index notices_of_business on notices (business_id, created_at desc, id desc) where thread_id is null;
create index notices_of_person on notices (person_id, created_at desc, id desc) where person_id is not null;
create index notices_unread_of_business on notices (business_id) where unread and thread_id is null;
create index notices_unread_of_person on notices (person_id) where unread;

-- Who opened what, once for each person and notice; without a business where the notice is the person's own.
create table notice_reads (
  id uuid primary key default uuidv7(),
  notice_id uuid not null references notices,
  business_id uuid references businesses,
  person_id uuid not null references persons,
  person_name text not null,
  read_at timestamptz not null,
  unique (notice_id, person_id)
);
alter table notice_reads enable row level security;
alter table notice_reads force row level security;
create policy resolves on notice_reads to kortvakt_context using (true) with check (true);

-- Whoever may read the business's messages reads what is told to the business; its officers, what is told to them alone.
create policy told_business on notices for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read')
    and audience in ('business', 'business-and-officers') and thread_id is null);
create policy told_officers on notices for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('agreements.sign')
    and audience = 'officers' and thread_id is null);
create policy told_person on notices for select to kortvakt_request using (person_id = context_person());

grant select, insert on notice_reads to kortvakt_request;
create policy readable on notice_reads for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read'));
create policy own on notice_reads for select to kortvakt_request using (business_id is null and person_id = context_person());
create policy opened on notice_reads for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('messages.read')
    and person_id = context_person() and context_is_now(read_at));
create policy opened_own on notice_reads for insert to kortvakt_request
  with check (business_id is null and person_id = context_person() and context_is_now(read_at));

grant update (unread) on notices to kortvakt_context;
create policy reads on notices for update to kortvakt_context using (true) with check (not unread);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Nobody marks as read what is not told to them.
create function guard_notice_read() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from notices n where n.id = new.notice_id and case
      when new.business_id is null then n.person_id = new.person_id
      else n.business_id = new.business_id and n.thread_id is null and (n.audience in ('business', 'business-and-officers')
        or n.audience = 'officers' and context_has_right('agreements.sign')) end) then
    raise exception 'nothing to read' using errcode = 'check_violation', constraint = 'notice_of_reader';
  end if;
  return new;
end $$;

create function note_notice_read() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update notices set unread = false where id = new.notice_id and unread;
  return null;
end $$;
revoke execute on function guard_notice_read, note_notice_read from public;
grant execute on function guard_notice_read, note_notice_read to kortvakt_migrate;

-- As before, and how many notices to the person lie unread: a hundred at most, which is all that a menu says.
drop function session_read;
create function session_read(token sha256) returns table (person_id uuid, name text, acr text, auth_time timestamptz, unread integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select p.id, p.name, s.acr, s.auth_time,
    (select count(*)::integer from (select from notices n where n.person_id = p.id and n.unread limit 100) few)
  from sessions s join persons p on p.id = s.person_id
  where s.token_hash = token and s.ended_at is null and s.absolute_end > clock_now() and s.last_seen_at + s.idle > clock_now();
end;
revoke execute on function session_read from public;
grant execute on function session_read to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

create trigger guard_new before insert on notice_reads for each row execute function guard_notice_read();
create trigger note_new after insert on notice_reads for each row execute function note_notice_read();
set role kortvakt_context;
revoke execute on function guard_notice_read, note_notice_read from kortvakt_migrate;
reset role;
