-- Who settled a request is for the side that did: the other side learns what was answered, and no name.

grant select on mandate_requests to kortvakt_context;
create policy resolves on mandate_requests for select to kortvakt_context using (true);

revoke select on mandate_requests from kortvakt_request;
grant select (id, business_id, vendor_id, rights, reasons, units, workers, first_day, last_day, purpose, cards_per_order,
  cards_per_month, ore_per_month, fee_ore, renews, asked_by, asked_by_name, asked_at, expires_at, outcome, settled_at,
  decline_reason, decline_words, mandate_id, asked_told_at, settled_told_at) on mandate_requests to kortvakt_request;

grant create on schema public to kortvakt_context;
set role kortvakt_context;
create function request_settled_by_name(request uuid) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r.settled_by_name from mandate_requests r
  where r.id = request and context_is_business_side() and context_has_right('access.manage')
    and context_business() = case r.outcome when 'withdrawn' then r.vendor_id else r.business_id end;
end;
revoke execute on function request_settled_by_name from public;
grant execute on function request_settled_by_name to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
