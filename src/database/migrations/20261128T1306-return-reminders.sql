-- The business is asked, too, what became of the card of somebody who has left.
alter table condition_notices drop constraint condition_notices_step_check,
  add constraint condition_notices_step_check check (step in ('foreseen', 'suspended', 'lifted', 'return'));
