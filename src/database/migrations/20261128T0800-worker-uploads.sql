-- The worker delivers photo and identity document: asked by whoever ordered, through a link of which only the secret's hash is
-- kept, or logged in. What the worker delivered is never a vendor's to see.

create table upload_requests (
  id uuid primary key,
  business_id uuid not null references businesses,
  unit_id uuid not null,
  vendor_id uuid references businesses,
  order_id uuid not null,
  line_id uuid not null references order_lines,
  worker_id uuid not null,
  person_id uuid not null references persons,
  -- As whoever asks knows the worker: a link that a vendor holds tells it no more.
  shown_name text not null,
  secret_hash sha256 not null unique,
  way text not null check (way in ('email', 'shown')),
  asks text[] not null check (cardinality(asks) > 0 and asks <@ array['photo', 'document']),
  asked_by uuid not null references persons,
  asked_by_name text not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > asked_at),
  confirmed_at timestamptz,                      -- the worker said that name and employer are right
  delivered_at timestamptz,
  delivered_through text check (delivered_through in ('link', 'login')),
  denied_at timestamptz,
  denial text check (denial in ('not-me', 'not-employed')),
  revoked_at timestamptz,
  told_at timestamptz,                           -- when a task told of what came of it
  check ((delivered_at is null) = (delivered_through is null)),
  check ((denied_at is null) = (denial is null)),
  check (num_nonnulls(delivered_at, denied_at, revoked_at) <= 1),
  foreign key (order_id, business_id) references orders (id, business_id),
  foreign key (worker_id, business_id) references workers (id, business_id)
);
create index upload_requests_by_line on upload_requests (line_id, asked_at desc, id desc);
create index upload_requests_open_of_person on upload_requests (person_id)
  where delivered_at is null and denied_at is null and revoked_at is null;
alter table upload_requests enable row level security;
alter table upload_requests force row level security;
create policy within_scope on upload_requests as restrictive to kortvakt_request using (context_covers_worker(worker_id));
create policy resolves on upload_requests to kortvakt_context using (true) with check (true);
grant select, insert, update on upload_requests to kortvakt_context;
-- Neither the secret's hash, nor the person's id, nor the name that somebody else may have known the worker by.
grant select (id, business_id, unit_id, vendor_id, order_id, line_id, worker_id, way, asks, asked_by, asked_by_name, asked_at, expires_at,
  confirmed_at, delivered_at, delivered_through, denied_at, denial, revoked_at, told_at) on upload_requests to kortvakt_request;
create policy readable on upload_requests for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and (
    context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare') or context_has_right('orders.approve'))
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
grant update (told_at) on upload_requests to kortvakt_request;
create policy job on upload_requests for select to kortvakt_request using (context_is_job());
create policy job_tells on upload_requests for update to kortvakt_request using (context_is_job()) with check (context_is_job());

-- What came of a request, as of a moment. It is a link's time that runs out: who logs in has what waits for them still.
create function upload_state(delivered timestamptz, denied timestamptz, revoked timestamptz, expires timestamptz, at timestamptz)
returns text language sql immutable
  return case when delivered is not null then 'delivered' when denied is not null then 'denied'
    when revoked is not null then 'revoked' when expires <= at then 'expired' else 'open' end;
revoke execute on function upload_state from public;
grant execute on function upload_state to kortvakt_request, kortvakt_context;

-- What the worker delivered is of no vendor, so that the policies show it to none; and nobody else says that the worker did.
alter table photos add column upload_request_id uuid references upload_requests,
  add constraint worker_delivered_is_no_vendors check (upload_request_id is null or vendor_id is null);
alter table identity_documents add column upload_request_id uuid references upload_requests,
  add constraint worker_delivered_is_no_vendors check (upload_request_id is null or vendor_id is null);
create index photos_by_upload_request on photos (upload_request_id) where upload_request_id is not null;
create index identity_documents_by_upload_request on identity_documents (upload_request_id) where upload_request_id is not null;
create policy not_as_worker on photos as restrictive for insert to kortvakt_request with check (upload_request_id is null);
create policy not_as_worker on identity_documents as restrictive for insert to kortvakt_request with check (upload_request_id is null);
grant select (upload_request_id) on identity_documents to kortvakt_request;
grant insert on photos, identity_documents to kortvakt_context;
create policy delivers on photos for insert to kortvakt_context with check (upload_request_id is not null);
create policy delivers on identity_documents for insert to kortvakt_context with check (upload_request_id is not null);

-- The worker moves a line as well, as TRANSITIONS says: nobody without a business reaches one but through the functions below.
create or replace function line_may_move(before text, after text, mover text) returns boolean language sql immutable
  return case mover
    when 'people' then (before, after) in (('awaiting-approval', 'awaiting-media'), ('awaiting-approval', 'under-review'),
      ('awaiting-approval', 'cancelled'), ('awaiting-media', 'under-review'), ('awaiting-media', 'cancelled'),
      ('under-review', 'cancelled'), ('ready', 'cancelled'))
    when 'worker' then (before, after) in (('awaiting-media', 'under-review'))
    when 'reviewer' then (before, after) in (('under-review', 'ready'), ('under-review', 'awaiting-media'), ('under-review', 'rejected'))
    when 'job' then (before, after) in (('ready', 'in-production'), ('in-production', 'ready'), ('in-production', 'shipped'),
      ('shipped', 'closed'), ('awaiting-approval', 'cancelled'))
    else false end;

create or replace function guard_order_line_state() returns trigger language plpgsql as $$
declare
  mover text := case when context_capacity() in ('officer', 'person', 'vendor') then 'people'
    when context_capacity() in ('anonymous', 'signed-in') then 'worker'
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
  if mover in ('people', 'worker') and (old.photo_id, old.document_id) is distinct from (new.photo_id, new.document_id)
    and old.state not in ('awaiting-approval', 'awaiting-media', 'under-review') then
    raise exception 'what has passed review is not exchanged' using errcode = 'check_violation';
  end if;
  if mover = 'people' and old.state = 'awaiting-approval' and new.state not in (old.state, 'cancelled')
    and not (context_is_business_side() and context_has_right('orders.approve')) then
    raise exception 'only the business approves' using errcode = 'check_violation';
  end if;
  return new;
end $$;

grant select on orders, order_lines to kortvakt_context;
grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Asking -----------------------------------------------------------------------------------------------------------------

-- Whether the asker may have the worker of a line deliver what it lacks: whoever may upload it.
create function may_ask_for_upload(l order_lines) returns boolean language sql stable
  return l.business_id = context_business() and context_covers_unit(l.unit_id) and context_covers_worker(l.worker_id)
    and (context_has_right('orders.place') or context_has_right('orders.prepare'))
    and (context_is_business_side() or (context_is_vendor() and l.vendor_id = context_vendor()));

-- Asks the workers of these lines, each under the id and secret that stand at the same place; the link that a line had before
-- is worth nothing from then on. Left out: lines that lack nothing or wait for neither approval nor media, those that are not
-- the asker's, and workers who have been asked five times in the last 24 hours.
create function ask_for_uploads(lines uuid[], ids uuid[], hashes bytea[], through text)
returns table (request_id uuid, asked_line uuid, asked_person uuid, asked_name text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform from order_lines l where l.id = any (lines) order by l.id for update;
  update upload_requests r set revoked_at = context_now()
  where r.line_id = any (lines) and r.delivered_at is null and r.denied_at is null and r.revoked_at is null
    and exists (select from order_lines l where l.id = r.line_id and may_ask_for_upload(l));
  return query
    insert into upload_requests (id, business_id, unit_id, vendor_id, order_id, line_id, worker_id, person_id, shown_name, secret_hash,
      way, asks, asked_by, asked_by_name, asked_at, expires_at)
    select given.id, l.business_id, l.unit_id, l.vendor_id, l.order_id, l.id, l.worker_id, w.person_id,
      case when context_lacks_worker_list() then l.shown_name else l.holder_name end, given.hash, through,
      array_remove(array[case when l.photo_id is null then 'photo' end, case when l.document_id is null then 'document' end], null),
      p.id, p.name, context_now(), context_now() + interval '24 hours'
    from unnest(lines, ids, hashes) as given (line, id, hash)
      join order_lines l on l.id = given.line join workers w on w.id = l.worker_id join persons p on p.id = context_person()
    where may_ask_for_upload(l) and l.state in ('awaiting-approval', 'awaiting-media') and (l.photo_id is null or l.document_id is null)
      and (select count(*) from upload_requests r where r.line_id = l.id and r.asked_at > context_now() - interval '24 hours') < 5
    returning upload_requests.id, upload_requests.line_id, upload_requests.person_id, upload_requests.shown_name;
end $$;

-- Makes a link worth nothing; false when it was that already, or is not the asker's.
create function revoke_upload(request uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  update upload_requests r set revoked_at = context_now()
  where r.id = request and r.delivered_at is null and r.denied_at is null and r.revoked_at is null
    and exists (select from order_lines l where l.id = r.line_id and may_ask_for_upload(l));
  return found;
end $$;

-- Delivering -------------------------------------------------------------------------------------------------------------

-- The request that a secret opens, or that the one who is logged in is the worker of. None that is settled; none whose line
-- lacks nothing or waits no more; none that an emergency stop holds; none of an order that is off.
create function open_upload(secret sha256, request uuid) returns upload_requests
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r from upload_requests r join order_lines l on l.id = r.line_id join orders o on o.id = r.order_id
  where (r.secret_hash = secret and r.expires_at > context_now() or r.id = request and r.person_id = context_person())
    and r.delivered_at is null and r.denied_at is null and r.revoked_at is null
    and l.state in ('awaiting-approval', 'awaiting-media') and (l.photo_id is null or l.document_id is null)
    and o.state in ('awaiting-approval', 'placed') and freeze_of_order(o.business_id, o.vendor_id, o.mandate_id) is null;
end;

-- As `open_upload`, and nobody else writes to the request or its line meanwhile.
create function take_upload(secret sha256, request uuid) returns upload_requests
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  taken upload_requests;
begin
  perform from order_lines l where l.id = (select r.line_id from upload_requests r where r.secret_hash = secret or r.id = request) for update;
  taken := open_upload(secret, request);
  return taken;
end $$;

-- What the worker is shown: who asks, of whom, and what has come. Nothing of what was delivered.
create function shown_upload(secret sha256, request uuid) returns table (
  id uuid, business_name text, organisation_number text, unit_name text, vendor_name text, asked_by_name text, worker_name text,
  card_type text, asked_at timestamptz, expires_at timestamptz, confirmed boolean, asks text[], has text[])
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r.id, b.name, b.organisation_number::text, u.name, o.vendor_name, r.asked_by_name, r.shown_name, o.card_type, r.asked_at,
    r.expires_at, r.confirmed_at is not null, r.asks,
    array_remove(array[case when l.photo_id is not null then 'photo' end, case when l.document_id is not null then 'document' end], null)
  from open_upload(secret, request) r join order_lines l on l.id = r.line_id join orders o on o.id = r.order_id
    join businesses b on b.id = r.business_id join units u on u.id = o.unit_id;
end;

-- What waits for the one who is logged in.
create function own_uploads() returns table (id uuid, business_name text, vendor_name text, asked_by_name text, asked_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r.id, b.name, o.vendor_name, r.asked_by_name, r.asked_at
  from upload_requests waiting join open_upload(null, waiting.id) r on r.id = waiting.id
    join businesses b on b.id = r.business_id join orders o on o.id = r.order_id
  where waiting.person_id = context_person() and waiting.delivered_at is null and waiting.denied_at is null and waiting.revoked_at is null
  order by r.asked_at desc, r.id;
end;

-- The worker says that name and employer are right. The answers of these functions: what the audit needs to know of it; no row
-- where the request is not open.
create function confirm_upload(secret sha256, request uuid) returns table (request_id uuid, of_business uuid, of_line uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  taken upload_requests := take_upload(secret, request);
begin
  return query update upload_requests r set confirmed_at = coalesce(r.confirmed_at, context_now()) where r.id = taken.id
    returning r.id, r.business_id, r.line_id;
end $$;

-- The worker says that it is somebody else, or works elsewhere: what came under the request is taken off the line.
create function deny_upload(secret sha256, request uuid, why text) returns table (request_id uuid, of_business uuid, of_line uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  taken upload_requests := take_upload(secret, request);
begin
  update order_lines l set changed_at = context_now(),
    photo_id = case when exists (select from photos p where p.id = l.photo_id and p.upload_request_id = taken.id) then null else l.photo_id end,
    document_id = case when exists (select from identity_documents d where d.id = l.document_id and d.upload_request_id = taken.id)
      then null else l.document_id end
  where l.id = taken.line_id;
  return query update upload_requests r set denied_at = context_now(), denial = why where r.id = taken.id
    returning r.id, r.business_id, r.line_id;
end $$;

-- Whether the worker has confirmed, is asked for this, and has not sent it twenty times already.
create function may_deliver(r upload_requests, what text) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r.id is not null and r.confirmed_at is not null and what = any (r.asks)
    and (select count(*) from photos p where p.upload_request_id = r.id) < 20
    and (select count(*) from identity_documents d where d.upload_request_id = r.id) < 20;
end;

-- Puts what was delivered on the line; with both there it goes under review, and the request is used up.
create function settle_delivery(r upload_requests, photo uuid, document uuid)
returns table (request_id uuid, of_business uuid, of_line uuid, complete boolean)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  whole boolean;
begin
  update order_lines l set photo_id = coalesce(photo, l.photo_id), document_id = coalesce(document, l.document_id),
    changed_at = context_now(),
    state = case when l.state = 'awaiting-media' and coalesce(photo, l.photo_id) is not null
      and coalesce(document, l.document_id) is not null then 'under-review' else l.state end
  where l.id = r.line_id returning l.photo_id is not null and l.document_id is not null into whole;
  if whole then
    update upload_requests u set delivered_at = context_now(),
      delivered_through = case when context_person() = u.person_id then 'login' else 'link' end
    where u.id = r.id;
  end if;
  return query select r.id, r.business_id, r.line_id, whole;
end $$;

create function deliver_photo(secret sha256, request uuid, photo uuid, image bytea, thumbnail bytea, width integer, height integer,
  digest sha256, look text) returns table (request_id uuid, of_business uuid, of_line uuid, complete boolean)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  taken upload_requests := take_upload(secret, request);
begin
  if not may_deliver(taken, 'photo') then return; end if;
  insert into photos (id, business_id, worker_id, image, thumbnail, width, height, sha256, look, uploaded_by, uploaded_at, upload_request_id)
  values (photo, taken.business_id, taken.worker_id, image, thumbnail, width, height, digest, look::bit(64), taken.person_id, context_now(),
    taken.id);
  return query select * from settle_delivery(taken, photo, null);
end $$;

create function deliver_document(secret sha256, request uuid, document uuid, document_kind text, encrypted bytea, digest sha256)
returns table (request_id uuid, of_business uuid, of_line uuid, complete boolean)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  taken upload_requests := take_upload(secret, request);
begin
  if not may_deliver(taken, 'document') then return; end if;
  insert into identity_documents (id, business_id, worker_id, kind, content, sha256, uploaded_by, uploaded_at, upload_request_id)
  values (document, taken.business_id, taken.worker_id, document_kind, encrypted, digest, taken.person_id, context_now(), taken.id);
  return query select * from settle_delivery(taken, null, document);
end $$;

revoke execute on function may_ask_for_upload, ask_for_uploads, revoke_upload, open_upload, take_upload, shown_upload, own_uploads,
  confirm_upload, deny_upload, may_deliver, settle_delivery, deliver_photo, deliver_document from public;
grant execute on function ask_for_uploads, revoke_upload, shown_upload, own_uploads, confirm_upload, deny_upload, deliver_photo,
  deliver_document to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
