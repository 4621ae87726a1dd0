-- Codes go to the new addresses of a change before it is proved, so that whoever may change contact details could have strangers written
-- to without end: in 24 hours a person begins five changes with codes of the same details, and thirty of all.

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, with how it went: `begun`, `overtaken` where the details are of another version by now, or `too-often`.
drop function contact_move_begin(uuid, integer, jsonb, sha256, sha256, interval, interval);
create function contact_move_begin(unit uuid, version integer, after jsonb, email_code sha256, mobile_code sha256, codes_last interval,
  waiting_time interval) returns table (outcome text, move_id uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  stood jsonb;
begin
  if not contact_may_change(unit) or not context_is_fresh() then
    raise exception 'contact details are changed with the right to it and a fresh login' using errcode = 'check_violation', constraint = 'fresh_login';
  end if;
  stood := contact_take(unit, version);
  if stood is null then return query select 'overtaken', null::uuid; return; end if;
  -- One after the other, so that they are counted right: other details may be changed at the same time.
  perform pg_advisory_xact_lock(hashtextextended(format('contact-codes:%s', context_person()), 0));
  if num_nonnulls(email_code, mobile_code) > 0 and (
      select count(*) >= 30 or count(*) filter (where m.business_id = context_business() and m.unit_id is not distinct from unit) >= 5
      from contact_moves m where m.made_by = context_person() and m.made_at > context_now() - interval '24 hours'
        and (m.email_asked or m.mobile_asked)) then
    return query select 'too-often', null::uuid; return;
  end if;
  update contact_moves c set state = 'replaced', settled_at = context_now(), settled_by = context_person()
  where c.business_id = context_business() and c.unit_id is not distinct from unit and c.state = 'proving';
  insert into contact_moves (business_id, unit_id, before, after, made_by, made_by_name, made_by_officer, made_at, state, email_code,
    mobile_code, email_asked, mobile_asked, codes_expire_at, wait)
  values (context_business(), unit, stood, contact_move_begin.after, context_person(),
    (select p.name from persons p where p.id = context_person()), context_is_officer(), context_now(), 'proving',
    contact_move_begin.email_code, contact_move_begin.mobile_code,
    contact_move_begin.email_code is not null, contact_move_begin.mobile_code is not null,
    context_now() + codes_last, waiting_time)
  returning id into move_id;
  if num_nonnulls(email_code, mobile_code) = 0 then perform contact_move_wait(move_id); end if;
  return query select 'begun', move_id;
end $$;

revoke execute on function contact_move_begin from public;
grant execute on function contact_move_begin to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
