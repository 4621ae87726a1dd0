-- Photos as an archive, for the lines of an order or of all orders from a file: the archive in parts until a task has read it,
-- and of each photo in it whose it is. What the archive says is the uploader's alone to see; nothing is put on a line before the
-- uploader has said so.

create table photo_archives (
  id uuid primary key,                          -- the key of the form that sent it: sent twice, it is one
  business_id uuid not null references businesses,
  vendor_id uuid references businesses,
  mandate_id uuid references mandates,
  uploaded_by uuid not null references persons,
  uploaded_by_name text not null,
  uploaded_at timestamptz not null,
  file_name text not null check (length(file_name) <= 100),
  bytes integer not null check (bytes > 0),
  order_id uuid references orders,
  upload_id uuid references order_uploads on delete set null,
  state text not null default 'waiting' check (state in ('waiting', 'reading', 'read', 'failed')),
  problem text,
  check ((state = 'failed') = (problem is not null)),
  check (order_id is null or upload_id is null),
  unique (id, business_id, uploaded_by)
);
create index photo_archives_by_uploader on photo_archives (uploaded_by, business_id, id desc);
create index photo_archives_by_age on photo_archives (uploaded_at);
create index photo_archives_unread on photo_archives (uploaded_at) where state in ('waiting', 'reading');

-- The archive itself, encrypted in parts that are read one at a time; gone once it has been read.
create table photo_archive_parts (
  id uuid primary key default uuidv7(),
  archive_id uuid not null,
  position integer not null check (position >= 0),
  business_id uuid not null,
  vendor_id uuid,
  uploaded_by uuid not null,
  content bytea not null,
  unique (archive_id, position),
  foreign key (archive_id, business_id, uploaded_by) references photo_archives (id, business_id, uploaded_by) on delete cascade
);

create table photo_archive_files (
  id uuid primary key default uuidv7(),
  archive_id uuid not null references photo_archives on delete cascade,
  position integer not null check (position >= 0),                 -- in the archive's own list
  business_id uuid not null,
  vendor_id uuid,
  uploaded_by uuid not null,
  name text not null check (length(name) <= 200),                  -- without folders, with what may be somebody's number masked
  finding text not null check (finding in ('number', 'name', 'several', 'same-worker', 'none', 'by-hand', 'too-late')),
  line_id uuid references order_lines,
  state text not null default 'waiting' check (state in ('waiting', 'ready', 'refused', 'placed', 'left-out')),
  problem text,
  image bytea,                                                     -- JPEG as it goes on the line; gone once it has
  thumbnail bytea,
  width integer,
  height integer,
  sha256 sha256,
  look text,
  check ((state = 'refused') = (problem is not null)),
  check (state <> 'ready' or image is not null),
  unique (archive_id, position)
);
-- A line has one photo of an archive.
create unique index photo_archive_files_line on photo_archive_files (archive_id, line_id)
  where line_id is not null and state in ('waiting', 'ready', 'placed');

do $$
declare
  t text;
begin
  foreach t in array array['photo_archives', 'photo_archive_parts', 'photo_archive_files'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy job on %I to kortvakt_request using (context_is_job()) with check (context_is_job())', t);
    execute format('grant select, insert, delete on %I to kortvakt_request', t);
    continue when t = 'photo_archive_parts';
    execute format('create policy uploader_reads on %I for select to kortvakt_request
      using (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
        and (context_has_right(''orders.place'') or context_has_right(''orders.prepare'')))', t);
    execute format('create policy uploader_changes on %I for update to kortvakt_request
      using (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
        and (context_has_right(''orders.place'') or context_has_right(''orders.prepare'')))', t);
  end loop;
end $$;
grant update (state, problem) on photo_archives to kortvakt_request;
grant update (finding, line_id, state, problem, image, thumbnail, width, height, sha256, look) on photo_archive_files
  to kortvakt_request;
create policy uploader_sends on photo_archives for insert to kortvakt_request
  with check (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
    and mandate_id is not distinct from context_mandate() and state = 'waiting'
    and (context_has_right('orders.place') or context_has_right('orders.prepare')));
create policy uploader_sends on photo_archive_parts for insert to kortvakt_request
  with check (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
    and (context_has_right('orders.place') or context_has_right('orders.prepare')));

-- Rows of files by the order that came of them: what employee number a line's worker has.
create index order_upload_rows_by_order on order_upload_rows (order_id) where order_id is not null;

-- For the task that reads an archive: the lines that lack a photo, by what the archive's uploader may know of them. A vendor that
-- asked by number and surname finds by no more than that surname.
grant select on photo_archives to kortvakt_context;
create policy resolves on photo_archives for select to kortvakt_context using (true);
create function lines_of_photo_archive(asked uuid) returns table (line_id uuid, name text, employee_number text)
language sql stable security definer set search_path = public, pg_temp as $$
  select l.id, case when a.vendor_id is null then l.holder_name else l.shown_name end, coalesce(r.employee_number, '')
  from photo_archives a
    join order_lines l on l.business_id = a.business_id and l.order_id = any (case when a.order_id is not null then array[a.order_id]
      else array(select distinct x.order_id from order_upload_rows x where x.upload_id = a.upload_id and x.order_id is not null) end)
    left join lateral (select x.upload_id, x.employee_number from order_upload_rows x where x.order_id = l.order_id
      and x.worker_id = l.worker_id and x.uploaded_by = a.uploaded_by and x.vendor_id is not distinct from a.vendor_id limit 1) r on true
  where a.id = asked and context_is_job() and l.vendor_id is not distinct from coalesce(a.vendor_id, l.vendor_id)
    and (a.order_id is not null or r.upload_id = a.upload_id)
    and l.photo_id is null and l.state in ('awaiting-approval', 'awaiting-media');
$$;
grant create on schema public to kortvakt_context;
revoke execute on function lines_of_photo_archive from public;
alter function lines_of_photo_archive owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function lines_of_photo_archive to kortvakt_request;
reset role;
