-- Who is asking, and when: settings of one transaction, set by the functions of 20261124T0450-resolve.sql.

-- What a migration makes is nobody's to execute until it says whose.
alter default privileges revoke execute on functions from public;

-- A clock for demonstrations and tests: no role but the migrating one can write here, so production never moves it.
create table clock (
  single_row boolean primary key default true check (single_row),
  offset_by interval not null default '0'
);
insert into clock default values;

create function context_setting(name text) returns text language sql stable parallel safe
  return nullif(current_setting('kortvakt.' || name, true), '');
create function context_person() returns uuid language sql stable parallel safe
  return nullif(current_setting('kortvakt.person', true), '')::uuid;
create function context_business() returns uuid language sql stable parallel safe
  return nullif(current_setting('kortvakt.business', true), '')::uuid;
create function context_vendor() returns uuid language sql stable parallel safe
  return nullif(current_setting('kortvakt.vendor', true), '')::uuid;
create function context_mandate() returns uuid language sql stable parallel safe
  return nullif(current_setting('kortvakt.mandate', true), '')::uuid;
create function context_now() returns timestamptz language sql stable parallel safe
  return nullif(current_setting('kortvakt.now', true), '')::timestamptz;
-- anonymous | signed-in | officer | person | vendor | job
create function context_capacity() returns text language sql stable parallel safe
  return nullif(current_setting('kortvakt.capacity', true), '');
create function context_is_job() returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.capacity', true), '') = 'job';
-- For the business itself: an officer, or a person with a mandate; never a vendor.
create function context_is_business_side() returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.capacity', true), '') in ('officer', 'person');
create function context_is_officer() returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.capacity', true), '') = 'officer';
create function context_is_vendor() returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.capacity', true), '') = 'vendor';
create function context_has_right(wanted text) returns boolean language sql stable parallel safe
  return wanted = any (string_to_array(nullif(current_setting('kortvakt.rights', true), ''), ','));
create function context_covers_unit(unit uuid) returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.units', true), '') is null
      or unit::text = any (string_to_array(current_setting('kortvakt.units', true), ','));
create function context_covers_units(given uuid[]) returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.units', true), '') is null
      or given::text[] <@ string_to_array(current_setting('kortvakt.units', true), ',');
-- Whether a mandate that gives these rights in these units may be given: nobody gives more than they hold, and only
-- officers give the right to give.
create function context_may_give(rights text[], units uuid[]) returns boolean language sql stable parallel safe
  return context_is_officer() or (not 'access.manage' = any (rights) and context_covers_units(units)
    and rights <@ string_to_array(nullif(current_setting('kortvakt.rights', true), ''), ','));
-- Whether what is being stored was done in this transaction: the application keeps times to the millisecond.
create function context_is_now(at timestamptz) returns boolean language sql stable parallel safe
  return date_trunc('milliseconds', at) = date_trunc('milliseconds', context_now());
