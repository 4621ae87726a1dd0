import { z } from 'zod';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  createHttpClient,
  type ClientOptions,
  type HttpClient,
  type RegisterError,
  type TokenSource,
} from './http-client.ts';

/** One text message to one number with its country (+47…). */
export type TextMessage = {
  /** Ordering with the same key again orders nothing more. */
  readonly key: string;
  readonly to: string;
  readonly text: string;
};

/** Where a text message stands: handed over to the telephone, on its way, or why it never got there. */
export type TextMessageStatus = 'delivered' | 'under-way' | 'no-such-number' | 'refused' | 'failed';

/** Altinn Notifications: sends text messages for the public sector. */
export type AltinnNotifications = {
  /** Orders a text message; answers with what its status is asked for by. `invalid`: the number takes none. */
  orderSms(message: TextMessage): Promise<Result<{ readonly shipmentId: string }, RegisterError>>;
  /** Where an ordered text message stands. */
  status(shipmentId: string): Promise<Result<TextMessageStatus, RegisterError>>;
};

export const altinnNotificationsScope = 'altinn:serviceowner/notifications.create';

const orderAnswer = z.object({ notification: z.object({ shipmentId: z.string().min(1).max(100) }) });
const shipmentAnswer = z.object({ recipients: z.array(z.object({ status: z.string() })) });

/** A client of the platform's API, version 2; `token` is Maskinporten's, which Altinn changes for one of its own. */
export function createAltinnNotifications(options: ClientOptions): AltinnNotifications {
  const tokens = exchanged(options);
  const request = createHttpClient('altinn-notifications', { ...options, token: tokens.token });
  const client: HttpClient = async (asked) => {
    const answer = await request(asked);
    if (!answer.ok && answer.error.kind === 'refused') tokens.forget();
    return answer;
  };
  return {
    async orderSms({ key, to, text }) {
      const answer = await client({
        path: '/notifications/api/v1/future/orders',
        body: {
          json: {
            idempotencyId: key,
            sendersReference: key,
            recipient: {
              recipientSms: {
                phoneNumber: to,
                smsSettings: { body: text, sendingTimePolicy: 'Anytime' },
              },
            },
          },
        },
        repeatable: true,
        invalid: [400, 422],
        answer: orderAnswer,
      });
      return answer.ok ? ok({ shipmentId: answer.value.notification.shipmentId }) : answer;
    },
    async status(shipmentId) {
      const answer = await client({
        path: `/notifications/api/v1/future/shipment/${encodeURIComponent(shipmentId)}`,
        answer: shipmentAnswer,
      });
      return answer.ok ? ok(statusOf(answer.value.recipients[0]?.status)) : answer;
    },
  };
}

/** As Altinn names them; a failure that is not known here is one all the same. */
const FAILURES: Readonly<Record<string, TextMessageStatus>> = {
  SMS_Failed_InvalidRecipient: 'no-such-number',
  SMS_Failed_RecipientNotIdentified: 'no-such-number',
  SMS_Failed_BarredReceiver: 'refused',
  SMS_Failed_RecipientReserved: 'refused',
  SMS_Failed_Rejected: 'refused',
};

function statusOf(status: string | undefined): TextMessageStatus {
  if (status === 'SMS_Delivered') return 'delivered';
  return status?.startsWith('SMS_Failed') === true ? (FAILURES[status] ?? 'failed') : 'under-way';
}

/** Altinn's tokens last half an hour; one is asked for anew long before. */
const TOKEN_MS = 5 * 60_000;

function exchanged(options: ClientOptions): { readonly token: TokenSource; forget(): void } {
  const client = createHttpClient('altinn-notifications', options);
  let known: { readonly token: string; readonly until: number } | undefined;
  const token: TokenSource = async () => {
    if (known !== undefined && Date.now() < known.until) return ok(known.token);
    const answer = await client({
      path: '/authentication/api/v1/exchange/maskinporten',
      reads: 'text',
      answer: z
        .string()
        .transform((text) => text.trim().replace(/^"|"$/gu, ''))
        .pipe(z.string().regex(/^[\w.-]+$/u)),
    });
    if (!answer.ok) return err(answer.error);
    known = { token: answer.value, until: Date.now() + TOKEN_MS };
    return ok(answer.value);
  };
  return {
    token,
    forget: () => {
      known = undefined;
    },
  };
}
