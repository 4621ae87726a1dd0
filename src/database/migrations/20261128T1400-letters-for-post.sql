-- Whether an officer was told of a change of contact details is read from what became of the letter, whichever step it tells of and
-- whenever it comes back: one that no officer got at an address of their own puts the change on the post list.

alter table notices add column contact_move_id uuid references contact_moves;   -- a letter to the officers' own addresses about it
create index notices_of_contact_move on notices (contact_move_id) where contact_move_id is not null;
create policy of_a_change on notices as restrictive for insert to kortvakt_request with check (contact_move_id is null or context_is_job());
create index contact_moves_for_post on contact_moves (id) where unreached_at is not null and posted_at is null;

-- Of changes that nobody has examined yet it is still to be seen whom they were told: a letter is written when its event is told.
alter table notices no force row level security;
alter table contact_events no force row level security;
alter table contact_moves no force row level security;
update notices n set contact_move_id = m.id
from contact_events e join contact_moves m on m.id = e.move_id
where m.examined_at is null and m.state in ('waiting', 'paused') and e.kind = 'begun'
  and n.business_id = e.business_id and n.template = 'contact:notice.begun' and n.audience = 'officers' and n.created_at = e.told_at;
alter table notices force row level security;
alter table contact_events force row level security;
alter table contact_moves force row level security;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- What became of a letter: `some` where it was sent to an address that counts, `none` where it cannot be any more, or `pending`.
create function contact_letter_reach(letter uuid) returns text language sql stable set search_path = public, pg_temp
begin atomic
  select case when bool_or(d.state = 'sent') then 'some' when n.settled_at is null or bool_or(d.state = 'waiting') then 'pending'
    else 'none' end
  from notices n left join notice_deliveries d on d.notice_id = n.id and d.counts where n.id = letter group by n.id;
end;

-- A letter about a change that reached no officer, or came back, puts the change on the post list, also after an earlier letter
-- was posted.
create function note_contact_reach() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  letter uuid := to_jsonb(new) ->> tg_argv[0];
begin
  update contact_moves m set unreached_at = clock_now(), posted_at = null, posted_by_name = null
  from notices n where n.id = letter and m.id = n.contact_move_id and contact_letter_reach(n.id) = 'none';
  return null;
end $$;

reset role;
create trigger note_reach after update of settled_at on notices for each row
  when (new.contact_move_id is not null and old.settled_at is null and new.settled_at is not null)
  execute function note_contact_reach('id');
create trigger note_reach after update of state on notice_deliveries for each row
  when (old.state is distinct from new.state and new.state in ('failed', 'bounced') and new.counts)
  execute function note_contact_reach('notice_id');
set role kortvakt_context;

-- Lets hold what has waited long enough: told of, also to an officer at an address of their own or by post, examined, and vouched
-- for where it looks like a vendor's.
create or replace function contact_moves_settle() returns setof uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  put record;
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  for m in select * from contact_moves c where c.state = 'waiting' and c.effective_at <= context_now() and c.examined_at is not null
      and (c.suspicion = '[]' or c.vouched_by_name is not null)
      and (c.unreached_at is null or c.posted_at is not null)
      and not exists (select from contact_events e where e.move_id = c.id and e.told_at is null)
      and not exists (select from notices n where n.contact_move_id = c.id and contact_letter_reach(n.id) = 'pending')
      order by c.id for update skip locked loop
    put := contact_put(m.business_id, m.unit_id, m.after, m.before, m.made_by, m.made_by_name);
    update contact_moves c set state = 'effective', settled_at = context_now(), before = put.stood, after = put.stands
    where c.id = m.id;
    perform contact_note(m.id, 'effective', m.made_by_name);
    return next m.id;
  end loop;
end $$;

-- What a task found out about a change: whose address it looks like.
drop function contact_move_examined(uuid, jsonb, sha256, boolean);
create function contact_move_examined(move uuid, found_suspicion jsonb, token sha256) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  update contact_moves m set examined_at = context_now(), suspicion = found_suspicion,
    vouch_token = case when found_suspicion <> '[]' then token end
  where m.id = move and m.examined_at is null;
  return found;
end $$;

-- A case officer has posted the letter that tells the officers how a change stands, if that is still so: where it is yet to hold,
-- its waiting time begins.
drop function contact_move_posted(uuid);
create function contact_move_posted(move uuid, told text) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  update contact_moves m set posted_at = context_now(), posted_by_name = (select p.name from persons p where p.id = context_person()),
    effective_at = case when m.state in ('waiting', 'paused') then greatest(m.effective_at, context_now() + m.wait)
      else m.effective_at end
  where m.id = move and m.state = told and m.unreached_at is not null and m.posted_at is null;
  return found;
end $$;

revoke execute on function contact_letter_reach, note_contact_reach, contact_move_examined, contact_move_posted from public;
grant execute on function contact_move_examined, contact_move_posted to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
