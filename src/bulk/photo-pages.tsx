import { z } from 'zod';
import {
  type ActingFor,
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
} from '../access/index.ts';
import { isUuid, uuidv7 } from '../kernel/ids.ts';
import { missing } from '../orders/index.ts';
import {
  Actions,
  Alert,
  DateText,
  Lead,
  Link,
  LinkButton,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import { emptyForm, formWithErrors, type FormState, readForm } from '../web/form-parsing.ts';
import { FileField, HiddenField, PostForm, Select, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import {
  archiveView,
  type ArchiveView,
  assignPhoto,
  fileThumbnail,
  fileView,
  type FileView,
  type PhotoDeps,
  photoStartView,
  placePhotos,
  sendArchive,
} from './photo-actions.ts';
import {
  type Answer,
  answerFailure,
  awaits,
  Failed,
  FilteredList,
  type Page,
  shownOf,
  shownQuery,
  Waiting,
} from './parts.tsx';
import { MAX_ARCHIVE_BYTES, MAX_PHOTOS } from './photo-archive.ts';
import { type Archive, MOST_OPEN, PHOTO_FILTERS, type PhotoFile, type Purpose } from './photo-records.ts';

const archivePath = (acting: ActingFor, id: string) => businessPath(acting, `/orders/photos/${id}`);

/** What the photos are for, by the address. */
function purposeOf(c: Page): Purpose | undefined {
  const [order, upload] = [c.req.param('order'), c.req.param('upload')];
  if (isUuid(order)) return { orderId: order };
  return isUuid(upload) ? { uploadId: upload } : undefined;
}

function startPath(acting: ActingFor, purpose: Purpose): string {
  return businessPath(
    acting,
    'orderId' in purpose ? `/orders/${purpose.orderId}/photos` : `/orders/file/${purpose.uploadId}/photos`,
  );
}

/** Where the photos belong: the order, or the file that the orders came of. */
function homeOf(acting: ActingFor, purpose: Purpose | undefined): string {
  if (purpose === undefined) return businessPath(acting, '/orders');
  return businessPath(
    acting,
    'orderId' in purpose ? `/orders/${purpose.orderId}` : `/orders/file/${purpose.uploadId}?show=placed`,
  );
}

const ofArchive = ({ orderId, uploadId }: Archive): Purpose | undefined => {
  if (orderId !== null) return { orderId };
  return uploadId === null ? undefined : { uploadId };
};

function crumbs(c: Page, purpose: Purpose | undefined) {
  const acting = requireActing(c);
  const t = c.get('t');
  return [
    { label: t('orders:list.title'), href: businessPath(acting, '/orders') },
    ...(purpose === undefined
      ? []
      : [
          { label: t('bulk:photos.home'), href: homeOf(acting, purpose) },
          { label: t('bulk:photos.title'), href: startPath(acting, purpose) },
        ]),
  ];
}

// An archive to send --------------------------------------------------------------------------------------------------

/** GET /orders/:order/photos and /orders/file/:upload/photos: an archive to send for their lines, and what was sent before. */
export function showPhotoStart(c: Page, deps: PhotoDeps): Promise<Response> {
  const purpose = purposeOf(c);
  return purpose === undefined ? Promise.resolve(missing(c)) : drawStart(c, deps, purpose, emptyForm);
}

/** POST /orders/:order/photos and /orders/file/:upload/photos: keeps the archive, to be read soon. */
export async function sendPhotoStart(c: Page, deps: PhotoDeps): Promise<Response> {
  const purpose = purposeOf(c);
  if (purpose === undefined) return missing(c);
  const acting = requireActing(c);
  const form = await readForm(c);
  const key = z.uuid().safeParse(form.get('key'));
  const sent = form.get('file');
  const kept = await sendArchive(deps, acting, {
    key: key.success ? key.data : uuidv7(),
    fileName: sent instanceof File ? sent.name : '',
    archive: sent instanceof File ? sent : new Blob([]),
    purpose,
  });
  if (kept.ok) return c.redirect(archivePath(acting, kept.value.archiveId), 303);
  const { error } = kept;
  if (typeof error !== 'string') return refusedPage(c, error);
  if (error === 'missing') return missing(c);
  return drawStart(c, deps, purpose, formWithErrors(form, { file: `bulk:archive.${error}` }));
}

async function drawStart(c: Page, deps: PhotoDeps, purpose: Purpose, state: FormState): Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const view = await photoStartView(deps, acting, purpose);
  if (!view.ok) return refusedPage(c, view.error);
  const { lacking, archives } = view.value;
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('bulk:photos.title'),
      section: 'orders',
      breadcrumbs: crumbs(c, purpose).slice(0, 2),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <Lead>{t('bulk:photos.lacking', { count: lacking })}</Lead>
      {lacking === 0 ? null : (
        <>
          <p>{t('bulk:photos.text', { photos: MAX_PHOTOS })}</p>
          <PostForm action={startPath(acting, purpose)} files state={state}>
            <HiddenField name="key" value={uuidv7()} />
            <FileField
              name="file"
              label={t('bulk:photos.file')}
              description={t('bulk:photos.fileHint')}
              accept={['.zip']}
              maxBytes={MAX_ARCHIVE_BYTES}
            />
            <SubmitButton>{t('bulk:photos.send')}</SubmitButton>
          </PostForm>
        </>
      )}
      <Section title={t('bulk:photos.earlier')}>
        <Table
          caption={t('bulk:photos.earlier')}
          captionHidden
          columns={[
            {
              header: t('bulk:photos.file'),
              cell: (archive: Archive) => (
                <Link href={archivePath(acting, archive.id)}>
                  {archive.fileName || t('bulk:start.unnamed')}
                </Link>
              ),
            },
            {
              header: t('bulk:start.sent'),
              cell: (archive: Archive) => <DateText date={archive.uploadedAt} time />,
            },
            {
              header: t('bulk:start.state'),
              cell: (archive: Archive) => t(`bulk:photos.state.${archive.state}`),
            },
          ]}
          rows={archives}
          empty={<p>{t('bulk:start.none')}</p>}
        />
      </Section>
    </Stack>,
  );
}

// One archive ---------------------------------------------------------------------------------------------------------

const shownFiles = (c: Page) => shownOf(c, PHOTO_FILTERS);

/** GET /orders/photos/:archive: how far it is read, or every photo with whose it is. */
export async function showArchive(c: Page, deps: PhotoDeps): Promise<Response> {
  const archiveId = c.req.param('archive');
  if (!isUuid(archiveId)) return missing(c);
  const view = await archiveView(deps, requireActing(c), { archiveId, ...shownFiles(c) });
  return view.ok ? drawArchive(c, view.value) : refusedPage(c, view.error);
}

function drawArchive(c: Page, view: ArchiveView): Answer {
  const t = c.get('t');
  const { archive, counts } = view;
  const acting = requireActing(c);
  const purpose = ofArchive(archive);
  return renderBusinessPage(
    c,
    view,
    {
      title: t('bulk:photos.archive', { name: archive.fileName || t('bulk:start.unnamed') }),
      section: 'orders',
      breadcrumbs: crumbs(c, purpose),
    },
    <Stack>
      {awaits(c, archive) ? (
        <Waiting>
          {t(`bulk:photos.${archive.state}`, { read: counts.all - counts.waiting, all: counts.all })}
        </Waiting>
      ) : null}
      {archive.state === 'failed' ? (
        <Failed
          title={t('bulk:photos.failed')}
          why={t(`bulk:archive.${archive.problem ?? 'broken'}`)}
          another={purpose && { href: startPath(acting, purpose), label: t('bulk:photos.another') }}
        />
      ) : null}
      {archive.state === 'read' ? <ReadArchive c={c} view={view} /> : null}
    </Stack>,
  );
}

type ViewProps = { readonly c: Page; readonly view: ArchiveView };

function ReadArchive({ c, view }: ViewProps) {
  const t = c.get('t');
  const { archive, counts } = view;
  const acting = requireActing(c);
  return (
    <>
      {counts.matched > 0 ? (
        <>
          <p>{t('bulk:photos.ready', { count: counts.matched })}</p>
          <PostForm action={`${archivePath(acting, archive.id)}/place`} class="form inline">
            <SubmitButton>{t('bulk:photos.place', { count: counts.matched })}</SubmitButton>
          </PostForm>
        </>
      ) : null}
      {counts.unmatched > 0 ? (
        <Alert color="warning">{t('bulk:photos.unmatched', { count: counts.unmatched })}</Alert>
      ) : null}
      {counts.matched === 0 && counts.placed > 0 ? (
        <LinkButton href={homeOf(acting, ofArchive(archive))} variant="secondary">
          {t('bulk:photos.back')}
        </LinkButton>
      ) : null}
      <FileList c={c} view={view} />
    </>
  );
}

function FileList({ c, view }: ViewProps) {
  const t = c.get('t');
  const path = archivePath(requireActing(c), view.archive.id);
  return (
    <FilteredList
      title={t('bulk:photos.files')}
      path={path}
      filters={PHOTO_FILTERS}
      counts={view.counts}
      shown={shownFiles(c)}
      pages={view.pages}
      label={t('bulk:photos.filter.label')}
      nameOf={(filter) => t(`bulk:photos.filter.${filter}`)}
      columns={fileColumns(c, path)}
      rows={view.files}
      empty={t('bulk:photos.noFiles')}
    />
  );
}

function fileColumns(c: Page, path: string) {
  const t = c.get('t');
  const acting = requireActing(c);
  const query = shownQuery(shownFiles(c));
  return [
    {
      header: t('bulk:photos.name'),
      cell: (file: PhotoFile) => <span class="written">{file.name}</span>,
      names: true,
    },
    {
      header: t('bulk:photos.photo'),
      cell: (file: PhotoFile) =>
        hasThumbnail(file) ? (
          <img
            src={`${path}/files/${file.id}/photo`}
            alt={t('bulk:photos.alt', { name: file.name })}
            width="60"
            loading="lazy"
          />
        ) : (
          '–'
        ),
    },
    {
      header: t('bulk:photos.worker'),
      cell: (file: PhotoFile) =>
        file.worker !== null && file.orderId !== null ? (
          <Link href={businessPath(acting, `/orders/${file.orderId}`)}>{file.worker}</Link>
        ) : (
          '–'
        ),
    },
    { header: t('bulk:photos.found'), cell: (file: PhotoFile) => <Found c={c} file={file} /> },
    {
      header: '',
      cell: (file: PhotoFile) =>
        hasThumbnail(file) ? (
          <Link
            href={withQuery(`${path}/files/${file.id}`, query)}
            label={t('bulk:photos.chooseName', { name: file.name })}
          >
            {t('bulk:photos.choose')}
          </Link>
        ) : null,
      align: 'end' as const,
    },
  ];
}

/** A photo that is on its line is seen there, and of one that is refused there is none. */
const hasThumbnail = ({ state }: PhotoFile) => state === 'ready' || state === 'left-out';

function Found({ c, file }: { readonly c: Page; readonly file: PhotoFile }) {
  const t = c.get('t');
  if (file.state === 'placed') return <Tag color="success">{t('bulk:photos.filter.placed')}</Tag>;
  if (file.state === 'left-out') return <Tag>{t('bulk:photos.filter.left-out')}</Tag>;
  if (file.problem !== null) return <>{t(`workers:photo.${file.problem}`)}</>;
  return <>{t(`bulk:photos.finding.${file.finding}`)}</>;
}

/** POST /orders/photos/:archive/place: puts what is somebody's on that line, each photo once however often it is sent. */
export async function sendPlacePhotos(c: Page, deps: PhotoDeps): Promise<Response> {
  const archiveId = c.req.param('archive');
  if (!isUuid(archiveId)) return missing(c);
  const acting = requireActing(c);
  const placed = await placePhotos(deps, acting, archiveId);
  if (!placed.ok) return answerFailure(c, placed.error);
  return redirectDone(
    c,
    archivePath(acting, archiveId),
    `bulk:done.${placed.value.tooLate > 0 ? 'photosTooLate' : 'photosPlaced'}`,
  );
}

// One photo -----------------------------------------------------------------------------------------------------------

function fileIds(c: Page) {
  const [archiveId, fileId] = [c.req.param('archive'), c.req.param('file')];
  return isUuid(archiveId) && isUuid(fileId) ? { archiveId, fileId } : undefined;
}

/** GET /orders/photos/:archive/files/:file: the photo, and whose it may be. */
export async function showFile(c: Page, deps: PhotoDeps, state: FormState = emptyForm): Promise<Response> {
  const ids = fileIds(c);
  if (ids === undefined) return missing(c);
  const view = await fileView(deps, requireActing(c), ids);
  if (!view.ok) return refusedPage(c, view.error);
  return hasThumbnail(view.value.file) ? drawFile(c, view.value, state) : missing(c);
}

/** POST /orders/photos/:archive/files/:file: whose it is, or that it is left out. */
export async function sendAssigned(c: Page, deps: PhotoDeps): Promise<Response> {
  const ids = fileIds(c);
  if (ids === undefined) return missing(c);
  const form = await readForm(c);
  const line = z.uuid().safeParse(form.get('line'));
  const out = form.get('do') === 'leave-out';
  if (!out && !line.success) return showFile(c, deps, formWithErrors(form, { line: 'web:form.choose' }));
  const acting = requireActing(c);
  const assigned = await assignPhoto(deps, acting, { ...ids, lineId: out ? undefined : line.data });
  if (!assigned.ok) return answerFailure(c, assigned.error);
  return redirectDone(
    c,
    withQuery(archivePath(acting, ids.archiveId), shownQuery(shownFiles(c))),
    `bulk:done.${out ? 'photoLeftOut' : 'photoAssigned'}`,
  );
}

/** GET /orders/photos/:archive/files/:file/photo: the thumbnail, for its uploader alone. */
export async function showThumbnail(c: Page, deps: PhotoDeps): Promise<Response> {
  const ids = fileIds(c);
  if (ids === undefined) return missing(c);
  const found = await fileThumbnail(deps, requireActing(c), ids);
  if (!found.ok) return refusedPage(c, found.error);
  const headers = { 'Content-Type': 'image/jpeg', 'Cache-Control': 'no-store' };
  return c.body(new Uint8Array(found.value), 200, headers);
}

function drawFile(c: Page, { facts, archive, file, lines }: FileView, state: FormState): Answer {
  const t = c.get('t');
  const acting = requireActing(c);
  const query = shownQuery(shownFiles(c));
  const list = archivePath(acting, archive.id);
  const choices = [
    ...(file.lineId !== null && file.worker !== null ? [{ value: file.lineId, label: file.worker }] : []),
    ...lines.map((line) => ({
      value: line.lineId,
      label: line.employeeNumber === '' ? line.name : `${line.name} (${line.employeeNumber})`,
    })),
  ];
  return renderBusinessPage(
    c,
    { facts },
    {
      title: t('bulk:photos.whose', { name: file.name }),
      section: 'orders',
      breadcrumbs: [
        ...crumbs(c, ofArchive(archive)),
        { label: archive.fileName || t('bulk:start.unnamed'), href: withQuery(list, query) },
      ],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <p>{t(`bulk:photos.finding.${file.finding}`)}</p>
      <img
        src={`${list}/files/${file.id}/photo`}
        alt={t('bulk:photos.alt', { name: file.name })}
        width="180"
      />
      <PostForm action={withQuery(`${list}/files/${file.id}`, query)} state={state}>
        <Select
          name="line"
          label={t('bulk:photos.worker')}
          value={file.lineId ?? ''}
          description={
            lines.length < MOST_OPEN ? undefined : t('bulk:photos.moreLines', { shown: MOST_OPEN })
          }
          choices={[{ value: '', label: t('bulk:photos.nobody') }, ...choices]}
        />
        <Actions>
          <SubmitButton>{t('bulk:photos.assign')}</SubmitButton>
          {file.state === 'left-out' ? null : (
            <SubmitButton name="do" value="leave-out" variant="secondary">
              {t('bulk:photos.leaveOut')}
            </SubmitButton>
          )}
          <LinkButton href={withQuery(list, query)} variant="tertiary">
            {t('bulk:row.back')}
          </LinkButton>
        </Actions>
      </PostForm>
    </Stack>,
  );
}
