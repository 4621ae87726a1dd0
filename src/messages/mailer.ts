import { createTransport } from 'nodemailer';
import { describeError } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Letter } from './rules.ts';

/** Why an e-mail was not taken: `refused` for good, by the receiver; `unavailable` for now. Masked, for the log. */
export interface MailError {
  readonly kind: 'refused' | 'unavailable';
  readonly reason: string;
}

/** One e-mail to one address. `messageId` stays the same when it is sent again. */
export interface Envelope extends Letter {
  readonly to: string;
  readonly messageId: string;
  /** Where it comes back to when it cannot be delivered; our own address unless said otherwise. */
  readonly returnTo?: string | undefined;
  readonly at: Date;
}

/** Hands e-mails to the mail server. */
export type SendMail = (mail: Envelope) => Promise<Result<void, MailError>>;

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;

/** A sender over SMTP (`smtp://` or `smtps://`, with user and password where needed). Nothing is read from files or links. */
export function createSendMail({ smtpUrl, from }: { smtpUrl: string; from: string }): SendMail {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ to, messageId, returnTo = from, at, subject, text, html }) => {
    try {
      await transport.sendMail({
        from: { name: 'Kortvakt', address: from },
        to: { name: '', address: to },
        envelope: { from: returnTo, to: [to] },
        messageId,
        date: at,
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      return ok(undefined);
    } catch (error) {
      const { code = '', message } = describeError(error);
      return err({ kind: isRefusal(error) ? 'refused' : 'unavailable', reason: `${code} ${message}`.trim() });
    }
  };
}

/** The receiver's "no such mailbox" (5xx to RCPT TO) is for good; everything else may pass. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('responseCode' in error)) return false;
  return error.code === 'EENVELOPE' && typeof error.responseCode === 'number' && error.responseCode >= 500;
}
