-- A file of workers to order for also says until when each has a permit to stay; whoever sent it declares those together.

alter table order_upload_rows add column permit_last_day date;
grant update (permit_last_day) on order_upload_rows to kortvakt_request;
