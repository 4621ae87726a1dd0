import type { Task } from '../jobs/index.ts';
import { ENCRYPT, encryptFiles, type VendorInvoiceDeps } from './recording.ts';

/** The nightly task that encrypts the files of before files were. */
export function createVendorInvoiceTasks(deps: VendorInvoiceDeps): Task[] {
  return [{ name: ENCRYPT, cron: '5 3 * * *', run: () => encryptFiles(deps) }];
}
