/**
 * The synthetic world that the stand-ins start from: people, businesses, roles and employments, all made up.
 * Every number has valid check digits; birth months have 80 added, as in Norway's official test data, so that
 * no number can belong to a real person. What happens later (an employment ends, a firm goes bankrupt) is kept in
 * the state, never here.
 */

/** What Folkeregisteret and the contact register know of a person. */
export type Person = {
  nationalId: string;
  givenName: string;
  middleName?: string;
  familyName: string;
  /** YYYY-MM-DD, the true date (without the 80 in the number). */
  birthDate: string;
  /** Folkeregisteret's word for the person's standing. */
  status: 'bosatt' | 'midlertidig' | 'inaktiv' | 'doed';
  deathDate?: string;
  /** How the address is protected; left out where it is not. */
  addressProtection?: 'fortrolig' | 'strengtFortrolig';
  /** A code of three letters; Norwegian where none is said. */
  citizenship?: string;
  contact: Contact;
};

/** One person's row in the contact and reservation register. */
export type Contact = {
  status: 'AKTIV' | 'SLETTET' | 'IKKE_REGISTRERT';
  reserved: boolean;
  email?: string;
  mobile?: string;
  /** When the person last changed or confirmed the details; older than 18 months means "may not be notified". */
  verified?: string;
};

export type Address = {
  street: string;
  postalCode: string;
  town: string;
  municipality: string;
  municipalityNumber: string;
};

export type Form = 'AS' | 'ENK' | 'DA' | 'NUF' | 'ORGL';

export type Business = {
  organisationNumber: string;
  name: string;
  form: Form;
  industry: Industry;
  address: Address;
  vatRegistered: boolean;
  registered: string;
  email?: string;
  mobile?: string;
  /** Date of the bankruptcy, when there is one. */
  bankrupt?: string;
  /** Date of deletion, and whether the register answers 410 (gone) or 200 with what is left of it. */
  deleted?: { on: string; answer: 'gone' | 'remnant' };
};

export type Unit = {
  organisationNumber: string;
  name: string;
  parent: string;
  industry: Industry;
  address: Address;
  registered: string;
  closed?: string;
};

type Industry = { code: string; text: string };

/** One official notification address of a business or unit: an e-mail address or a mobile number with +47. */
export type NotificationAddress = { id: string; organisationNumber: string } & (
  { email: string; mobile?: never } | { email?: never; mobile: string }
);

/** Role codes of Enhetsregisteret that this world uses. */
export type RoleCode =
  | 'DAGL'
  | 'LEDE'
  | 'NEST'
  | 'MEDL'
  | 'VARA'
  | 'INNH'
  | 'DTPR'
  | 'DTSO'
  | 'KOMP'
  | 'REPR'
  | 'BEST'
  | 'BOBE'
  | 'KONT'
  | 'REGN'
  | 'REVI';

/** A role is held by a person or, for auditors and accountants, by an organisation. */
export type Role = {
  organisationNumber: string;
  code: RoleCode;
  since: string;
  /** True when the holder has resigned but is still listed. */
  resigned: boolean;
} & ({ nationalId: string; holderOrganisation?: never } | { nationalId?: never; holderOrganisation: string });

/** One employment, as the employer register has it. */
export type Employment = {
  id: string;
  nationalId: string;
  /** Organisation number of the unit where the person works. */
  unit: string;
  /** Organisation number of the business that reports the employment. */
  employer: string;
  from: string;
  /** The last day, or null while it has no end. */
  to: string | null;
  /** Agreed share of a full position, in percent. */
  percentage: number;
};

/** A firm's standing with the Labour Inspection Authority, as its registers have it. */
export type Approval = {
  register: 'cleaning' | 'car-care' | 'staffing';
  organisationNumber: string;
  /**
   * Codes of the register of car care: 1 application, 2 card order, 3 approved without staff, 4 with staff, 5 not approved. Of
   * staffing agencies 4 alone is approved.
   */
  status: 1 | 2 | 3 | 4 | 5;
};

/** One worker in one assignment of a foreign firm, as the firm has reported it to the tax authority. */
export type Assignment = {
  id: string;
  /** The foreign firm that the worker works for. */
  contractor: string;
  /** Whom the assignment is for. */
  client: string;
  place: string;
  nationalId: string;
  from: string;
  /** The last day, or null while it has no end. */
  to: string | null;
};

export type World = {
  people: Person[];
  businesses: Business[];
  units: Unit[];
  roles: Role[];
  employments: Employment[];
  approvals: Approval[];
  assignments: Assignment[];
  notificationAddresses: NotificationAddress[];
};

/** Organisation numbers that others refer to by name. */
export const organisations = {
  blueHammer: '310000019',
  blueHammerOslo: '310000027',
  cheapVendor: '310000035',
  authority: '310000043',
  blueHammerTromso: '310000051',
  subsidiary: '310000078',
  subsidiaryUnit: '310000086',
  cleaning: '310000094',
  cleaningUnit: '310000108',
  soleProprietor: '310000116',
  bankrupt: '310000124',
  bankruptUnit: '310000132',
  cheapVendorUnit: '310000140',
  dearVendor: '310000159',
  dearVendorUnit: '310000167',
  authorityUnit: '310000175',
  partnership: '310000183',
  foreignBranch: '310000191',
  gone: '310000205',
  remnant: '310000213',
  auditor: '310000221',
  operator: '310000248',
  operatorUnit: '310000256',
  parcel: '310000264',
  parcelUnit: '310000272',
  soleProprietorUnit: '310000299',
  partnershipUnit: '310000310',
  foreignBranchUnit: '310000329',
  newCleaning: '310000345',
  newCleaningUnit: '310000353',
  agency: '310000361',
  agencyUnit: '310000388',
} as const;

const oslo = (street: string): Address => ({
  street,
  postalCode: '0150',
  town: 'OSLO',
  municipality: 'OSLO',
  municipalityNumber: '0301',
});

const tromso = (street: string): Address => ({
  street,
  postalCode: '9008',
  town: 'TROMSØ',
  municipality: 'TROMSØ',
  municipalityNumber: '5501',
});

const construction: Industry = { code: '41.200', text: 'Oppføring av bygninger' };
const cleaning: Industry = { code: '81.210', text: 'Rengjøring av bygninger' };
const painting: Industry = { code: '43.341', text: 'Malerarbeid' };
const officeServices: Industry = { code: '82.110', text: 'Kombinerte kontortjenester' };
const administration: Industry = {
  code: '84.130',
  text: 'Offentlig administrasjon tilknyttet næringsvirksomhet',
};
const carCare: Industry = { code: '45.200', text: 'Vedlikehold og reparasjon av motorvogner' };
const parcels: Industry = { code: '53.200', text: 'Andre post- og budtjenester' };
const hiringOut: Industry = { code: '78.200', text: 'Utleie av arbeidskraft' };
const auditing: Industry = { code: '69.202', text: 'Revisjon' };

const businesses: Business[] = [
  {
    organisationNumber: organisations.blueHammer,
    name: 'BLÅ HAMMER AS',
    form: 'AS',
    industry: construction,
    address: oslo('Testveien 1'),
    vatRegistered: true,
    registered: '2020-01-01',
    email: 'post@blahammer.example',
    mobile: '+4799900019',
  },
  {
    organisationNumber: organisations.cheapVendor,
    name: 'RIMELIG KORTHJELP AS',
    form: 'AS',
    industry: officeServices,
    address: oslo('Rabattgata 99'),
    vatRegistered: true,
    registered: '2019-03-01',
    email: 'hei@rimeligkorthjelp.example',
  },
  {
    organisationNumber: organisations.authority,
    name: 'PRØVETILSYNET',
    form: 'ORGL',
    industry: administration,
    address: oslo('Kontrollplassen 4'),
    vatRegistered: false,
    registered: '2015-01-01',
    email: 'post@provetilsynet.example',
  },
  {
    // Owned by BLÅ HAMMER AS, yet a business of its own: the register gives the parent's officers nothing here.
    organisationNumber: organisations.subsidiary,
    name: 'BLÅ HAMMER MALING AS',
    form: 'AS',
    industry: painting,
    address: oslo('Testveien 3'),
    vatRegistered: true,
    registered: '2021-05-05',
  },
  {
    organisationNumber: organisations.cleaning,
    name: 'BLANK FLATE RENHOLD AS',
    form: 'AS',
    industry: cleaning,
    address: oslo('Såpeveien 12'),
    vatRegistered: true,
    registered: '2018-09-01',
    email: 'kontor@blankflate.example',
    mobile: '+4799900094',
  },
  {
    organisationNumber: organisations.soleProprietor,
    name: 'MALERMESTER SNILL ELG',
    form: 'ENK',
    industry: painting,
    address: tromso('Penselstien 2'),
    vatRegistered: true,
    registered: '2012-02-20',
    mobile: '+4799900116',
  },
  {
    organisationNumber: organisations.bankrupt,
    name: 'KNUST SPEIL AS',
    form: 'AS',
    industry: construction,
    address: oslo('Ulykkesgata 7'),
    vatRegistered: true,
    registered: '2016-06-16',
    bankrupt: '2026-09-15',
  },
  {
    organisationNumber: organisations.dearVendor,
    name: 'DYRE KORT AS',
    form: 'AS',
    industry: officeServices,
    address: oslo('Gullgata 466'),
    vatRegistered: true,
    registered: '2022-11-11',
    email: 'salg@dyrekort.example',
  },
  {
    organisationNumber: organisations.partnership,
    name: 'TO BRØDRE BILPLEIE DA',
    form: 'DA',
    industry: carCare,
    address: tromso('Bilvegen 2'),
    vatRegistered: true,
    registered: '2017-04-03',
  },
  {
    organisationNumber: organisations.foreignBranch,
    name: 'NORDIC TESTBYGG NUF',
    form: 'NUF',
    industry: construction,
    address: oslo('Grenseveien 8'),
    vatRegistered: true,
    registered: '2023-01-15',
  },
  {
    organisationNumber: organisations.gone,
    name: 'BORTE VEKK AS',
    form: 'AS',
    industry: construction,
    address: oslo('Ingensteds 0'),
    vatRegistered: false,
    registered: '2010-10-10',
    deleted: { on: '2024-05-31', answer: 'gone' },
  },
  {
    organisationNumber: organisations.remnant,
    name: 'NESTEN BORTE AS',
    form: 'AS',
    industry: construction,
    address: oslo('Ingensteds 1'),
    vatRegistered: false,
    registered: '2011-11-11',
    deleted: { on: '2026-02-28', answer: 'remnant' },
  },
  {
    organisationNumber: organisations.auditor,
    name: 'TESTREVISJON AS',
    form: 'AS',
    industry: auditing,
    address: oslo('Tallveien 5'),
    vatRegistered: true,
    registered: '2009-09-09',
  },
  {
    organisationNumber: organisations.operator,
    name: 'KORTVAKT DRIFT AS',
    form: 'AS',
    industry: officeServices,
    address: oslo('Vaktgata 24'),
    vatRegistered: true,
    registered: '2025-01-02',
  },
  {
    organisationNumber: organisations.parcel,
    name: 'PUNKTLIG PAKKE AS',
    form: 'AS',
    industry: parcels,
    address: oslo('Budveien 53'),
    vatRegistered: true,
    registered: '2021-08-17',
    email: 'post@punktligpakke.example',
  },
  {
    // Has applied for approval as a cleaning firm, and waits for an answer.
    organisationNumber: organisations.newCleaning,
    name: 'FERSK FILLE RENHOLD AS',
    form: 'AS',
    industry: cleaning,
    address: tromso('Mopptoppen 1'),
    vatRegistered: true,
    registered: '2026-10-01',
    email: 'post@ferskfille.example',
  },
  {
    // Hires out builders, and the Authority has not approved it.
    organisationNumber: organisations.agency,
    name: 'VILLIG VIKAR BEMANNING AS',
    form: 'AS',
    industry: hiringOut,
    address: oslo('Innleiegata 78'),
    vatRegistered: true,
    registered: '2024-02-01',
    email: 'post@villigvikar.example',
  },
];

const units: Unit[] = [
  unit(organisations.blueHammerOslo, 'BLÅ HAMMER AS AVD OSLO', organisations.blueHammer, oslo('Testveien 1')),
  unit(
    organisations.blueHammerTromso,
    'BLÅ HAMMER AS AVD TROMSØ',
    organisations.blueHammer,
    tromso('Nordlysveien 14'),
  ),
  unit(organisations.subsidiaryUnit, 'BLÅ HAMMER MALING AS', organisations.subsidiary, oslo('Testveien 3')),
  unit(organisations.cleaningUnit, 'BLANK FLATE RENHOLD AS', organisations.cleaning, oslo('Såpeveien 12')),
  unit(organisations.bankruptUnit, 'KNUST SPEIL AS', organisations.bankrupt, oslo('Ulykkesgata 7')),
  unit(
    organisations.cheapVendorUnit,
    'RIMELIG KORTHJELP AS',
    organisations.cheapVendor,
    oslo('Rabattgata 99'),
  ),
  unit(organisations.dearVendorUnit, 'DYRE KORT AS', organisations.dearVendor, oslo('Gullgata 466')),
  unit(organisations.authorityUnit, 'PRØVETILSYNET', organisations.authority, oslo('Kontrollplassen 4')),
  unit(organisations.operatorUnit, 'KORTVAKT DRIFT AS', organisations.operator, oslo('Vaktgata 24')),
  unit(organisations.parcelUnit, 'PUNKTLIG PAKKE AS', organisations.parcel, oslo('Budveien 53')),
  unit(
    organisations.soleProprietorUnit,
    'MALERMESTER SNILL ELG',
    organisations.soleProprietor,
    tromso('Penselstien 2'),
  ),
  unit(
    organisations.partnershipUnit,
    'TO BRØDRE BILPLEIE DA',
    organisations.partnership,
    tromso('Bilvegen 2'),
  ),
  unit(
    organisations.foreignBranchUnit,
    'NORDIC TESTBYGG NUF',
    organisations.foreignBranch,
    oslo('Grenseveien 8'),
  ),
  unit(
    organisations.newCleaningUnit,
    'FERSK FILLE RENHOLD AS',
    organisations.newCleaning,
    tromso('Mopptoppen 1'),
  ),
  unit(organisations.agencyUnit, 'VILLIG VIKAR BEMANNING AS', organisations.agency, oslo('Innleiegata 78')),
];

function unit(organisationNumber: string, name: string, parent: string, address: Address): Unit {
  const business = businesses.find((one) => one.organisationNumber === parent);
  if (business === undefined) throw new Error(`The unit ${organisationNumber} has no business`);
  return {
    organisationNumber,
    name,
    parent,
    address,
    industry: business.industry,
    registered: business.registered,
  };
}

/**
 * The people of the main story, so that tests need no bare numbers.
 * @internal
 */
export const people = {
  /** General manager of BLÅ HAMMER AS, and employed in its Oslo unit. */
  vakenSpurv: '15819049944',
  /** Chair of BLÅ HAMMER AS, employed nowhere. */
  visUgle: '06866541262',
  /** Worker in the Oslo unit who looks after the cards: gets a person's mandate. */
  munterElv: '02838536711',
  /** Worker in the Tromsø unit. */
  ailuCahcesuolu: '17858319323',
  /** Worker with a D-number that has gone inactive. */
  inactiveDNumber: '69818448783',
  /** Worker with a D-number in use. */
  activeDNumber: '49868228481',
  /** Worker whose full name is exactly 60 characters. */
  longName: '25848107916',
  /** Her employment ended 2026-03-31. */
  ferdigSluttspurt: '09838723273',
  /** His employment begins 2027-01-01. */
  kommendeMorgendag: '22820285259',
  /** General manager of the subsidiary. */
  gulVinkel: '08888011375',
  /** General manager of the cleaning company. */
  skinnendeSape: '13817628944',
  /** The sole proprietor. */
  snillElg: '12896841643',
  /** Administrator of the bankrupt KNUST SPEIL AS. */
  noyaktigBobestyrer: '19916347149',
  /** General manager of KNUST SPEIL AS from before the bankruptcy. */
  knustDrom: '01927021354',
  /** General manager of RIMELIG KORTHJELP AS. */
  rimeligRegnestykke: '20908204892',
  hjelpsomHand: '30819113749',
  presisPenn: '05899405309',
  /** General manager of DYRE KORT AS. */
  dyrebarDiamant: '14837315124',
  kosteligKape: '23888616748',
  gradigGribb: '02849045590',
  /** Director of the authority. */
  strengParagraf: '25856637770',
  /** Case officer of the authority. */
  grundigMappe: '08918424890',
  /** Inspector of the authority. */
  skarpsyntOrn: '21877945666',
  /** Reviewer at the card issuer. */
  noyeBlikk: '09898310059',
  /** Partners who are jointly liable. */
  lekenBror: '15828132390',
  alvorligBror: '15828341682',
  /** Contact person of the foreign branch. */
  utenlandskForbindelse: '26897701617',
  /** A board member who has died. */
  borteVekk: '30865035469',
  /** General manager of KORTVAKT DRIFT AS, the operator. */
  flittigOperator: '05858703524',
  /** Its other operator: roles of staff take two. */
  tryggAvloser: '12878410198',
  /** General manager of PUNKTLIG PAKKE AS. */
  punktligPakke: '19847914664',
  /** General manager of FERSK FILLE RENHOLD AS. */
  ferskFille: '04847510027',
  /** General manager of VILLIG VIKAR BEMANNING AS. */
  villigVikar: '17849010158',
  /** Workers of the foreign branch, in an assignment; the second one's has ended. */
  tuukkaTelakka: '27918824877',
  justynaRusztowanie: '52888430016',
  /** Knows nobody: no role and no employment. */
  fremmedFugl: '03839349261',
} as const;

const verified = '2026-06-01T10:00:00Z';

function person(
  nationalId: string,
  name: string | readonly [given: string, middle: string, family: string],
  more: Partial<Pick<Person, 'status' | 'deathDate' | 'addressProtection' | 'citizenship' | 'contact'>> = {},
): Person {
  const [givenName, middleName, familyName] =
    typeof name === 'string'
      ? ([name.slice(0, name.lastIndexOf(' ')), undefined, name.slice(name.lastIndexOf(' ') + 1)] as const)
      : name;
  return {
    nationalId,
    givenName,
    ...(middleName === undefined ? {} : { middleName }),
    familyName,
    birthDate: birthDateOf(nationalId),
    status: more.status ?? 'bosatt',
    ...(more.deathDate === undefined ? {} : { deathDate: more.deathDate }),
    ...(more.addressProtection === undefined ? {} : { addressProtection: more.addressProtection }),
    ...(more.citizenship === undefined ? {} : { citizenship: more.citizenship }),
    contact: more.contact ?? ownContact(givenName, familyName, nationalId),
  };
}

/** An address made of the name in plain letters, so that the mail page is easy to read. */
function ownContact(givenName: string, familyName: string, nationalId: string): Contact {
  return {
    status: 'AKTIV',
    reserved: false,
    email: `${plainLetters(givenName)}.${plainLetters(familyName)}@example.no`,
    mobile: `+479${nationalId.slice(4, 6)}${nationalId.slice(6)}`,
    verified,
  };
}

const plainLetter: Record<string, string> = { æ: 'ae', ø: 'o', å: 'a', đ: 'd', ŋ: 'n', ŧ: 't', ł: 'l' };

function plainLetters(name: string): string {
  return name
    .toLowerCase()
    .replace(/[æøåđŋŧł]/gu, (letter) => plainLetter[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z]+/gu, (run) => (run.includes(' ') ? '-' : ''));
}

/** Birth date of this world's numbers: individual number under 500 is born in the 1900s, others in the 2000s. */
function birthDateOf(nationalId: string): string {
  const day = Number(nationalId.slice(0, 2));
  const month = String(Number(nationalId.slice(2, 4)) - 80).padStart(2, '0');
  const century = Number(nationalId.slice(6, 9)) < 500 ? '19' : '20';
  return `${century}${nationalId.slice(4, 6)}-${month}-${String(day > 40 ? day - 40 : day).padStart(2, '0')}`;
}

const worldPeople: Person[] = [
  person('15819049944', 'Våken Spurv'),
  person('02838536711', 'Munter Elv'),
  person('23917925283', 'Ærlig Østavind'),
  person('14869211037', 'Rask Ødegård'),
  person('30898802325', 'Årvåken Bjørk'),
  person('11829543445', 'Snill Løvetann'),
  person('17858319323', 'Áilu Čáhcesuolu'),
  person('05929132558', 'Máret Đuottar'),
  person('19887638023', 'Eŋá Šávdni'),
  person('08849804031', 'Biret Ánne Ruŋga'),
  person('27878745758', 'Niillas Žuvla'),
  person('03909312263', 'Jovnna Ŧeahkka'),
  person('69818448783', 'Łagodny Żuraw', {
    status: 'inaktiv',
    contact: { status: 'IKKE_REGISTRERT', reserved: false },
  }),
  person('06859020362', 'Święty Źrebak'),
  person('18839609058', 'Cierpliwa Gałązka'),
  person('12927836341', 'Dzielny Dąb'),
  person('24828910686', 'Śmiała Ćma'),
  person('49868228481', 'Stanisław Wędrówka', { status: 'midlertidig' }),
  person('25848107916', ['Omstendelig Ettertenksom', 'Regnbueglinsende', 'Kirsebærblomstring']),
  person('01889435956', 'Blid Furu'),
  person('07819727699', 'Kvikk Gaupe', { contact: { status: 'IKKE_REGISTRERT', reserved: false } }),
  person('15907506247', 'Trofast Hegre', {
    contact: { status: 'AKTIV', reserved: true, email: 'trofast.hegre@example.no', verified },
  }),
  person('09899919162', 'Lur Rev', {
    // Not confirmed for more than 18 months: may not be notified.
    contact: {
      status: 'AKTIV',
      reserved: false,
      email: 'lur.rev@example.no',
      mobile: '+4799919162',
      verified: '2022-03-01T10:00:00Z',
    },
  }),
  person('31838049578', 'Stø Ankerkjetting', { contact: { status: 'SLETTET', reserved: false } }),
  person('20850178152', 'Frisk Bris'),
  person('02910352493', 'Klar Måne'),
  person('04877237481', 'Sindig Torsk'),
  person('28928633871', 'Varm Ovn'),
  person('16849337851', 'Tøff Tindved', { addressProtection: 'fortrolig' }),
  person('22889138789', 'Glad Lerke'),
  person('03826931387', 'Stille Skog'),
  person('26868836309', 'Modig Mår'),
  person('10900059421', 'Lett Fjær'),
  person('13857749825', 'Dyp Fjord'),
  person('30929531422', 'Hvit Hare'),
  person('18898336715', 'Spent Streng'),
  person('11919015189', 'Fin Sand'),
  person('21817448779', 'Skarp Høvel'),
  person('15879817509', 'Rolig Røyskatt'),
  person('29908519807', 'Grønn Gran'),
  person('09838723273', 'Ferdig Sluttspurt'),
  person('22820285259', 'Kommende Morgendag'),
  person('06866541262', 'Vis Ugle'),
  person('04847102263', 'Sliten Slegge'),
  person('08888011375', 'Gul Vinkel'),
  person('13817628944', 'Skinnende Såpe'),
  person('27839228096', 'Blank Flis'),
  person('31858906841', 'Ren Kost'),
  person('18860050346', 'Mild Mopp'),
  person('27919623484', 'Våt Svamp'),
  // The one cleaner who needs a residence permit.
  person('23868501707', 'Tørr Klut', { citizenship: 'PHL' }),
  person('12896841643', 'Snill Elg'),
  person('19916347149', 'Nøyaktig Bobestyrer'),
  person('01927021354', 'Knust Drøm'),
  person('17826728035', 'Skjør Porselen'),
  person('20908204892', 'Rimelig Regnestykke'),
  person('30819113749', 'Hjelpsom Hånd'),
  person('05899405309', 'Presis Penn'),
  person('14837315124', 'Dyrebar Diamant'),
  person('23888616748', 'Kostelig Kåpe'),
  person('02849045590', 'Grådig Gribb'),
  person('25856637770', 'Streng Paragraf'),
  person('08918424890', 'Grundig Mappe'),
  person('21877945666', 'Skarpsynt Ørn'),
  person('09898310059', 'Nøye Blikk'),
  person('15828132390', 'Leken Bror'),
  person('15828341682', 'Alvorlig Bror'),
  person('26897701617', 'Utenlandsk Forbindelse'),
  person('16928849426', 'Tapper Koffert'),
  person('30865035469', 'Borte Vekk', {
    status: 'doed',
    deathDate: '2025-12-24',
    contact: { status: 'SLETTET', reserved: false },
  }),
  person('07906925421', 'Uavhengig Revisor'),
  person('05858703524', 'Flittig Operatør'),
  person('12878410198', 'Trygg Avløser'),
  person('03839349261', 'Fremmed Fugl'),
  person('15859519668', 'Høflig Hilsen'),
  person('19847914664', 'Punktlig Pakke'),
  person('04847510027', 'Fersk Fille'),
  person('19828113790', 'Lys Lanterne'),
  person('23899217586', 'Trygg Trapp'),
  person('17849010158', 'Villig Vikar'),
  person('05817621882', 'Rask Reserve'),
  person('23928830519', 'Fleksibel Flaske'),
  person('27918824877', 'Tuukka Telakka', { citizenship: 'FIN' }),
  person('06887928620', 'Viljo Valjakko', { citizenship: 'FIN' }),
  person('52888430016', 'Justyna Rusztowanie', { status: 'midlertidig', citizenship: 'POL' }),
];

function role(organisationNumber: string, code: RoleCode, nationalId: string, since = '2024-01-01'): Role {
  return { organisationNumber, code, nationalId, since, resigned: false };
}

const roles: Role[] = [
  role(organisations.blueHammer, 'DAGL', people.vakenSpurv),
  role(organisations.blueHammer, 'LEDE', people.visUgle),
  role(organisations.blueHammer, 'MEDL', people.borteVekk, '2020-01-01'),
  { ...role(organisations.blueHammer, 'MEDL', '04847102263', '2020-01-01'), resigned: true },
  {
    organisationNumber: organisations.blueHammer,
    code: 'REVI',
    holderOrganisation: organisations.auditor,
    since: '2020-01-01',
    resigned: false,
  },
  role(organisations.cheapVendor, 'DAGL', people.rimeligRegnestykke),
  role(organisations.cheapVendor, 'LEDE', people.rimeligRegnestykke),
  role(organisations.authority, 'DAGL', people.strengParagraf),
  role(organisations.subsidiary, 'DAGL', people.gulVinkel),
  role(organisations.cleaning, 'DAGL', people.skinnendeSape),
  role(organisations.cleaning, 'LEDE', '27839228096'),
  role(organisations.soleProprietor, 'INNH', people.snillElg, '2012-02-20'),
  role(organisations.bankrupt, 'DAGL', people.knustDrom, '2016-06-16'),
  role(organisations.bankrupt, 'LEDE', people.knustDrom, '2016-06-16'),
  role(organisations.bankrupt, 'BOBE', people.noyaktigBobestyrer, '2026-09-15'),
  role(organisations.dearVendor, 'DAGL', people.dyrebarDiamant),
  role(organisations.dearVendor, 'LEDE', people.dyrebarDiamant),
  role(organisations.partnership, 'DTSO', people.lekenBror, '2017-04-03'),
  role(organisations.partnership, 'DTSO', people.alvorligBror, '2017-04-03'),
  role(organisations.foreignBranch, 'KONT', people.utenlandskForbindelse, '2023-01-15'),
  role(organisations.auditor, 'DAGL', '07906925421'),
  role(organisations.operator, 'DAGL', people.flittigOperator, '2025-01-02'),
  role(organisations.newCleaning, 'DAGL', people.ferskFille, '2026-10-01'),
  role(organisations.agency, 'DAGL', people.villigVikar, '2024-02-01'),
  role(organisations.parcel, 'DAGL', people.punktligPakke, '2021-08-17'),
  role(organisations.parcel, 'LEDE', '16928849426', '2021-08-17'),
];

type Terms = { from?: string; to?: string; percentage?: number };

let employmentCount = 0;

function employ(unitNumber: string, nationalId: string, terms: Terms = {}): Employment {
  const place = units.find((one) => one.organisationNumber === unitNumber);
  if (place === undefined) throw new Error(`No such unit: ${unitNumber}`);
  employmentCount += 1;
  return {
    id: String(employmentCount),
    nationalId,
    unit: unitNumber,
    employer: place.parent,
    from: terms.from ?? '2025-01-01',
    to: terms.to ?? null,
    percentage: terms.percentage ?? 100,
  };
}

/** Forty current workers of BLÅ HAMMER AS: twenty-four in Oslo and sixteen in Tromsø. */
const osloWorkers = worldPeople
  .slice(0, 6)
  .concat(worldPeople.slice(12, 30))
  .map((one) => one.nationalId);
const tromsoWorkers = worldPeople
  .slice(6, 12)
  .concat(worldPeople.slice(30, 40))
  .map((one) => one.nationalId);

const employments: Employment[] = [
  ...osloWorkers.map((nationalId) =>
    // Two percent still counts as an active employment: the share is for the authority to see.
    employ(organisations.blueHammerOslo, nationalId, nationalId === '28928633871' ? { percentage: 2 } : {}),
  ),
  ...tromsoWorkers.map((nationalId) => employ(organisations.blueHammerTromso, nationalId)),
  employ(organisations.blueHammerOslo, people.ferdigSluttspurt, { from: '2023-02-01', to: '2026-03-31' }),
  employ(organisations.blueHammerTromso, people.kommendeMorgendag, { from: '2027-01-01' }),
  employ(organisations.subsidiaryUnit, people.gulVinkel, { from: '2021-05-05' }),
  employ(organisations.subsidiaryUnit, '04847102263', { from: '2022-01-01' }),
  employ(organisations.cleaningUnit, people.skinnendeSape, { from: '2018-09-01' }),
  employ(organisations.cleaningUnit, '27839228096'),
  employ(organisations.cleaningUnit, '31858906841'),
  employ(organisations.cleaningUnit, '18860050346', { percentage: 60 }),
  employ(organisations.cleaningUnit, '27919623484'),
  employ(organisations.cleaningUnit, '23868501707', { percentage: 50 }),
  employ(organisations.bankruptUnit, people.knustDrom, { from: '2016-06-16' }),
  employ(organisations.bankruptUnit, '17826728035'),
  employ(organisations.cheapVendorUnit, people.rimeligRegnestykke, { from: '2019-03-01' }),
  employ(organisations.cheapVendorUnit, people.hjelpsomHand),
  employ(organisations.cheapVendorUnit, people.presisPenn),
  employ(organisations.dearVendorUnit, people.dyrebarDiamant, { from: '2022-11-11' }),
  employ(organisations.dearVendorUnit, people.kosteligKape),
  employ(organisations.dearVendorUnit, people.gradigGribb),
  employ(organisations.authorityUnit, people.strengParagraf, { from: '2015-01-01' }),
  employ(organisations.authorityUnit, people.grundigMappe),
  employ(organisations.authorityUnit, people.skarpsyntOrn),
  employ(organisations.operatorUnit, people.flittigOperator, { from: '2025-01-02' }),
  employ(organisations.operatorUnit, people.tryggAvloser, { from: '2025-01-02' }),
  employ(organisations.parcelUnit, people.punktligPakke, { from: '2021-08-17' }),
  employ(organisations.parcelUnit, '16928849426'),
  employ(organisations.parcelUnit, '15859519668'),
  employ(organisations.newCleaningUnit, people.ferskFille, { from: '2026-10-01' }),
  employ(organisations.newCleaningUnit, '19828113790', { from: '2026-10-15' }),
  employ(organisations.newCleaningUnit, '23899217586', { from: '2026-10-15', percentage: 40 }),
  employ(organisations.agencyUnit, '05817621882', { from: '2024-02-01' }),
  employ(organisations.agencyUnit, '23928830519', { from: '2025-05-12', percentage: 80 }),
];

const approvals: Approval[] = [
  { register: 'cleaning', organisationNumber: organisations.cleaning, status: 4 },
  { register: 'cleaning', organisationNumber: organisations.newCleaning, status: 1 },
  { register: 'car-care', organisationNumber: organisations.partnership, status: 3 },
  { register: 'staffing', organisationNumber: organisations.agency, status: 5 },
];

const assignments: Assignment[] = [people.tuukkaTelakka, '06887928620', people.justynaRusztowanie].map(
  (nationalId, index) => ({
    id: String(index + 1),
    contractor: organisations.foreignBranch,
    client: organisations.blueHammer,
    place: 'Nytt skolebygg, Tromsø',
    nationalId,
    from: '2026-03-01',
    to: nationalId === people.justynaRusztowanie ? '2026-09-30' : null,
  }),
);

const notificationAddresses: NotificationAddress[] = [
  { id: 'v1', organisationNumber: organisations.blueHammer, email: 'post@blahammer.example' },
  { id: 'v2', organisationNumber: organisations.blueHammer, mobile: '+4799900019' },
  { id: 'v3', organisationNumber: organisations.blueHammerTromso, email: 'tromso@blahammer.example' },
  { id: 'v4', organisationNumber: organisations.cheapVendor, email: 'hei@rimeligkorthjelp.example' },
  { id: 'v5', organisationNumber: organisations.cleaning, email: 'kontor@blankflate.example' },
  { id: 'v6', organisationNumber: organisations.soleProprietor, mobile: '+4799900116' },
  { id: 'v7', organisationNumber: organisations.dearVendor, email: 'salg@dyrekort.example' },
  { id: 'v8', organisationNumber: organisations.parcel, email: 'post@punktligpakke.example' },
];

/** The world as it is before anything has happened in it. */
export const initialWorld: World = {
  people: worldPeople,
  businesses,
  units,
  roles,
  employments,
  approvals,
  assignments,
  notificationAddresses,
};

/** A person's whole name with single spaces. */
export function fullName(one: Pick<Person, 'givenName' | 'middleName' | 'familyName'>): string {
  return [one.givenName, one.middleName, one.familyName].filter((part) => part !== undefined).join(' ');
}
