import { aaregScope, createAareg, type Aareg } from './aareg.ts';
import { accessPointScope, createAccessPoint, type AccessPoint } from './access-point.ts';
import {
  type AltinnNotifications,
  altinnNotificationsScope,
  createAltinnNotifications,
} from './altinn-notifications.ts';
import {
  type ApprovalRegister,
  createCarCareRegister,
  createCleaningRegister,
  createStaffingRegister,
} from './approvals.ts';
import { type Assignments, assignmentsScope, createAssignments } from './assignments.ts';
import { cardIssuerScope, createCardIssuer, type CardIssuer, type CardIssuerOptions } from './card-issuer.ts';
import { createEnhetsregisteret, rolesScope, type Enhetsregisteret } from './enhetsregisteret.ts';
import { createFolkeregisteret, folkeregisteretScope, type Folkeregisteret } from './folkeregisteret.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { ClientOptions, TokenSource } from './http-client.ts';
import { createKofuvi, type Kofuvi } from './kofuvi.ts';
import { createKrr, krrScope, type Krr } from './krr.ts';
import { createMaskinporten, type MaskinportenOptions } from './maskinporten.ts';

export type { AccessPoint } from './access-point.ts';
export type { Aareg, Employment } from './aareg.ts';
export type { AltinnNotifications, TextMessageStatus } from './altinn-notifications.ts';
export type { ApprovalStanding } from './approvals.ts';
export type { Assignment } from './assignments.ts';
export type { CardIssuer, CardToProduce, ProductionStatus, ReturnedCard } from './card-issuer.ts';
export type { Enhetsregisteret, RegisteredBusiness, RegisteredUnit, RoleHolder } from './enhetsregisteret.ts';
export type { Folkeregisteret, RegisteredPerson } from './folkeregisteret.ts';
export type { RegisterError } from './http-client.ts';
export type { Kofuvi } from './kofuvi.ts';
export type { Krr, PersonContact } from './krr.ts';

/** The clients of every register that we ask. */
export type Registers = {
  readonly enhetsregisteret: Enhetsregisteret;
  readonly aareg: Aareg;
  readonly folkeregisteret: Folkeregisteret;
  readonly krr: Krr;
  readonly kofuvi: Kofuvi;
  readonly cardIssuer: CardIssuer;
  readonly accessPoint: AccessPoint;
  readonly cleaning: ApprovalRegister;
  readonly carCare: ApprovalRegister;
  readonly staffing: ApprovalRegister;
  readonly assignments: Assignments;
  /** Left out where text messages are not set up. */
  readonly altinnNotifications: AltinnNotifications | undefined;
};

/** Where the registers are and who we are to them; the parts of the configuration by the same names. */
export type RegistersConfig = {
  readonly maskinporten: Pick<MaskinportenOptions, 'issuer' | 'clientId' | 'privateJwk'>;
  readonly registers: {
    readonly enhetsregisteretUrl: string;
    readonly enhetsregisteretAuthorisedUrl: string;
    readonly aaregUrl: string;
    readonly folkeregisteretUrl: string;
    readonly krrUrl: string;
    readonly kofuviUrl: string;
    readonly kofuviCertificate?: ClientCertificate | undefined;
    readonly cardIssuerUrl: string;
    readonly accessPointUrl: string;
    readonly cleaningUrl: string;
    readonly carCareUrl: string;
    readonly staffingUrl: string;
    readonly assignmentsUrl: string;
    readonly altinnUrl?: string | undefined;
  };
  readonly secrets: Pick<CardIssuerOptions, 'signingJwk'>;
  /** Whether made-up people count as people. */
  readonly allowSynthetic: boolean;
};

/** All clients over one source of Maskinporten tokens. `tuning` is for tests. */
export function createRegisters(
  { maskinporten, registers, secrets, allowSynthetic: synthetic }: RegistersConfig,
  tuning: Pick<ClientOptions, 'fetch' | 'timeoutMs' | 'backOffMs'> = {},
): Registers {
  const tokens = createMaskinporten({ ...maskinporten, ...tuning });
  const tokenFor =
    (scope: string, resource?: string): TokenSource =>
    () =>
      tokens.token([scope], resource === undefined ? {} : { resource });
  const authorisedBaseUrl = registers.enhetsregisteretAuthorisedUrl;
  return {
    enhetsregisteret: createEnhetsregisteret({
      ...tuning,
      baseUrl: registers.enhetsregisteretUrl,
      authorisedBaseUrl,
      token: tokenFor(rolesScope, authorisedBaseUrl),
      synthetic,
    }),
    aareg: createAareg({ ...tuning, baseUrl: registers.aaregUrl, token: tokenFor(aaregScope), synthetic }),
    folkeregisteret: createFolkeregisteret({
      ...tuning,
      baseUrl: registers.folkeregisteretUrl,
      token: tokenFor(folkeregisteretScope),
      synthetic,
    }),
    krr: createKrr({ ...tuning, baseUrl: registers.krrUrl, token: tokenFor(krrScope), synthetic }),
    kofuvi: createKofuvi({
      ...tuning,
      baseUrl: registers.kofuviUrl,
      certificate: registers.kofuviCertificate,
    }),
    cardIssuer: createCardIssuer({
      ...tuning,
      baseUrl: registers.cardIssuerUrl,
      token: tokenFor(cardIssuerScope),
      signingJwk: secrets.signingJwk,
    }),
    accessPoint: createAccessPoint({
      ...tuning,
      baseUrl: registers.accessPointUrl,
      token: tokenFor(accessPointScope),
    }),
    cleaning: createCleaningRegister({ ...tuning, baseUrl: registers.cleaningUrl }),
    carCare: createCarCareRegister({ ...tuning, baseUrl: registers.carCareUrl }),
    staffing: createStaffingRegister({ ...tuning, baseUrl: registers.staffingUrl }),
    assignments: createAssignments({
      ...tuning,
      baseUrl: registers.assignmentsUrl,
      token: tokenFor(assignmentsScope),
      synthetic,
    }),
    altinnNotifications:
      registers.altinnUrl === undefined
        ? undefined
        : createAltinnNotifications({
            ...tuning,
            baseUrl: registers.altinnUrl,
            token: tokenFor(altinnNotificationsScope),
          }),
  };
}
