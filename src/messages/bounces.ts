import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { Vault } from '../database/encryption.ts';
import type { JobLog } from '../jobs/index.ts';
import type { BounceReason } from './escalation-records.ts';

/** Makes and reads the addresses that undeliverable e-mail comes back to: one for each delivery, which nobody can make up. */
export interface ReturnAddresses {
  readonly of: (deliveryId: string) => string;
  /** The delivery of an address of ours; undefined for any other. */
  readonly read: (address: string) => string | undefined;
}

export function createReturnAddresses(vault: Pick<Vault, 'hash'>, domain: string): ReturnAddresses {
  const seal = (hex: string) => vault.hash(`bounce:${hex}`).toString('hex').slice(0, 24);
  return {
    of: (deliveryId) => {
      const hex = deliveryId.replaceAll('-', '');
      return `b-${hex}-${seal(hex)}@${domain}`;
    },
    read: (address) => {
      const [, hex, given, at] = /^b-([0-9a-f]{32})-([0-9a-f]{24})@(.+)$/iu.exec(address) ?? [];
      if (hex === undefined || given === undefined || at?.toLowerCase() !== domain.toLowerCase())
        return undefined;
      const known = seal(hex.toLowerCase());
      if (!timingSafeEqual(Buffer.from(known), Buffer.from(given.toLowerCase()))) return undefined;
      return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
    },
  };
}

/** Why a mail came back, by its report (RFC 3464); undefined when it is no report of a failure: a delay, or an answer of a person's. */
export function bounceOf(mail: Pick<ParsedMail, 'attachments'>): BounceReason | undefined {
  const report = mail.attachments.find(({ contentType }) => contentType === 'message/delivery-status');
  if (report === undefined) return undefined;
  const fields = report.content.toString('utf8');
  const action = /^action:\s*(\S+)/imu.exec(fields)?.[1]?.toLowerCase();
  if (action !== 'failed') return undefined;
  const [, , subject = '', detail = ''] = /^status:\s*([245])\.(\d{1,3})\.(\d{1,3})/imu.exec(fields) ?? [];
  if (subject === '2' && detail === '2') return 'mailbox-full';
  if (subject === '1' || (subject === '2' && detail === '1')) return 'no-mailbox';
  return subject === '7' ? 'refused' : 'other';
}

const LARGEST = 1_000_000;

export interface BounceListenerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  readonly addresses: Pick<ReturnAddresses, 'read'>;
  /** Called for each report of a failure. When it throws, the sender is told to come again. */
  readonly onBounce: (deliveryId: string, reason: BounceReason) => Promise<unknown>;
  readonly log: JobLog;
}

/** A mail server that takes reports of what could not be delivered, to addresses of ours alone, and nothing else. */
export async function startBounceListener(
  options: BounceListenerOptions,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const { addresses, onBounce, log } = options;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: LARGEST,
    socketTimeout: 60_000,
    onRcptTo: ({ address }, _session, answer) => {
      if (addresses.read(address) === undefined) answer(smtpError(550, 'No such mailbox'));
      else answer();
    },
    onData: (stream, session, answer) => {
      const deliveries = session.envelope.rcptTo.flatMap(({ address }) => addresses.read(address) ?? []);
      simpleParser(stream, { keepDeliveryStatus: true, skipTextToHtml: true })
        .then(async (mail) => {
          const reason = bounceOf(mail);
          if (reason === undefined) return;
          for (const deliveryId of deliveries) await onBounce(deliveryId, reason);
        })
        .then(
          () => {
            answer();
          },
          (error: unknown) => {
            log.warn(
              { error: error instanceof Error ? error.name : 'unknown' },
              'A bounce could not be noted',
            );
            answer(smtpError(451, 'Try again later'));
          },
        );
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

const smtpError = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode });
