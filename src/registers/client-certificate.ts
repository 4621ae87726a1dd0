import { request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

/** A certificate chain and its private key, both PEM. */
export type ClientCertificate = { readonly certificate: string; readonly key: string };

/**
 * A `fetch` for a register that knows its clients by their certificate, since Node's own has no such option. It takes what
 * our HTTP client gives: an address as text, a method, headers, a text body and a signal; it follows no redirect.
 * `authority` is for tests: the PEM certificate that the server's is trusted by.
 */
export function fetchWithCertificate(
  { certificate, key }: ClientCertificate,
  authority?: string,
): typeof globalThis.fetch {
  const identity: RequestOptions = { cert: certificate, key, ...(authority ? { ca: authority } : {}) };
  return (input, init) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers, body, signal } = init ?? {};
      const sent = request(
        new URL(input instanceof Request ? input.url : input),
        {
          ...identity,
          method,
          headers: Object.fromEntries(new Headers(headers)),
          ...(signal ? { signal } : {}),
        },
        (answer) => {
          text(answer).then((read) => {
            const { statusCode = 500, headers: given } = answer;
            const kept = Object.entries(given).flatMap(([name, value]) =>
              typeof value === 'string' ? [[name, value] satisfies [string, string]] : [],
            );
            const bodiless = statusCode === 204 || statusCode === 304;
            resolve(new Response(bodiless ? null : read, { status: statusCode, headers: kept }));
          }, reject);
        },
      );
      // An aborted request says AbortError; why it was aborted stands in the signal.
      sent.on('error', (error) => reject(signal?.aborted === true ? (signal.reason as Error) : error));
      sent.end(typeof body === 'string' ? body : undefined);
    });
}
