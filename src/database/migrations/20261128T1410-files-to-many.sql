-- The file of a dispatch is kept once, however many businesses it goes to: each one's attachment names it, and whoever may
-- read that attachment reads the file.

create table message_dispatch_files (
  dispatch_id uuid primary key,
  authority text not null,
  file_name text not null check (length(file_name) between 1 and 150 and file_name !~ '[[:cntrl:]/\\"]'),
  content bytea not null,                       -- PDF, as it was sent
  sha256 sha256 not null,
  bytes integer not null check (bytes > 0),
  attached_by uuid not null references persons,
  attached_at timestamptz not null,
  foreign key (dispatch_id, authority) references message_dispatches (id, authority)
);
alter table message_threads add unique (id, dispatch_id);
-- It hangs on threads of its own dispatch alone: naming another's opens nothing.
alter table message_attachments alter column content drop not null,
  add column dispatch_id uuid references message_dispatch_files,
  add constraint kept_in_one_place check ((content is null) = (dispatch_id is not null)),
  add constraint file_of_the_dispatch foreign key (thread_id, dispatch_id) references message_threads (id, dispatch_id);
create index message_attachments_of_dispatch on message_attachments (dispatch_id) where dispatch_id is not null;

alter table message_dispatch_files enable row level security;
alter table message_dispatch_files force row level security;
grant select, insert on message_dispatch_files to kortvakt_request;
create policy own_authority on message_dispatch_files for select to kortvakt_request using (context_is_case_officer_of(authority));
create policy received on message_dispatch_files for select to kortvakt_request
  using (exists (select from message_attachments a where a.dispatch_id = message_dispatch_files.dispatch_id));
create policy job on message_dispatch_files for select to kortvakt_request using (context_is_job());
-- With the dispatch, by who writes it, and never changed: what another case officer agrees to is what is sent.
create policy written on message_dispatch_files for insert to kortvakt_request
  with check (context_is_case_officer_of(authority) and attached_by = context_person() and context_is_now(attached_at)
    and exists (select from message_dispatches d where d.id = dispatch_id and d.created_by = context_person()
      and context_is_now(d.created_at)));
create policy job on message_attachments for insert to kortvakt_request with check (context_is_job() and content is null);
