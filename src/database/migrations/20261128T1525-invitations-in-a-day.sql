-- Invitations go by e-mail to whoever somebody names, in our name: so that nobody has strangers written to without end, they are counted.

create index invitations_by_inviter on invitations (invited_by, invited_at);
create index staff_appointments_by_proposer on staff_appointments (proposed_by, proposed_at);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- How many people whoever asks has invited in 24 hours: to a mandate, as a member, or to a role. Who asks again at the same time waits.
create function invited_in_a_day() returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(format('invited:%s', context_person()), 0));
  return (select count(*) from invitations i
      where i.invited_by = context_person() and i.invited_at > context_now() - interval '24 hours')
    + (select count(*) from staff_appointments s
      where s.proposed_by = context_person() and s.proposed_at > context_now() - interval '24 hours');
end $$;

revoke execute on function invited_in_a_day from public;
grant execute on function invited_in_a_day to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
