-- Photos and identity documents are reviewed by the issuer before a card is made: both are needed, each is judged by
-- itself, and only what is rejected is sent again. The card number is allotted when a line passes.

-- Identity documents ---------------------------------------------------------------------------------------------------

create table identity_documents (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  worker_id uuid not null,
  unit_id uuid check (unit_id is not null),      -- the worker's, filled in by a trigger
  vendor_id uuid references businesses,
  kind text not null check (kind in ('passport', 'national-id-card', 'driving-licence', 'refugee-travel-document',
    'aliens-passport', 'residence-card', 'defence-id')),
  content bytea not null,                        -- JPEG, re-encoded, without metadata, encrypted; empty once deleted
  sha256 sha256 not null,
  uploaded_by uuid not null references persons,
  uploaded_at timestamptz not null,
  deleted_at timestamptz,
  check ((deleted_at is null) = (octet_length(content) > 0)),
  foreign key (worker_id, business_id) references workers (id, business_id),
  unique (id, worker_id)
);
create index identity_documents_kept on identity_documents (uploaded_at) where deleted_at is null;
set role kortvakt_context;
grant execute on function fill_photo_unit to kortvakt_migrate;
reset role;
create trigger fill_unit before insert on identity_documents for each row execute function fill_photo_unit();

-- 9 × 8 differences of brightness: photos that look alike differ in few of the 64 bits. Empty once deleted.
alter table photos add column look bit(64), add column deleted_at timestamptz,
  add check (deleted_at is null or (octet_length(image) = 0 and octet_length(thumbnail) = 0 and look is null));
-- Read alone, without the rows, to compare one photo with all that are kept.
create index photos_by_look on photos (look, id, worker_id) where look is not null;
create index photos_kept on photos (uploaded_at) where deleted_at is null;

-- What a reviewer said of one photo or document, once.
create table media_verdicts (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  unit_id uuid not null,
  vendor_id uuid references businesses,
  worker_id uuid not null,
  line_id uuid not null references order_lines,
  photo_id uuid unique,
  document_id uuid unique,
  accepted boolean not null,
  reasons text[] not null,
  decided_by uuid not null references persons,
  decided_by_name text not null,
  decided_at timestamptz not null,
  told_at timestamptz,                           -- when a task told of it
  check ((photo_id is null) <> (document_id is null)),
  check (accepted = (cardinality(reasons) = 0)),
  constraint known_reasons check (case when document_id is null
    then reasons <@ array['blurred', 'lighting', 'not-frontal', 'face-covered', 'background', 'photo-of-photo', 'not-current',
      'not-the-person']
    else reasons <@ array['unreadable', 'cut-off', 'kind-not-accepted', 'expired', 'name-differs', 'birth-date-differs',
      'suspected-forgery'] end),
  foreign key (photo_id, worker_id) references photos (id, worker_id),
  foreign key (document_id, worker_id) references identity_documents (id, worker_id)
);
create index media_verdicts_by_line on media_verdicts (line_id, decided_at);

do $$
declare
  t text;
begin
  foreach t in array array['identity_documents', 'media_verdicts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
    execute format('create policy within_scope on %I as restrictive to kortvakt_request using (context_covers_worker(worker_id))', t);
  end loop;
end $$;

-- Nobody who serves requests reads what a document shows: a reviewer does through `review_media`. As with photos, a vendor
-- knows of its own alone.
grant insert on identity_documents to kortvakt_request;
grant select (id, business_id, worker_id, unit_id, vendor_id, kind, sha256, uploaded_by, uploaded_at, deleted_at)
  on identity_documents to kortvakt_request;
create policy ordered on identity_documents for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id)
    and (context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare'))
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy approving on identity_documents for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and context_is_business_side()
    and context_has_right('orders.approve'));
create policy uploaded on identity_documents for insert to kortvakt_request
  with check (business_id = context_business() and context_covers_unit(unit_id)
    and (context_has_right('orders.place') or context_has_right('orders.prepare'))
    and vendor_id is not distinct from context_vendor() and uploaded_by = context_person() and deleted_at is null);
grant update (content, deleted_at) on identity_documents to kortvakt_request;
create policy job on identity_documents for select to kortvakt_request using (context_is_job());
create policy job_deletes on identity_documents for update to kortvakt_request
  using (context_is_job()) with check (context_is_job() and deleted_at is not null);
grant update (image, thumbnail, look, deleted_at) on photos to kortvakt_request;
create policy job_deletes on photos for update to kortvakt_request
  using (context_is_job()) with check (context_is_job() and deleted_at is not null);

-- Who ordered sees why something was rejected, and not by whom.
grant select (id, business_id, unit_id, vendor_id, worker_id, line_id, photo_id, document_id, accepted, reasons, decided_at, told_at)
  on media_verdicts to kortvakt_request;
create policy readable on media_verdicts for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and (
    context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare') or context_has_right('orders.approve'))
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
grant update (told_at) on media_verdicts to kortvakt_request;
create policy job on media_verdicts for select to kortvakt_request using (context_is_job());
create policy job_tells on media_verdicts for update to kortvakt_request using (context_is_job()) with check (context_is_job());

-- Lines ----------------------------------------------------------------------------------------------------------------

alter table order_lines add column document_id uuid,
  add column card_number text unique check (card_number ~ '^[1-9][0-9]{7}$'),
  add foreign key (document_id, worker_id) references identity_documents (id, worker_id);
alter table order_lines drop constraint order_lines_state_check;
alter table order_lines add constraint order_lines_state_check check (state in ('awaiting-approval', 'awaiting-media',
  'under-review', 'ready', 'in-production', 'shipped', 'closed', 'rejected', 'cancelled'));
alter table order_lines add constraint reviewed_with_both
  check (state <> 'under-review' or (photo_id is not null and document_id is not null));

-- What was made, or was to be made, before there was a review keeps or gets its number. (The owner sees rows only while not forced.)
alter table order_lines no force row level security;
alter table cards no force row level security;
update order_lines l set card_number = c.number from cards c where c.order_line_id = l.id and c.number ~ '^[1-9]';
do $$
declare
  line uuid;
  drawn text;
begin
  for line in select id from order_lines where state = 'ready' and card_number is null loop
    loop
      drawn := (10000000 + floor(random() * 90000000)::integer)::text;
      exit when not exists (select from cards where number = drawn)
        and not exists (select from order_lines where card_number = drawn);
    end loop;
    update order_lines set card_number = drawn where id = line;
  end loop;
end $$;
alter table order_lines force row level security;
alter table cards force row level security;

create index order_lines_in_review on order_lines (changed_at, id) where state = 'under-review';
create index order_lines_by_document on order_lines (document_id) where document_id is not null;
create index order_lines_by_photo on order_lines (photo_id) where photo_id is not null;
drop index order_lines_open;
create unique index order_lines_open on order_lines (business_id, worker_id)
  where state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production');
grant select (document_id, card_number), update (document_id) on order_lines to kortvakt_request;

-- Who may move a line from one state to another: as TRANSITIONS of src/orders/rules.ts says, which a test holds this to.
create function line_may_move(before text, after text, mover text) returns boolean language sql immutable
  return case mover
    when 'people' then (before, after) in (('awaiting-approval', 'awaiting-media'), ('awaiting-approval', 'under-review'),
      ('awaiting-approval', 'cancelled'), ('awaiting-media', 'under-review'), ('awaiting-media', 'cancelled'),
      ('under-review', 'cancelled'), ('ready', 'cancelled'))
    when 'reviewer' then (before, after) in (('under-review', 'ready'), ('under-review', 'awaiting-media'), ('under-review', 'rejected'))
    when 'job' then (before, after) in (('ready', 'in-production'), ('in-production', 'ready'), ('in-production', 'shipped'),
      ('shipped', 'closed'), ('awaiting-approval', 'cancelled'))
    else false end;

create or replace function guard_order_line_state() returns trigger language plpgsql as $$
declare
  mover text := case when context_capacity() in ('officer', 'person', 'vendor') then 'people'
    when context_is_staff('reviewer') then 'reviewer' when context_is_job() then 'job' end;
begin
  if old.state = 'cancelled' then
    raise exception 'a cancelled line stays cancelled' using errcode = 'check_violation';
  end if;
  -- Without a context it is the server's owner.
  if context_capacity() is null then return new; end if;
  if old.state <> new.state and not line_may_move(old.state, new.state, coalesce(mover, '')) then
    raise exception 'a line does not go from % to % this way', old.state, new.state
      using errcode = 'check_violation', constraint = 'line_transition';
  end if;
  if mover = 'people' and (old.photo_id, old.document_id) is distinct from (new.photo_id, new.document_id)
    and old.state not in ('awaiting-approval', 'awaiting-media', 'under-review') then
    raise exception 'what has passed review is not exchanged' using errcode = 'check_violation';
  end if;
  if mover = 'people' and old.state = 'awaiting-approval' and new.state not in (old.state, 'cancelled')
    and not (context_is_business_side() and context_has_right('orders.approve')) then
    raise exception 'only the business approves' using errcode = 'check_violation';
  end if;
  return new;
end $$;
drop trigger guard_state on order_lines;
create trigger guard_state before update on order_lines for each row
  when (old.state is distinct from new.state or old.photo_id is distinct from new.photo_id or old.document_id is distinct from new.document_id)
  execute function guard_order_line_state();
-- A line begins before its review, whoever makes it.
create policy unreviewed on order_lines as restrictive for insert to kortvakt_request
  with check (state in ('awaiting-approval', 'awaiting-media') and photo_id is null and document_id is null);
revoke execute on function line_may_move from public;
grant execute on function line_may_move to kortvakt_request, kortvakt_context;

-- The reviewer -----------------------------------------------------------------------------------------------------------

grant select on photos, identity_documents, media_verdicts, disclosures to kortvakt_context;
grant insert on media_verdicts to kortvakt_context;
grant update (state, changed_at, photo_id, document_id, card_number) on order_lines to kortvakt_context;
create policy resolves on photos for select to kortvakt_context using (true);
create policy reads_looks on disclosures for select to kortvakt_context using (true);
create policy settles on order_lines for update to kortvakt_context using (true) with check (true);
grant execute on function freeze_of_order to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- The lines that the asker may review: never one's own case. One is party to it as the worker, as whoever ordered, approved
-- or uploaded, and by any tie to the business or the vendor. What an emergency stop holds waits.
create function review_cases() returns setof order_lines
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with own as materialized (
    select o.business_id as id from officers o where o.person_id = context_person() and o.ended_at is null
    union select m.vendor_id from vendor_members m where m.person_id = context_person() and m.ended_at is null
    union select w.business_id from workers w where w.person_id = context_person()
    union select m.business_id from mandates m where m.person_id = context_person() and m.ended_at is null)
  select l.* from order_lines l
    join orders o on o.id = l.order_id
    join workers w on w.id = l.worker_id
    join photos p on p.id = l.photo_id
    join identity_documents d on d.id = l.document_id
  where context_is_staff('reviewer') and l.state = 'under-review' and o.state = 'placed'
    and not (context_person() = any (array[w.person_id, o.placed_by, o.approved_by, p.uploaded_by, d.uploaded_by]) is true)
    and l.business_id not in (select id from own) and (l.vendor_id is null or l.vendor_id not in (select id from own))
    and freeze_of_order(o.business_id, o.vendor_id, o.mandate_id) is null;
end;

create function note_review_look(line uuid, what text[]) returns void
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, fields, occasion)
  select context_now(), w.person_id, l.business_id, p.id, p.name, what, 'media-review'
  from order_lines l join workers w on w.id = l.worker_id join persons p on p.id = context_person()
  where l.id = line;
end;

-- The queue, the one that has waited longest first: nobody's name.
create function review_queue(size integer, skip integer) returns table (
  id uuid, order_number bigint, business_name text, vendor_name text, waiting_since timestamptz, photo_accepted boolean,
  document_accepted boolean, total integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select l.id, o.number, b.name, o.vendor_name, l.changed_at,
    exists (select from media_verdicts v where v.photo_id = l.photo_id),
    exists (select from media_verdicts v where v.document_id = l.document_id), count(*) over ()::integer
  from review_cases() l join orders o on o.id = l.order_id join businesses b on b.id = l.business_id
  order by l.changed_at, l.id limit size offset skip;
end;

-- One case with what is printed on the card, and photos of other people that look the same (at most 6 of 64 bits differ).
-- Looking is a disclosure; who else has looked in the last half hour is told.
create function review_case(line uuid) returns table (
  id uuid, order_number bigint, business_id uuid, business_name text, organisation_number text, vendor_name text, card_type text,
  holder_name text, birth_date date, photo_id uuid, document_id uuid, document_kind text, waiting_since timestamptz,
  photo_accepted boolean, document_accepted boolean, alike integer, opened_by text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  return query
    select l.id, o.number, l.business_id, b.name, b.organisation_number::text, o.vendor_name, o.card_type, w.name, w.birth_date,
      l.photo_id, l.document_id, d.kind, l.changed_at,
      exists (select from media_verdicts v where v.photo_id = l.photo_id),
      exists (select from media_verdicts v where v.document_id = l.document_id),
      (select count(distinct other.person_id)::integer
        from photos q join workers other on other.id = q.worker_id
        where q.look is not null and bit_count(q.look # p.look) <= 6 and other.person_id <> w.person_id),
      (select s.viewer_name from disclosures s where s.subject_person_id = w.person_id and s.occasion = 'media-review'
        and s.viewer_person_id <> context_person() and s.business_id = l.business_id and s.at > context_now() - interval '30 minutes'
        order by s.id desc limit 1)
    from review_cases() l join orders o on o.id = l.order_id join businesses b on b.id = l.business_id
      join workers w on w.id = l.worker_id join photos p on p.id = l.photo_id join identity_documents d on d.id = l.document_id
    where l.id = line;
  if found then perform note_review_look(line, array['name', 'birth-date']); end if;
end $$;

-- The photo as JPEG, or the document encrypted.
create function review_media(line uuid, wanted text) returns table (media_id uuid, content bytea)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  return query
    select case wanted when 'photo' then p.id else d.id end, case wanted when 'photo' then p.image else d.content end
    from review_cases() l join photos p on p.id = l.photo_id join identity_documents d on d.id = l.document_id
    where l.id = line;
  if found then perform note_review_look(line, array[case wanted when 'photo' then 'photo' else 'identity-document' end]); end if;
end $$;

-- Settles a case: a verdict for the photo and for the document, each of which must be the one that the reviewer saw. What has
-- been accepted before needs none. With both accepted the line gets the first of the drawn numbers that is free; what is
-- rejected is taken off, so that another is sent; with `final` the line is over. Says what became of it.
create function settle_review(line uuid, photo uuid, document uuid, photo_reasons text[], document_reasons text[], final boolean,
  drawn text[]) returns table (became text, of_business uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found_line order_lines;
  next_state text;
begin
  perform from order_lines l where l.id = line for update;
  select l.* into found_line from review_cases() l where l.id = line;
  if found_line.id is null then
    return query select case when context_is_staff('reviewer') and exists (select from media_verdicts v
      where v.line_id = line and (v.photo_id = photo or v.document_id = document)) then 'settled' else 'missing' end, null::uuid;
    return;
  end if;
  if (found_line.photo_id, found_line.document_id) is distinct from (photo, document) then
    return query select case when exists (select from media_verdicts v where v.photo_id = photo or v.document_id = document)
      then 'settled' else 'changed' end, null::uuid;
    return;
  end if;
  insert into media_verdicts (business_id, unit_id, vendor_id, worker_id, line_id, photo_id, document_id, accepted, reasons, decided_by,
    decided_by_name, decided_at)
  select found_line.business_id, found_line.unit_id, found_line.vendor_id, found_line.worker_id, line, said.photo_id, said.document_id,
    cardinality(said.reasons) = 0, said.reasons, p.id, p.name, context_now()
  from (values (photo, null::uuid, photo_reasons), (null::uuid, document, document_reasons)) said (photo_id, document_id, reasons),
    persons p
  where p.id = context_person()
    and not exists (select from media_verdicts v where v.photo_id = said.photo_id or v.document_id = said.document_id);
  next_state := case when final then 'rejected'
    when exists (select from media_verdicts v where (v.photo_id = photo or v.document_id = document) and not v.accepted)
      then 'awaiting-media' else 'ready' end;
  update order_lines l set state = next_state, changed_at = context_now(),
    photo_id = (select l.photo_id from media_verdicts v where v.photo_id = photo and v.accepted),
    document_id = (select l.document_id from media_verdicts v where v.document_id = document and v.accepted),
    card_number = case when next_state = 'ready' then coalesce(l.card_number, (select one from unnest(drawn) one
      where not exists (select from order_lines t where t.card_number = one) and not exists (select from cards c where c.number = one)
      limit 1)) end
  where l.id = line;
  if next_state = 'ready' and (select l.card_number is null from order_lines l where l.id = line) then
    raise exception 'too few card numbers are left to find one by drawing';
  end if;
  return query select next_state, found_line.business_id;
end $$;

revoke execute on function review_cases, note_review_look, review_queue, review_case, review_media, settle_review from public;
grant execute on function review_queue, review_case, review_media, settle_review to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
