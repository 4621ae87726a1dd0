import { endToLastDay, formatDate } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { createPdf } from '../web/pdf.ts';
import type { LetterRecipient } from './staff-thread-records.ts';
import type { Thread } from './thread-records.ts';

/** What a letter is written from. `t` is in Norwegian: it goes to a business. */
export interface LetterText {
  readonly thread: Thread;
  readonly recipient: LetterRecipient;
  readonly sender: string;
  readonly language: Language;
  readonly t: (key: string, values?: Readonly<Record<string, string>>) => string;
}

/** What the authority wrote in a thread as a letter for the post, with where it can be answered. */
export function drawLetter(letter: LetterText, origin: string): Promise<Buffer> {
  const { thread, recipient, sender, language, t } = letter;
  const written = thread.messages.filter(({ side }) => side === 'authority');
  const at = written.at(-1)?.sentAt ?? thread.createdAt;
  return createPdf({ title: thread.subject, language, at }, (writer) => {
    writer.paragraph([recipient.name, ...recipient.address].join('\n'));
    writer.terms([
      [t('messages:letter.from'), sender],
      [t('messages:letter.number'), formatOrganisationNumber(recipient.organisationNumber)],
      [t('messages:letter.date'), formatDate(at, language)],
      ...(thread.deadline === null
        ? []
        : [[t('messages:field.deadline'), formatDate(endToLastDay(thread.deadline), language)] as const]),
    ]);
    writer.heading(1, thread.subject);
    for (const { body } of written)
      for (const paragraph of body.split(/\n{2,}/u)) writer.paragraph(paragraph);
    const files = written.flatMap(({ attachments }) => attachments.map(({ fileName }) => fileName));
    if (files.length > 0) {
      writer.heading(2, t('messages:letter.attachments'));
      writer.list(files);
    }
    writer.paragraph(t('messages:letter.where', { origin }));
  });
}
