-- When an employment ends the employer has the card back, or destroys it without delay: each is written down by its name.

alter table cards drop constraint cards_blocked_reason_check,
  add constraint cards_blocked_reason_check
    check (blocked_reason in ('lost', 'stolen', 'returned', 'destroyed', 'damaged', 'new-name'));
