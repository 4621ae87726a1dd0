/** Where anybody checks whether a third party has more than it should; `?b=` names the business whose pages mend it. */
export const selfCheckPath = '/self-check';

/** Where anybody compares vendors. */
export const vendorsPath = '/vendors';

/** Where anybody reports a vendor, or a page that looks like ours. */
export const reportPath = '/report';

/** The case officer's list of reports. */
export const staffReportsPath = '/staff/reports';

/** The domains whose pages look like ours. */
export const lookAlikesPath = '/look-alikes';

/** Where case officers keep that list. */
export const staffLookAlikesPath = '/staff/look-alikes';

/** Numbers that anybody may see, month by month. */
export const transparencyPath = '/transparency';
