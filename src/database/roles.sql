-- The roles of a Kortvakt database. Run by a superuser, once for a server and again without harm.
-- Passwords are set apart (ALTER ROLE … PASSWORD), so that none stands in a file.
--
--   kortvakt_migrate   owns the tables and changes them; no row is visible to it (forced row-level security)
--   kortvakt_request   serves requests and runs the tasks' transactions; owns nothing
--   kortvakt_jobs      owns the schema graphile_worker and nothing else
--   kortvakt_check     may execute the two look-ups of a card and nothing else
--   kortvakt_context   nobody logs in as it: it owns the functions that resolve who is asking
--   kortvakt_backup    reads everything, for backups
do $$
begin
  if not exists (select from pg_roles where rolname = 'kortvakt_context') then
    create role kortvakt_context nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'kortvakt_migrate') then
    create role kortvakt_migrate login;
  end if;
  if not exists (select from pg_roles where rolname = 'kortvakt_request') then
    create role kortvakt_request login;
  end if;
  if not exists (select from pg_roles where rolname = 'kortvakt_jobs') then
    create role kortvakt_jobs login;
  end if;
  if not exists (select from pg_roles where rolname = 'kortvakt_check') then
    create role kortvakt_check login;
  end if;
  if not exists (select from pg_roles where rolname = 'kortvakt_backup') then
    create role kortvakt_backup login bypassrls;
  end if;
end
$$;

-- So that migrations can hand functions over to their owners, and so that nobody inherits the owners' sight.
grant kortvakt_context to kortvakt_migrate with inherit false, set true;
grant kortvakt_jobs to kortvakt_migrate with inherit false, set true;
grant pg_read_all_data to kortvakt_backup;

do $$
begin
  execute format('alter database %I owner to kortvakt_migrate', current_database());
  execute format('grant create on database %I to kortvakt_jobs', current_database());
  execute format('revoke temporary on database %I from public', current_database());
end
$$;
alter schema public owner to kortvakt_migrate;
revoke all on schema public from public;
grant usage on schema public to kortvakt_request, kortvakt_jobs, kortvakt_check, kortvakt_context;
