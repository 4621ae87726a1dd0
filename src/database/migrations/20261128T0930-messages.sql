-- Messages: what the authority and the system write to a business, who has read it and when, what the business answers, and
-- what was done so that a message does not lie unread.

-- Case officers write for an authority, and read its messages alone.
alter table staff_appointments add column authority text not null default 'arbeidstilsynet' check (authority ~ '^[a-z][a-z-]{1,39}$');

-- One message of a case officer to one business or many, before it became their threads.
create table message_dispatches (
  id uuid primary key default uuidv7(),
  authority text not null,
  category text not null check (category in ('order', 'card-invalid', 'deadline', 'general')),
  subject text not null check (length(subject) between 1 and 200),
  body text not null check (length(body) between 1 and 20000),
  deadline timestamptz,
  selection jsonb not null,                     -- which businesses, as `message_recipients` reads it
  recipients integer not null check (recipients > 0),
  state text not null check (state in ('waiting', 'sending', 'sent', 'declined')),
  created_by uuid not null references persons,
  created_by_name text not null,
  created_at timestamptz not null,
  decided_by uuid references persons,           -- the second pair of eyes
  decided_by_name text,
  decided_at timestamptz,
  sent_at timestamptz,
  unique (id, authority),
  check (decided_by <> created_by),
  check ((decided_at is null) = (decided_by is null)),
  check ((state = 'sent') = (sent_at is not null))
);
create index message_dispatches_by_authority on message_dispatches (authority, id desc);

create table message_templates (
  id uuid primary key default uuidv7(),
  authority text not null,
  name text not null check (length(name) between 1 and 100),
  category text not null check (category in ('order', 'card-invalid', 'deadline', 'general')),
  subject text not null check (length(subject) between 1 and 200),
  body text not null check (length(body) between 1 and 20000),
  changed_by uuid not null references persons,
  changed_by_name text not null,
  changed_at timestamptz not null,
  unique (authority, name)
);

-- A thread is of one business; without an authority it is from the system and takes no answer.
create table message_threads (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  authority text,
  dispatch_id uuid,
  notice_id uuid unique references notices,     -- the system's notice that it shows
  category text not null check (category in ('order', 'card-invalid', 'deadline', 'general', 'system')),
  subject text not null,
  deadline timestamptz,
  created_at timestamptz not null,
  last_at timestamptz not null,
  last_from text not null check (last_from in ('authority', 'system', 'business')),
  unread boolean not null default true,         -- holds something that nobody in the business has opened
  answer_unread boolean not null default false, -- holds an answer that no case officer has opened
  read_at timestamptz,                          -- first opened by anybody in the business
  step text not null default 'none' check (step in ('none', 'business', 'officers', 'second', 'post')),
  step_at timestamptz,
  due_from timestamptz,                         -- when the authority last wrote: what half of the deadline is counted from
  next_at timestamptz,                          -- when to look whether it has to be taken further
  notified_at timestamptz,
  notified_by text check (notified_by in ('read', 'post')),
  posted_at timestamptz,
  posted_by uuid references persons,
  posted_by_name text,
  unique (id, business_id),
  unique (dispatch_id, business_id),
  check ((authority is null) = (category = 'system')),
  check ((notified_at is null) = (notified_by is null)),
  check ((posted_at is null) = (posted_by is null)),
  foreign key (dispatch_id, authority) references message_dispatches (id, authority)
);
create index message_threads_by_business on message_threads (business_id, last_at desc, id desc);
create index message_threads_unread on message_threads (business_id) where unread;
create index message_threads_by_authority on message_threads (authority, last_at desc, id desc) where authority is not null;
create index message_threads_due on message_threads (next_at) where next_at is not null;
create index message_threads_for_post on message_threads (authority, step_at) where step = 'post' and posted_at is null and unread;

create table messages (
  id uuid primary key default uuidv7(),
  thread_id uuid not null,
  business_id uuid not null references businesses,
  authority text,                               -- the thread's, filled in by a trigger
  side text not null check (side in ('authority', 'system', 'business')),
  author_id uuid references persons,
  author_name text,
  body text not null check (length(body) <= 20000),
  -- What the system says is kept as a text's key and what it is filled in with: it is read in the reader's language.
  template text,
  parameters jsonb,
  sent_at timestamptz not null,
  unique (id, business_id),
  check ((side = 'system') = (author_id is null)),
  check ((side = 'system') = (template is not null)),
  foreign key (thread_id, business_id) references message_threads (id, business_id)
);
create index messages_by_thread on messages (thread_id, id);

create table message_attachments (
  id uuid primary key default uuidv7(),
  message_id uuid not null,
  thread_id uuid not null,
  business_id uuid not null references businesses,
  authority text,
  file_name text not null check (length(file_name) between 1 and 150 and file_name !~ '[[:cntrl:]/\\"]'),
  content bytea not null,                       -- PDF, as it was sent
  sha256 sha256 not null,
  bytes integer not null check (bytes > 0),
  attached_by uuid not null references persons,
  attached_at timestamptz not null,
  foreign key (message_id, business_id) references messages (id, business_id)
);
create index message_attachments_by_thread on message_attachments (thread_id, id);

-- Who opened what, once for each person and message.
create table message_reads (
  id uuid primary key default uuidv7(),
  message_id uuid not null,
  thread_id uuid not null,
  business_id uuid not null references businesses,
  authority text,
  person_id uuid not null references persons,
  person_name text not null,
  read_at timestamptz not null,
  unique (message_id, person_id),
  foreign key (message_id, business_id) references messages (id, business_id)
);
create index message_reads_by_thread on message_reads (thread_id, id);

-- What was done so that a thread is read, and what became of it.
create table message_steps (
  id uuid primary key default uuidv7(),
  thread_id uuid not null,
  business_id uuid not null references businesses,
  authority text,
  step text not null check (step in ('business', 'officers', 'second', 'post', 'posted', 'read')),
  at timestamptz not null,
  notice_id uuid references notices,
  evidence jsonb not null default '{}',         -- ids and codes; no addresses
  foreign key (thread_id, business_id) references message_threads (id, business_id)
);
create index message_steps_by_thread on message_steps (thread_id, id);

alter table notices add column thread_id uuid references message_threads,
  drop constraint notices_audience_check,
  add constraint notices_audience_check check (audience in ('business', 'officers', 'business-and-officers', 'address', 'person', 'second-officers'));
create index notices_of_thread on notices (thread_id) where thread_id is not null;
alter table notice_deliveries
  add column channel text not null default 'email' check (channel in ('email', 'sms')),
  -- An address in its waiting time is told, and counts for nothing.
  add column counts boolean not null default true,
  add column bounced_at timestamptz,
  add column bounce_reason text check (bounce_reason in ('no-mailbox', 'mailbox-full', 'refused', 'other')),
  drop constraint notice_deliveries_state_check,
  add constraint notice_deliveries_state_check check (state in ('waiting', 'sent', 'failed', 'bounced')),
  add check ((state = 'bounced') = (bounced_at is not null)),
  add check ((bounced_at is null) = (bounce_reason is null));
create index notice_deliveries_bounced on notice_deliveries (lower(address), bounced_at) where state in ('bounced', 'failed');

-- Context: which authority -------------------------------------------------------------------------------------------------

create function context_authority() returns text language sql stable parallel safe
  return nullif(current_setting('kortvakt.authority', true), '');
-- A case officer of that authority.
create function context_is_case_officer_of(of text) returns boolean language sql stable parallel safe
  return context_is_staff('case-officer') and of = nullif(current_setting('kortvakt.authority', true), '');
revoke execute on function context_authority, context_is_case_officer_of from public;
grant execute on function context_authority, context_is_case_officer_of to kortvakt_request, kortvakt_context;

do $$
declare
  t text;
begin
  foreach t in array array['message_dispatches', 'message_templates', 'message_threads', 'messages', 'message_attachments', 'message_reads', 'message_steps'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
  end loop;
end $$;
grant select on message_dispatches, message_threads, messages, message_attachments, message_reads, notices, notice_deliveries to kortvakt_context;
grant select, insert on message_steps to kortvakt_context;
grant update (last_at, last_from, unread, answer_unread, read_at, step, step_at, due_from, next_at, notified_at, notified_by, posted_at,
  posted_by, posted_by_name) on message_threads to kortvakt_context;
create policy resolves on notices for select to kortvakt_context using (true);
create policy resolves on notice_deliveries for select to kortvakt_context using (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and notes the authority that the appointment is to.
create or replace function context_open_staff(token sha256, wanted text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  session sessions;
  person persons;
  found staff_appointments;
  capacity text := 'signed-in';
begin
  perform context_clear(at, 'anonymous'), set_config('kortvakt.staff', '', true), set_config('kortvakt.authority', '', true);
  for i in 1..2 loop
    select s.* into session from sessions s
    where s.token_hash = token and s.ended_at is null and s.absolute_end > at and s.last_seen_at + s.idle > at;
    exit when session.id is null or not writing or i = 2;
    perform hold_access('session', array[session.id]);
  end loop;
  if session.id is null then return jsonb_build_object('now', at, 'capacity', 'anonymous'); end if;
  if session.last_seen_at < at - interval '1 minute' then
    update sessions set last_seen_at = at where id = (select id from sessions where id = session.id for no key update skip locked);
  end if;
  select p.* into person from persons p where p.id = session.person_id;
  perform set_config('kortvakt.person', person.id::text, true), set_config('kortvakt.acr', session.acr, true),
    set_config('kortvakt.auth_time', session.auth_time::text, true);

  for i in 1..2 loop
    select a.* into found from staff_appointments a
    where a.accepted_by = person.id and a.role = wanted and a.approved_at is not null
    order by a.ended_at is not null, a.ends_at desc, a.id desc limit 1;
    exit when found.id is null or not writing or i = 2;
    perform hold_access('appointment', array[found.id]);
  end loop;
  if found.approved_at <= at and found.ended_at is null and at < found.ends_at and session.acr = 'high' then
    capacity := 'staff';
    perform set_config('kortvakt.staff', found.role, true), set_config('kortvakt.authority', found.authority, true);
  end if;
  perform set_config('kortvakt.capacity', capacity, true);

  return jsonb_build_object('now', at, 'capacity', capacity,
    'session', jsonb_build_object('id', session.id, 'personId', person.id, 'name', person.name, 'acr', session.acr,
      'authTime', session.auth_time),
    'staff', case when found.id is not null then jsonb_build_object('appointmentId', found.id, 'role', found.role,
      'startsAt', found.approved_at, 'endsAt', found.ends_at, 'endedAt', found.ended_at) end);
end $$;

-- The businesses that a selection means, by number: {"number"}, or any of {"industry", "postalCode", "cardState", "condition"},
-- all of which have to hold. A business that is dissolved gets no message.
create function message_recipients(selection jsonb, size integer, after text) returns table (
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
            when 'employment' then exists (select from cards c join workers w on w.id = c.worker_id
              where c.business_id = b.id and c.blocked_at is null and c.expires_at > context_now() and w.employed_to < oslo_date(context_now()))
            when 'number' then exists (select from cards c join workers w on w.id = c.worker_id
              where c.business_id = b.id and c.blocked_at is null and c.expires_at > context_now() and not w.number_active)
            else false end) end)
    select chosen.id, chosen.number, chosen.name, (select count(*)::integer from chosen)
    from chosen where chosen.number > after order by chosen.number limit size;
end $$;

-- A message belongs to a thread that its writer may write in, and says so of itself.
create function guard_new_message() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  thread message_threads;
begin
  select t.* into thread from message_threads t where t.id = new.thread_id and t.business_id = new.business_id;
  if thread.id is null or (new.side = 'business' and thread.authority is null)
    -- Without a context it is the server's owner.
    or (new.side = 'authority' and context_capacity() is not null
      and not coalesce(context_is_case_officer_of(thread.authority) or context_is_job(), false)) then
    raise exception 'no such thread to write in' using errcode = 'check_violation', constraint = 'thread_of_writer';
  end if;
  new.authority := thread.authority;
  return new;
end $$;

create function note_new_message() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update message_threads set last_at = new.sent_at, last_from = new.side, unread = unread or new.side <> 'business',
    answer_unread = case new.side when 'business' then true when 'authority' then false else answer_unread end
  where id = new.thread_id;
  -- What is new has to be told and read, however far the thread had come.
  if new.side = 'authority' then
    update message_threads set step = 'none', step_at = null, due_from = new.sent_at, next_at = new.sent_at, notified_at = null,
      notified_by = null, posted_at = null, posted_by = null, posted_by_name = null
    where id = new.thread_id;
  end if;
  return null;
end $$;

-- What hangs on a message is of its thread, business and authority; and nobody adds to what another wrote.
create function guard_attachment() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  message messages;
begin
  select m.* into message from messages m where m.id = new.message_id and m.business_id = new.business_id;
  if message.author_id is distinct from new.attached_by then
    raise exception 'no such message of the writer' using errcode = 'check_violation', constraint = 'message_of_writer';
  end if;
  new.thread_id := message.thread_id;
  new.authority := message.authority;
  return new;
end $$;

create function guard_read() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  message messages;
begin
  select m.* into message from messages m where m.id = new.message_id and m.business_id = new.business_id and m.side <> 'business';
  if message.id is null then
    raise exception 'nothing to read' using errcode = 'check_violation', constraint = 'message_to_business';
  end if;
  new.thread_id := message.thread_id;
  new.authority := message.authority;
  return new;
end $$;

-- The first reader is what "notified" rests on; whoever reads ends what was to come.
create function note_read() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into message_steps (thread_id, business_id, authority, step, at, evidence)
  select t.id, t.business_id, t.authority, 'read', new.read_at,
    jsonb_build_object('messageId', new.message_id, 'personId', new.person_id)
  from message_threads t where t.id = new.thread_id and t.unread and t.authority is not null;
  update message_threads set unread = false, read_at = coalesce(read_at, new.read_at), next_at = null,
    notified_at = coalesce(notified_at, new.read_at), notified_by = coalesce(notified_by, 'read')
  where id = new.thread_id and (unread or read_at is null or next_at is not null);
  return null;
end $$;

-- A case officer has opened a thread of the own authority: what the business answered is seen, and those whose names it shows
-- can see that it was.
create function open_thread_as_staff(thread uuid) returns void
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  update message_threads set answer_unread = false
  where id = thread and answer_unread and context_is_case_officer_of(authority);
  insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, fields, occasion)
  select context_now(), shown.person_id, t.business_id, p.id, p.name, array['name'], 'message-thread'
  from message_threads t join persons p on p.id = context_person()
    cross join lateral (select r.person_id from message_reads r where r.thread_id = t.id
      union select m.author_id from messages m where m.thread_id = t.id and m.side = 'business') shown
  where t.id = thread and context_is_case_officer_of(t.authority);
end;

-- How a dispatch fares: one row for each business, those that need something first; counts of deliveries, no addresses.
create function dispatch_progress(dispatch uuid, size integer, skip integer) returns table (
  thread_id uuid, organisation_number text, name text, step text, sent integer, waiting integer, bounced integer,
  unread boolean, read_at timestamptz, reader text, posted_at timestamptz, total integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with page as materialized (
    select t.id, t.business_id, t.step, t.unread, t.read_at, t.posted_at, t.created_at, count(*) over ()::integer as total
    from message_threads t where t.dispatch_id = dispatch and context_is_case_officer_of(t.authority)
    order by t.unread desc, t.id limit size offset skip)
  select page.id, b.organisation_number::text, b.name, page.step,
    coalesce(d.sent, 0), coalesce(d.waiting, 0), coalesce(d.bounced, 0), page.unread, page.read_at,
    (select r.person_name from message_reads r where r.thread_id = page.id order by r.id limit 1), page.posted_at, page.total
  from page join businesses b on b.id = page.business_id
    left join lateral (
      select count(*) filter (where nd.state = 'sent')::integer as sent, count(*) filter (where nd.state = 'waiting')::integer as waiting,
        count(*) filter (where nd.state in ('bounced', 'failed'))::integer as bounced
      from notices n join notice_deliveries nd on nd.notice_id = n.id where n.thread_id = page.id) d on true
  order by page.unread desc, page.id;
end;

-- The same of one dispatch in numbers.
create function dispatch_totals(dispatch uuid) returns table (threads integer, delivered integer, read integer, bounced integer, for_post integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select count(*)::integer,
    count(*) filter (where exists (select from notices n join notice_deliveries d on d.notice_id = n.id where n.thread_id = t.id and d.state = 'sent'))::integer,
    count(*) filter (where not t.unread)::integer,
    count(*) filter (where exists (select from notices n join notice_deliveries d on d.notice_id = n.id where n.thread_id = t.id and d.state in ('bounced', 'failed')))::integer,
    count(*) filter (where t.step = 'post' and t.posted_at is null and t.unread)::integer
  from message_threads t where t.dispatch_id = dispatch and context_is_case_officer_of(t.authority);
end;

-- What became of the notices of one thread, for its case officer: how and when, no addresses.
create function thread_deliveries(thread uuid) returns table (
  step text, at timestamptz, channel text, state text, sent_at timestamptz, bounced_at timestamptz, bounce_reason text, counts boolean)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select s.step, s.at, d.channel, d.state, d.sent_at, d.bounced_at, d.bounce_reason, d.counts
  from message_steps s join message_threads t on t.id = s.thread_id
    join notice_deliveries d on d.notice_id = s.notice_id
  where s.thread_id = thread and context_is_case_officer_of(t.authority)
  order by s.id, d.id;
end;

-- Where the business gets its post, and what to call it: for its letter, to a case officer who has one of its threads.
create function letter_recipient(thread uuid) returns table (organisation_number text, name text, address jsonb)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select b.organisation_number::text, b.name, b.address
  from message_threads t join businesses b on b.id = t.business_id
  where t.id = thread and context_is_case_officer_of(t.authority);
end;

-- All who hold a role that lets them act, or that stands beside it, also those who do not act alone. Jobs only.
create function role_holders_of(business uuid) returns table (person_id uuid, name text, national_id_encrypted bytea)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select distinct p.id, p.name, p.national_id_encrypted from officers o join persons p on p.id = o.person_id
    join businesses b on b.id = o.business_id
    where o.business_id = business and o.ended_at is null and (not b.bankrupt or o.role_code = 'BOBE');
end $$;

revoke execute on function message_recipients, guard_new_message, note_new_message, guard_attachment, guard_read, note_read,
  open_thread_as_staff, dispatch_progress, dispatch_totals, thread_deliveries, letter_recipient, role_holders_of from public;
grant execute on function message_recipients, open_thread_as_staff, dispatch_progress, dispatch_totals, thread_deliveries, letter_recipient,
  role_holders_of to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

set role kortvakt_context;
grant execute on function guard_new_message, note_new_message, guard_attachment, guard_read, note_read to kortvakt_migrate;
reset role;
create trigger guard_new before insert on messages for each row execute function guard_new_message();
create trigger note_new after insert on messages for each row execute function note_new_message();
create trigger guard_new before insert on message_attachments for each row execute function guard_attachment();
create trigger guard_new before insert on message_reads for each row execute function guard_read();
create trigger note_new after insert on message_reads for each row execute function note_read();
set role kortvakt_context;
revoke execute on function guard_new_message, note_new_message, guard_attachment, guard_read, note_read from kortvakt_migrate;
reset role;

-- Who reaches what ---------------------------------------------------------------------------------------------------------

-- The business's own people with the right read; no vendor does, whatever its mandate. A case officer reads the own
-- authority's. Tasks send.
grant select, insert on message_threads to kortvakt_request;
grant update (step, step_at, due_from, next_at, notified_at, notified_by, posted_at, posted_by, posted_by_name) on message_threads to kortvakt_request;
create policy readable on message_threads for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read'));
create policy own_authority on message_threads for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy written on message_threads for insert to kortvakt_request
  with check (context_is_case_officer_of(authority) and context_is_now(created_at) and read_at is null and notified_at is null);
create policy posted on message_threads for update to kortvakt_request
  using (context_is_case_officer_of(authority) and step = 'post' and posted_at is null)
  with check (context_is_case_officer_of(authority) and step = 'post' and posted_by = context_person() and context_is_now(posted_at));
create policy job on message_threads to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on messages to kortvakt_request;
create policy readable on messages for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read'));
create policy own_authority on messages for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy answered on messages for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('messages.read')
    and side = 'business' and author_id = context_person() and context_is_now(sent_at));
create policy written on messages for insert to kortvakt_request
  with check (context_is_staff('case-officer') and side = 'authority' and author_id = context_person() and context_is_now(sent_at));
create policy job on messages to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on message_attachments to kortvakt_request;
create policy readable on message_attachments for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read'));
create policy own_authority on message_attachments for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy answered on message_attachments for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('messages.read')
    and attached_by = context_person() and context_is_now(attached_at));
create policy written on message_attachments for insert to kortvakt_request
  with check (context_is_staff('case-officer') and attached_by = context_person() and context_is_now(attached_at));

grant select, insert on message_reads to kortvakt_request;
create policy readable on message_reads for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('messages.read'));
create policy own_authority on message_reads for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy opened on message_reads for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('messages.read')
    and person_id = context_person() and context_is_now(read_at));

grant select, insert on message_steps to kortvakt_request;
create policy own_authority on message_steps for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy posted on message_steps for insert to kortvakt_request
  with check (context_is_case_officer_of(authority) and step = 'posted' and context_is_now(at));
create policy job on message_steps to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on message_dispatches to kortvakt_request;
grant update (state, decided_by, decided_by_name, decided_at, sent_at) on message_dispatches to kortvakt_request;
create policy own_authority on message_dispatches for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy written on message_dispatches for insert to kortvakt_request
  with check (context_is_case_officer_of(authority) and created_by = context_person() and context_is_now(created_at)
    and decided_by is null and (state in ('waiting', 'sending') or (state = 'sent' and recipients = 1)));
create policy decided on message_dispatches for update to kortvakt_request
  using (context_is_case_officer_of(authority) and state = 'waiting' and created_by <> context_person())
  with check (state in ('sending', 'declined') and decided_by = context_person() and context_is_now(decided_at));
create policy job on message_dispatches to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert, delete on message_templates to kortvakt_request;
grant update (name, category, subject, body, changed_by, changed_by_name, changed_at) on message_templates to kortvakt_request;
create policy own_authority on message_templates to kortvakt_request
  using (context_is_case_officer_of(authority)) with check (context_is_case_officer_of(authority) and changed_by = context_person());

