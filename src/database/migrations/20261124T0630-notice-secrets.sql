-- What gives whoever reads it a power (an invitation's link) is encrypted until the e-mail is sent, and then erased.
alter table notices add column secrets_encrypted bytea;
create index notices_with_secrets on notices (id) where secrets_encrypted is not null;
grant update (secrets_encrypted) on notices to kortvakt_request;

-- Links that were stored in the clear are of no use once they are mailed. (The owner sees rows only while not forced.)
alter table notices no force row level security;
alter table notice_deliveries no force row level security;
update notices set parameters = parameters - 'link'
where parameters->>'link' like '%/invitations/%' and settled_at is not null
  and not exists (select from notice_deliveries d where d.notice_id = notices.id and d.state = 'waiting');
alter table notices force row level security;
alter table notice_deliveries force row level security;
