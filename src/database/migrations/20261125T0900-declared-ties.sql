-- A declared tie holds while an officer stands by it anew at each review: nothing but that, or an end, answers for it.

alter table review_decisions add constraint a_tie_is_confirmed_by_keeping check (not tie_confirmed or decision = 'keep');

-- Whether a mandate has to be gone through in a review, and has not been.
create or replace function review_lacks(review reviews) returns boolean language sql stable
  return exists (select from mandates m where m.business_id = review.business_id and m.ended_at is null
    and m.approved_at < (review.quarter::timestamp at time zone 'Europe/Oslo') and m.ends_at > context_now()
    and not exists (select from review_decisions d where d.review_id = review.id and d.mandate_id = m.id
      and (d.tie_confirmed or m.tie is distinct from 'declared')));
