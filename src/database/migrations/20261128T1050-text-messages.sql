-- What became of a text message after it was ordered: asked for by the order's shipment until it is delivered or has failed.
alter table notice_deliveries
  add column shipment_id text check (length(shipment_id) between 1 and 100),
  add column followed_at timestamptz,
  add column delivered_at timestamptz,
  add check (shipment_id is null or channel = 'sms'),
  add check (delivered_at is null or shipment_id is not null);
create index notice_deliveries_followed on notice_deliveries (followed_at nulls first, id)
  where state = 'sent' and shipment_id is not null and delivered_at is null;
