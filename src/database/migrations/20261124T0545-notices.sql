-- A notice is settled once it is known whom it goes to; until then the task asks again. Without a language of its own it
-- is written in that of its business, which is known when it is delivered.
alter table notices add column settled_at timestamptz, alter column language drop not null, alter column language drop default;
create index notices_unsettled on notices (created_at) where settled_at is null;
create index notice_deliveries_waiting on notice_deliveries (id) where state = 'waiting';
grant update (settled_at) on notices to kortvakt_request;
create policy job_settles on notices for update to kortvakt_request using (context_is_job());
