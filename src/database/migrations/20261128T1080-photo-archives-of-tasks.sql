-- How far an archive of photos is read, nobody says but the task that reads it.
drop policy uploader_changes on photo_archives;

-- No query asks for archives by their state alone.
drop index photo_archives_unread;

-- Rows of files by the order that came of them, and by its worker: what employee number that worker has.
drop index order_upload_rows_by_order;
create index order_upload_rows_by_order on order_upload_rows (order_id, worker_id) where order_id is not null;
