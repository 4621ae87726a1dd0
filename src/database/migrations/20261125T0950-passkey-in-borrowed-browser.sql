-- In a browser that somebody of a vendor has used, a passkey says as much as the letter does: whoever has only been lent the
-- eID has none. Not a new one, which whoever was lent it may have added: it has to have counted for all by now.

grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace function context_open(token sha256, business_number text, vendor_number text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  facts jsonb := context_open_session(token, business_number, vendor_number, writing);
  since timestamptz;
  used passkeys;
  found text := '';
begin
  select r.required_at into since from passkey_requirements r where r.business_id = context_business() and r.ended_at is null;
  if since is not null or context_is_held() then
    select p.* into used from sessions s join passkeys p on p.id = s.passkey_id and p.person_id = s.person_id
    where s.id = (facts->'session'->>'id')::uuid and s.passkey_at between context_now() - interval '5 minutes' and context_now();
  end if;
  if since is not null then
    found := case when used.counts_from <= context_now() or used.added_at <= since then 'held' else 'missing' end;
    facts := facts || jsonb_build_object('passkey', found);
  end if;
  perform set_config('kortvakt.passkey', found, true);
  if context_is_held() and used.counts_from <= context_now() then
    perform set_config('kortvakt.held_for', '', true);
    facts := facts #- '{session,heldFor}';
  end if;
  return facts;
end $$;
reset role;
revoke create on schema public from kortvakt_context;

-- As for mandates.
create policy passkey_held on agreements as restrictive for insert to kortvakt_request with check (context_passkey_holds());
