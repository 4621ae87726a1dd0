-- The application keeps times to the millisecond: so does the clock. Otherwise the two would now and then see an instant on
-- different sides of a boundary, such as a login of five minutes and less than a millisecond ago.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace function clock_now() returns timestamptz language sql stable security definer set search_path = public, pg_temp
  return date_trunc('milliseconds', transaction_timestamp() + (select offset_by from clock));
reset role;
revoke create on schema public from kortvakt_context;
