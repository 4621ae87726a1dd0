/** One entry of a menu. `label` is a translation key. */
export type MenuItem = {
  /** What a page calls itself by in `active` and `sideActive`. */
  readonly key: string;
  readonly href: string;
  readonly label: string;
};

/** The business that a page is about. */
export type PageBusiness = {
  /** What its paths are built with. */
  readonly id: string;
  readonly name: string;
  /** As it is shown: `310 000 019`. */
  readonly organisationNumber?: string;
};

/** The vendor on whose behalf the person acts for the business. */
export type ActingVendor = {
  /** What its paths are built with. */
  readonly id: string;
  readonly name: string;
  /** Those of the mandate that is used: what no right opens is not offered. */
  readonly rights: readonly string[];
};

/** Where the common parts of a page lead. Filled in once by the composition root, which knows the features. */
export type Navigation = {
  readonly home: string;
  readonly login: string;
  /** Takes a POST. */
  readonly logout: string;
  readonly chooseBusiness: string;
  /** With a business chosen, the profile shows that business's contact details. */
  readonly userProfile: (
    business: PageBusiness | undefined,
    actingVendor: ActingVendor | undefined,
  ) => string;
  /** What has been told to the person. */
  readonly ownMessages: string;
  /** The cards of whoever is logged in. */
  readonly ownCards: string;
  /** The public look-up of a card. */
  readonly check: string;
  readonly topMenu: (business: PageBusiness, actingVendor: ActingVendor | undefined) => readonly MenuItem[];
  /** The menu on the left of the pages under one entry of the top menu; none when empty. */
  readonly sideMenu: (
    business: PageBusiness,
    activeTop: string,
    actingVendor: ActingVendor | undefined,
  ) => readonly MenuItem[];
};
