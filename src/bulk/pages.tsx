import { Hono } from 'hono';
import type { AppEnv } from '../web/context.ts';
import {
  download,
  type BulkPageDeps,
  sendAgain,
  sendColumns,
  sendLeave,
  sendPermits,
  sendPlace,
  sendRow,
  showRow,
  showUpload,
} from './upload-pages.tsx';
import {
  sendAssigned,
  sendPhotoStart,
  sendPlacePhotos,
  showArchive,
  showFile,
  showPhotoStart,
  showThumbnail,
} from './photo-pages.tsx';
import { sendStart, showStart, template, templateWorkbook } from './start-page.tsx';

/** The pages of orders from a file; paths are relative to the business. They come before those of a single order. */
export function createBulkPages(deps: BulkPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/orders/file', (c) => showStart(c, deps));
  app.post('/orders/file', (c) => sendStart(c, deps));
  app.get('/orders/file/template', (c) => template(c, deps));
  app.get('/orders/file/template.xlsx', (c) => templateWorkbook(c, deps));
  app.get('/orders/file/:upload', (c) => showUpload(c, deps));
  app.get('/orders/file/:upload/errors', (c) => download(c, deps));
  // Where the forms below are sent: whoever comes there by a link, or changes the language, sees the file.
  for (const part of ['columns', 'again', 'permits', 'place']) {
    app.get(`/orders/file/:upload/${part}`, (c) => showUpload(c, deps));
  }
  app.post('/orders/file/:upload/columns', (c) => sendColumns(c, deps));
  app.post('/orders/file/:upload/again', (c) => sendAgain(c, deps));
  app.post('/orders/file/:upload/permits', (c) => sendPermits(c, deps));
  app.post('/orders/file/:upload/place', (c) => sendPlace(c, deps));
  app.get('/orders/file/:upload/rows/:row', (c) => showRow(c, deps));
  app.post('/orders/file/:upload/rows/:row', (c) => sendRow(c, deps));
  app.get('/orders/file/:upload/rows/:row/leave', (c) => showRow(c, deps));
  app.post('/orders/file/:upload/rows/:row/leave', (c) => sendLeave(c, deps));
  for (const home of ['/orders/:order', '/orders/file/:upload']) {
    app.get(`${home}/photos`, (c) => showPhotoStart(c, deps));
    app.post(`${home}/photos`, (c) => sendPhotoStart(c, deps));
  }
  app.get('/orders/photos/:archive', (c) => showArchive(c, deps));
  app.get('/orders/photos/:archive/place', (c) => showArchive(c, deps));
  app.post('/orders/photos/:archive/place', (c) => sendPlacePhotos(c, deps));
  app.get('/orders/photos/:archive/files/:file', (c) => showFile(c, deps));
  app.post('/orders/photos/:archive/files/:file', (c) => sendAssigned(c, deps));
  app.get('/orders/photos/:archive/files/:file/photo', (c) => showThumbnail(c, deps));
  return app;
}
