-- How long a report is kept after its answer is a setting; less than thirty days it never is.
alter policy job_deletes on vendor_reports
  using (context_is_job() and state = 'answered' and answered_at < context_now() - interval '30 days');
