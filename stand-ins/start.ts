import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { html } from 'hono/html';
import type { JSONWebKeySet } from 'jose';
import { aareg } from './aareg.ts';
import { accessPoint } from './access-point.ts';
import { altinnNotifications, smsPages } from './altinn-notifications.ts';
import { assignments } from './assignments.ts';
import { cardIssuer } from './card-issuer.ts';
import { misbehave, type MachineClient, type StandInContext } from './context.ts';
import { controlOf, controlPages, type Control } from './control.ts';
import { authorisedEnhetsregisteret, openEnhetsregisteret } from './enhetsregisteret.ts';
import { folkeregisteret } from './folkeregisteret.ts';
import { idporten } from './idporten.ts';
import { kofuvi } from './kofuvi.ts';
import { krr } from './krr.ts';
import { carCareRegister, cleaningRegister, staffingRegister } from './labour-inspection.ts';
import { mailPages, startMailServer } from './mail.ts';
import { maskinporten } from './maskinporten.ts';
import { page } from './page.ts';
import { openStore, type Store } from './state.ts';
import { organisations } from './world.ts';

/** Every scope that a client of these stand-ins may be given. */
const allScopes = [
  'brreg:data:enhetsregisteret:roller',
  'nav:aareg/v1/arbeidsforhold',
  'folkeregister:deling/offentligmedhjemmel',
  'krr:global/kontaktinformasjon.read',
  'kortvakt:cards.produce',
  'kortvakt:invoices.send',
  'skatteetaten:arbeidsforholdioppdrag',
  'altinn:serviceowner/notifications.create',
] as const;

export type StandInOptions = {
  /** Ports; 0 (the default) for any free one. */
  idportenPort?: number;
  servicesPort?: number;
  smtpPort?: number;
  /** Where the state is kept across restarts; without it, the state lives in memory only. */
  stateFolder?: string;
  /** The origin of the app that logs in; its callback addresses are derived from it. */
  appOrigin: string;
  /** More origins that are registered for the same client, such as a second process of the app. */
  otherAppOrigins?: readonly string[];
  /** The app's client at ID-porten, with its public keys. */
  idportenClient: { clientId?: string; jwks: JSONWebKeySet };
  /** The app's client at Maskinporten, with its public keys; by default it has every scope. */
  maskinportenClient: { clientId?: string; jwks: JSONWebKeySet; organisationNumber?: string };
  /** The app's public keys, with which it signs what it hands over to the card issuer. */
  signingJwks: JSONWebKeySet;
  /** More clients of Maskinporten, such as a vendor's system. */
  machineClients?: readonly MachineClient[];
  /** Milliseconds from acknowledged to produced, and from produced to shipped. Default 1000. */
  productionStepMs?: number;
};

export type StandIns = {
  idportenOrigin: string;
  servicesOrigin: string;
  smtpPort: number;
  control: Control;
  /** Closes every port and writes the state. */
  stop(): Promise<void>;
};

/**
 * Starts a world of its own: ID-porten on one port, all other HTTP services on a second, mail on a third.
 * Rejects with the error of the port that is in use.
 */
export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  const store = await openStore(options.stateFolder);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
    store.flush();
  };
  try {
    const login = await listen(options.idportenPort ?? 0);
    started.push(login);
    const services = await listen(options.servicesPort ?? 0);
    started.push(services);
    const mail = await startMailServer(store, options.smtpPort ?? 0);
    started.push(mail);

    const context = contextOf(store, services.origin, options);
    services.handle(getRequestListener(servicesApp(context).fetch));
    login.handle(withFaults(store, idporten({ store, issuer: login.origin, ...loginOptions(options) })));
    return {
      idportenOrigin: login.origin,
      servicesOrigin: services.origin,
      smtpPort: mail.port,
      control: controlOf(store),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function contextOf(store: Store, servicesOrigin: string, options: StandInOptions): StandInContext {
  const {
    clientId = 'kortvakt',
    jwks,
    organisationNumber = organisations.operator,
  } = options.maskinportenClient;
  return {
    store,
    servicesOrigin,
    machineClients: [
      { clientId, jwks, organisationNumber, scopes: allScopes },
      ...(options.machineClients ?? []),
    ],
    signingJwks: options.signingJwks,
    productionStepMs: options.productionStepMs ?? 1000,
  };
}

function loginOptions(options: StandInOptions): {
  clientId: string;
  jwks: JSONWebKeySet;
  appOrigins: readonly string[];
} {
  const { clientId = 'kortvakt', jwks } = options.idportenClient;
  return { clientId, jwks, appOrigins: [options.appOrigin, ...(options.otherAppOrigins ?? [])] };
}

function servicesApp(context: StandInContext): Hono {
  const app = new Hono();
  app.get('/', (c) =>
    c.html(
      page(
        'Stand-ins',
        html`<ul>
          <li><a href="/mail">Sent mail</a></li>
          <li><a href="/sms">Sent text messages</a></li>
          <li><a href="/control">Control</a></li>
        </ul>`,
      ),
    ),
  );
  app.route('/maskinporten', maskinporten(context));
  app.route('/enhetsregisteret/api', openEnhetsregisteret(context));
  app.route('/enhetsregisteret/autorisert-api', authorisedEnhetsregisteret(context));
  app.route('/aareg/v1/arbeidsforhold', aareg(context));
  app.route('/folkeregisteret', folkeregisteret(context));
  app.route('/krr', krr(context));
  app.route('/kofuvi', kofuvi(context));
  app.route('/card-issuer', cardIssuer(context));
  app.route('/access-point', accessPoint(context));
  app.route('/renhold_register.xml', cleaningRegister(context));
  app.route('/bilpleieregisteret/api', carCareRegister(context));
  app.route('/bemanningsforetaksregisteret2/api', staffingRegister(context));
  app.route('/arbeidsforholdioppdrag', assignments(context));
  app.route('/altinn', altinnNotifications(context));
  app.route('/control', controlPages(context.store));
  app.route('/', mailPages(context.store));
  app.route('/', smsPages(context.store));
  return app;
}

function withFaults(store: Store, listener: RequestListener): RequestListener {
  return (request, response) => {
    void misbehave(store, 'idporten').then((status) => {
      if (status === undefined) listener(request, response);
      else response.writeHead(status).end();
    });
  };
}

type Listening = { origin: string; handle(listener: RequestListener): void; stop(): Promise<void> };

/** Opens the port first, since the address is part of what a service says about itself. */
async function listen(port: number): Promise<Listening> {
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503).end();
  };
  const server: Server = createServer((request, response) => {
    listener(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://localhost:${String((server.address() as AddressInfo).port)}`,
    handle: (next) => {
      listener = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
