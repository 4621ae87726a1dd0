/** Reads the code of a card with the camera or from a picture, and says what it proves, with or without a network. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { endToLastDay, formatDate, formatDateTime } from '../src/kernel/dates.ts';
import { formatOrganisationNumber } from '../src/kernel/organisation-number.ts';
import { readCardCode, type CodedCard } from '../src/offline/card-code.ts';
import { trust, type FindKey, type PublishedKey } from '../src/offline/cose.ts';
import { readStatusList, type StatusList } from '../src/offline/status-list.ts';
import { verdictOn, verdictOnText, type Verdict } from '../src/offline/verdict.ts';

const FRAME_MS = 150;
const REFRESH_MS = 5 * 60_000;

interface Known {
  readonly findKey: FindKey;
  readonly lists: ReadonlyMap<string, StatusList>;
}

type Language = 'nb' | 'en';

const place = document.querySelector<HTMLElement>('[data-scanner]');
if (place !== null) void begin(place);

async function begin(scanner: HTMLElement): Promise<void> {
  document.querySelector<HTMLElement>('[data-without-script]')?.remove();
  scanner.hidden = false;
  const { wasm = '', fills } = scanner.dataset;
  // From ourselves, and kept by the service worker: the library's own choice is a server elsewhere.
  prepareZXingModule({ overrides: { locateFile: () => wasm } });
  if (fills !== undefined) {
    watchAll(scanner, (text) => {
      sendWith(fills, text);
      return Promise.resolve();
    });
    return;
  }
  keepForLater(scanner);
  let known = await fetchKnown(scanner);
  setInterval(() => {
    void fetchKnown(scanner).then((newer) => {
      known = newer;
    });
  }, REFRESH_MS);
  watchAll(scanner, async (text) => {
    show(scanner, await answerTo(text, known));
  });
}

function watchAll(scanner: HTMLElement, seen: (text: string) => Promise<void>): void {
  watchCamera(scanner, seen);
  watchPicture(scanner, seen);
  scanner.dataset['state'] = 'ready';
}

/** Fills what was read into a field and sends its form: the server looks the card up. Nothing read is nothing sent. */
function sendWith(field: string, text: string): void {
  const input = document.querySelector<HTMLInputElement>(`input[name="${CSS.escape(field)}"]`);
  if (input === null || text === '') return;
  input.value = text;
  input.form?.requestSubmit();
}

/** Has the browser keep the page, its programs, the keys and the lists. */
function keepForLater({ dataset }: HTMLElement): void {
  const { worker = '', language = 'nb' } = dataset;
  if ('serviceWorker' in navigator) {
    // Without it everything works but without a network: nothing to tell of.
    navigator.serviceWorker.register(`${worker}?language=${language}`).catch(() => undefined);
  }
}

/** The keys and lists of the server, or those that the service worker has kept of it. */
async function fetchKnown(scanner: HTMLElement): Promise<Known> {
  const { keys = '', lists: listsPath = '' } = scanner.dataset;
  const findKey = await fetchKeys(keys).catch((): FindKey => () => undefined);
  const lists = new Map<string, StatusList>();
  for (const address of await listAddresses(listsPath).catch(() => [])) {
    const list = await fetchList(address, findKey).catch(() => undefined);
    if (list !== undefined) lists.set(address, list);
  }
  const oldest = Math.min(...[...lists.values()].map((list) => list.issuedAt.getTime()));
  tellReadiness(scanner, lists.size === 0 ? undefined : new Date(oldest));
  return { findKey, lists };
}

async function fetchKeys(path: string): Promise<FindKey> {
  const { keys } = (await (await fetch(path)).json()) as { keys: PublishedKey[] };
  return trust(keys);
}

async function listAddresses(path: string): Promise<string[]> {
  const answer = (await (await fetch(path)).json()) as { status_lists: string[] };
  return answer.status_lists;
}

async function fetchList(address: string, findKey: FindKey): Promise<StatusList | undefined> {
  // Wherever the list says that it stands, it is fetched from us.
  const response = await fetch(new URL(address).pathname);
  if (!response.ok) return undefined;
  const read = await readStatusList(new Uint8Array(await response.arrayBuffer()), address, findKey);
  return read.ok ? read.list : undefined;
}

function tellReadiness(scanner: HTMLElement, oldest: Date | undefined): void {
  const part = (name: string) => scanner.querySelector<HTMLElement>(`[data-${name}]`);
  const [ready, notReady, age] = [part('ready'), part('not-ready'), part('list-age')];
  if (ready !== null) ready.hidden = oldest === undefined;
  if (notReady !== null) notReady.hidden = oldest !== undefined;
  if (age !== null && oldest !== undefined)
    age.textContent = `${formatDateTime(oldest, languageOf(scanner))}.`;
}

async function answerTo(text: string, { findKey, lists }: Known): Promise<Verdict> {
  const read = await readCardCode(text, findKey);
  if (!read.ok && read.refusal === 'not-a-code') return verdictOnText(text, location.host);
  const list = read.ok ? lists.get(read.card.statusList) : undefined;
  return verdictOn(read, list, new Date());
}

function languageOf({ dataset }: HTMLElement): Language {
  return dataset['language'] === 'en' ? 'en' : 'nb';
}

function show(scanner: HTMLElement, verdict: Verdict): void {
  const template = document.querySelector<HTMLTemplateElement>(`template[data-verdict="${verdict.kind}"]`);
  const answers = scanner.querySelector<HTMLElement>('[data-verdicts]');
  if (template === null || answers === null) return;
  const shown = document.importNode(template.content, true);
  const values = valuesOf(verdict, languageOf(scanner));
  for (const field of shown.querySelectorAll<HTMLElement>('[data-value]')) {
    const value = values.get(field.dataset['value'] ?? '');
    if (value === undefined) field.remove();
    else field.textContent = value;
  }
  answers.replaceChildren(shown);
  answers.dataset['verdict'] = verdict.kind;
}

function valuesOf(verdict: Verdict, language: Language): Map<string, string> {
  const values = new Map<string, string>();
  if ('asOf' in verdict && verdict.asOf !== undefined)
    values.set('asOf', `${formatDateTime(verdict.asOf, language)}.`);
  if ('host' in verdict) values.set('host', verdict.host);
  if ('card' in verdict)
    for (const [field, value] of shownOf(verdict.card, language)) values.set(field, value);
  return values;
}

function shownOf(card: CodedCard, language: Language): [string, string][] {
  const types = document.querySelector<HTMLTemplateElement>('template[data-card-types]')?.content;
  const type = types?.querySelector(`[data-card-type="${CSS.escape(card.cardType)}"]`);
  return [
    ['holderName', card.holderName],
    ['birthDate', formatDate(card.birthDate, language)],
    ['employerName', card.employerName],
    ['organisationNumber', formatOrganisationNumber(card.organisationNumber)],
    ['cardType', type?.textContent ?? card.cardType],
    ['number', card.number],
    ['lastDay', formatDate(endToLastDay(card.expiresAt), language)],
  ];
}

async function read(picture: ImageData | Blob): Promise<string | undefined> {
  const [found] = await readBarcodes(picture, {
    formats: ['QRCode'],
    maxNumberOfSymbols: 1,
    tryHarder: true,
  });
  return found?.text;
}

function watchPicture(scanner: HTMLElement, seen: (text: string) => Promise<void>): void {
  const input = scanner.querySelector<HTMLInputElement>('[data-picture]');
  input?.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file === undefined) return;
    void read(file)
      .catch(() => undefined)
      .then((text) => seen(text ?? ''));
  });
}

function watchCamera(scanner: HTMLElement, seen: (text: string) => Promise<void>): void {
  const part = (name: string) => scanner.querySelector<HTMLElement>(`[data-${name}]`);
  const [start, stop, none] = [part('start'), part('stop'), part('no-camera')];
  const video = scanner.querySelector<HTMLVideoElement>('[data-camera]');
  if (start === null || stop === null || none === null || video === null) return;
  const running = (is: boolean) => {
    [start.hidden, stop.hidden, video.hidden] = [is, !is, !is];
  };
  start.addEventListener('click', () => {
    none.hidden = true;
    camera()
      .then(async (stream) => {
        running(true);
        await watch(stream, video, stop, seen);
      })
      .catch(() => {
        none.hidden = false;
      })
      .finally(() => {
        running(false);
      });
  });
}

function camera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 } },
    audio: false,
  });
}

/** Looks at one frame after the other until a code is seen or the camera is stopped. */
async function watch(
  stream: MediaStream,
  video: HTMLVideoElement,
  stop: HTMLElement,
  seen: (text: string) => Promise<void>,
): Promise<void> {
  const stopped = new AbortController();
  const end = () => {
    stopped.abort();
  };
  stop.addEventListener('click', end, { once: true });
  try {
    video.srcObject = stream;
    await video.play();
    while (!stopped.signal.aborted) {
      const text = await read(frameOf(video));
      if (text !== undefined && text !== '') {
        await seen(text);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    }
  } finally {
    stop.removeEventListener('click', end);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

const canvas = document.createElement('canvas');

function frameOf(video: HTMLVideoElement): ImageData {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  context.drawImage(video, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
