-- Someone with mandates of their own from several businesses that have nothing to do with each other may be a vendor that goes
-- round the vendors' agreement: a signal, as those of 20261125T0770-logins.sql.
alter table signals
  drop constraint signals_kind_check,
  add constraint signals_kind_check check (kind in ('vendor-browser', 'many-businesses', 'many-mandates', 'two-networks',
    'night-orders', 'contact-after-mandate'));
create index mandates_of_people_by_time on mandates (approved_at) where holder = 'person';

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- People who were given a mandate of their own since then and hold some from several businesses now, with those businesses and
-- what ties them to each other: their officers besides the person, and their address.
create function persons_with_mandates(since timestamptz) returns table (person_id uuid, person_name text, businesses jsonb)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query
    select p.id, p.name, jsonb_agg(jsonb_build_object('businessId', b.id, 'address', nullif(b.address::text, '{}'),
      'officers', (select coalesce(jsonb_agg(distinct o.person_id), '[]') from officers o
        where o.business_id = b.id and o.person_id <> p.id and o.ended_at is null and o.acts)) order by b.id)
    from (select distinct m.person_id from mandates m where m.holder = 'person' and m.approved_at > since) given
      join mandates m on m.person_id = given.person_id and m.ended_at is null and m.starts_at <= context_now() and m.ends_at > context_now()
      join persons p on p.id = m.person_id join businesses b on b.id = m.business_id
    group by p.id having count(*) > 1;
end $$;
revoke execute on function persons_with_mandates from public;
grant execute on function persons_with_mandates to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
