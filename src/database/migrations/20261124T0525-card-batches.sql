-- When a batch's next step is due. One whose step is long overdue lost its job, and is taken up again.
alter table card_batches add column next_step_at timestamptz;
drop index card_batches_open;
create index card_batches_open on card_batches (next_step_at) where closed_at is null;
