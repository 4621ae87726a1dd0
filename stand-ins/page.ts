import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup in which everything put in has been escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole page of the stand-ins: plain, readable, and clearly not a real service. */
export function page(title: string, content: Html, language: 'nb' | 'en' = 'en'): Html {
  const banner =
    language === 'nb'
      ? 'Stand-in med syntetiske personer. Dette er ikke en ekte tjeneste.'
      : 'A stand-in with synthetic people. This is not a real service.';
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          body {
            font:
              1.05rem/1.5 system-ui,
              sans-serif;
            color: #1d2733;
            background: #f4f5f7;
            margin: 0;
          }
          header {
            background: #fff3c4;
            border-bottom: 1px solid #8a6d00;
            padding: 0.5rem 1.5rem;
          }
          main {
            max-width: 60rem;
            margin: 1.5rem auto;
            padding: 0.5rem 1.5rem 2rem;
            background: #fff;
            border-radius: 0.5rem;
          }
          h1 {
            font-size: 1.6rem;
          }
          h2 {
            font-size: 1.15rem;
            margin: 1.5rem 0 0.25rem;
          }
          a {
            color: #0b4a8f;
          }
          h3 {
            font-size: 1rem;
            margin: 1rem 0 0.25rem;
          }
          ul.people {
            list-style: none;
            padding: 0;
            margin: 0;
            display: grid;
            grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
            gap: 0.4rem;
          }
          button,
          input,
          select {
            font: inherit;
          }
          button {
            cursor: pointer;
            padding: 0.35rem 0.8rem;
            border: 1px solid #0b4a8f;
            border-radius: 0.3rem;
            background: #fff;
            color: #0b4a8f;
          }
          button.main {
            background: #0b4a8f;
            color: #fff;
          }
          button:focus-visible,
          input:focus-visible,
          select:focus-visible,
          a:focus-visible {
            outline: 3px solid #d4590a;
            outline-offset: 2px;
          }
          input:not([type='radio']),
          select {
            padding: 0.3rem 0.5rem;
            border: 1px solid #5c6773;
            border-radius: 0.3rem;
            max-width: 100%;
          }
          small {
            display: block;
            color: #475360;
          }
          fieldset {
            border: 1px solid #c3c9d0;
            border-radius: 0.3rem;
            margin: 1rem 0;
          }
          label {
            margin-right: 1rem;
          }
          .field {
            margin: 0.5rem 0;
          }
          .error {
            border-left: 0.4rem solid #b3261e;
            background: #fbe9e7;
            padding: 0.6rem 1rem;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          th,
          td {
            text-align: left;
            padding: 0.35rem 0.6rem;
            border-bottom: 1px solid #c3c9d0;
          }
          pre {
            white-space: pre-wrap;
            font: inherit;
            background: #f4f5f7;
            padding: 1rem;
          }
          iframe {
            display: none;
          }
        </style>
      </head>
      <body>
        <header>${banner}</header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}
