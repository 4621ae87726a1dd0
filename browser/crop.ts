/** Lets a photo be cut in the browser before its form is sent. Where anything of that fails, the photo is sent as it was chosen. */
import { CropperImage, CropperSelection } from 'cropperjs';

/** Width to height of the photo on a card. */
const RATIO = 3 / 4;
/** The largest that is worth sending: the server keeps no more. */
const SENT = { width: 900, height: 1200 };
/** A phone's camera takes more pixels than it takes to cut well, and than some phones can draw. */
const WORKED_ON = 1800;
const STEP = 12;

const TEMPLATE = `<cropper-canvas background>
  <cropper-image rotatable scalable translatable></cropper-image>
  <cropper-shade></cropper-shade>
  <cropper-selection movable resizable aspect-ratio="${String(RATIO)}">
    <cropper-grid role="presentation" bordered covered></cropper-grid>
    <cropper-handle action="move" theme-color="rgba(255, 255, 255, 0)"></cropper-handle>
    <cropper-handle action="ne-resize"></cropper-handle>
    <cropper-handle action="nw-resize"></cropper-handle>
    <cropper-handle action="se-resize"></cropper-handle>
    <cropper-handle action="sw-resize"></cropper-handle>
  </cropper-selection>
</cropper-canvas>`;

interface Cutting {
  readonly image: CropperImage;
  readonly selection: CropperSelection;
  /** Pixels of the photo for each that is shown. */
  scale: number;
}

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The photo upright, no larger than is worked on, as an address that our pages may show. */
async function drawn(file: File): Promise<{ readonly address: string; readonly longest: number }> {
  const bitmap = await createImageBitmap(file);
  const shrink = Math.min(1, WORKED_ON / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * shrink);
  canvas.height = Math.round(bitmap.height * shrink);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { address: canvas.toDataURL('image/jpeg', 0.95), longest: Math.max(canvas.width, canvas.height) };
}

/** Where the photo is shown, within the stage. */
function shown({ image, selection }: Cutting): Frame {
  const [photo, stage] = [image.getBoundingClientRect(), selection.parentElement?.getBoundingClientRect()];
  const { width, height } = photo;
  return { x: photo.x - (stage?.x ?? 0), y: photo.y - (stage?.y ?? 0), width, height };
}

function isWithin(inner: Frame, outer: Frame): boolean {
  const slack = 1;
  return (
    inner.x >= outer.x - slack &&
    inner.y >= outer.y - slack &&
    inner.x + inner.width <= outer.x + outer.width + slack &&
    inner.y + inner.height <= outer.y + outer.height + slack
  );
}

/** The whole photo on the stage, and the largest frame in its middle. */
function begin(cutting: Cutting, natural: number): void {
  cutting.image.$center('contain');
  const outer = shown(cutting);
  cutting.scale = natural / Math.max(outer.width, outer.height);
  const height = Math.min(outer.height, outer.width / RATIO);
  place(cutting, height, outer.x + outer.width / 2, outer.y + outer.height / 2);
}

/** Puts a frame of that height with its middle there, or as near as the photo reaches. */
function place(cutting: Cutting, wanted: number, x: number, y: number): void {
  const outer = shown(cutting);
  const height = Math.max(40, Math.min(wanted, outer.height, outer.width / RATIO));
  const width = height * RATIO;
  const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
  cutting.selection.$change(
    clamp(x - width / 2, outer.x, outer.x + outer.width - width),
    clamp(y - height / 2, outer.y, outer.y + outer.height - height),
    width,
    height,
  );
}

function press(name: string | undefined, cutting: Cutting, natural: number): void {
  const { x, y, width, height } = cutting.selection;
  const [middle, centre] = [x + width / 2, y + height / 2];
  const to = (dx: number, dy: number, factor = 1) => {
    place(cutting, height * factor, middle + dx, centre + dy);
  };
  if (name === 'larger') to(0, 0, 1.1);
  if (name === 'smaller') to(0, 0, 1 / 1.1);
  if (name === 'left') to(-STEP, 0);
  if (name === 'right') to(STEP, 0);
  if (name === 'up') to(0, -STEP);
  if (name === 'down') to(0, STEP);
  if (name === 'turn') {
    cutting.image.$rotate('90deg');
    begin(cutting, natural);
  }
}

/** What is in the frame, as a file. */
async function cut({ selection, scale }: Cutting): Promise<File | undefined> {
  const width = Math.min(SENT.width, Math.round(selection.width * scale));
  const canvas = await selection.$toCanvas({ width, height: Math.round(width / RATIO) });
  const blob = await new Promise<Blob | null>((done) => {
    canvas.toBlob(done, 'image/jpeg', 0.92);
  });
  return blob === null ? undefined : new File([blob], 'photo.jpg', { type: 'image/jpeg' });
}

async function open(stage: HTMLElement, file: File): Promise<{ cutting: Cutting; natural: number }> {
  const { address, longest: natural } = await drawn(file);
  stage.innerHTML = TEMPLATE;
  const image = stage.querySelector('cropper-image');
  const selection = stage.querySelector('cropper-selection');
  if (!(image instanceof CropperImage && selection instanceof CropperSelection))
    throw new Error('There is no frame.');
  image.src = address;
  await image.$ready();
  const cutting: Cutting = { image, selection, scale: 1 };
  begin(cutting, natural);
  // The photo itself stays where it is: it is the frame that is moved, and it holds nothing but photo.
  image.translatable = false;
  image.scalable = false;
  selection.addEventListener('change', (event) => {
    if (event instanceof CustomEvent && !isWithin(event.detail as Frame, shown(cutting)))
      event.preventDefault();
  });
  return { cutting, natural };
}

function enhance(place: HTMLElement): void {
  const field = place.querySelector<HTMLInputElement>('input[type=file]');
  const tools = place.querySelector<HTMLElement>('[data-crop-tools]');
  const stage = place.querySelector<HTMLElement>('[data-crop-stage]');
  const form = field?.form;
  if (!field || !tools || !stage || !form) return;
  let opened: Awaited<ReturnType<typeof open>> | undefined;
  let sending = false;
  field.addEventListener('change', () => {
    opened = undefined;
    const [file] = field.files ?? [];
    tools.hidden = file === undefined;
    if (file === undefined) return;
    open(stage, file).then(
      (ready) => {
        if (field.files?.[0] === file) opened = ready;
      },
      () => {
        tools.hidden = true;
      },
    );
  });
  for (const button of tools.querySelectorAll<HTMLButtonElement>('[data-crop-do]')) {
    button.addEventListener('click', () => {
      if (opened) press(button.dataset['cropDo'], opened.cutting, opened.natural);
    });
  }
  form.addEventListener('submit', (event) => {
    if (sending) event.preventDefault();
    if (sending || !opened) return;
    event.preventDefault();
    sending = true;
    cut(opened.cutting)
      .then((file) => {
        if (file === undefined) return;
        const files = new DataTransfer();
        files.items.add(file);
        field.files = files.files;
      })
      .catch(() => undefined)
      .finally(() => {
        form.submit();
      });
  });
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) sending = false;
  });
}

for (const place of document.querySelectorAll<HTMLElement>('[data-crop]')) enhance(place);
