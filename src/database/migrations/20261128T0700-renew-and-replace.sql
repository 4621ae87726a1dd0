-- Cards are replaced when they are damaged or show an old name. (That they are renewed from ninety days before they expire
-- stands with what else keeps a card from being ordered.)

alter table cards drop constraint cards_blocked_reason_check,
  add constraint cards_blocked_reason_check check (blocked_reason in ('lost', 'stolen', 'returned', 'damaged', 'new-name'));
