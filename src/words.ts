import accessEn from './access/en.json' with { type: 'json' };
import accessNb from './access/nb.json' with { type: 'json' };
import agreementsEn from './agreements/en.json' with { type: 'json' };
import agreementsNb from './agreements/nb.json' with { type: 'json' };
import bulkEn from './bulk/en.json' with { type: 'json' };
import bulkNb from './bulk/nb.json' with { type: 'json' };
import businessesEn from './businesses/en.json' with { type: 'json' };
import businessesNb from './businesses/nb.json' with { type: 'json' };
import cardsEn from './cards/en.json' with { type: 'json' };
import cardsNb from './cards/nb.json' with { type: 'json' };
import checksEn from './checks/en.json' with { type: 'json' };
import checksNb from './checks/nb.json' with { type: 'json' };
import contactEn from './contact/en.json' with { type: 'json' };
import contactNb from './contact/nb.json' with { type: 'json' };
import directoryEn from './directory/en.json' with { type: 'json' };
import directoryNb from './directory/nb.json' with { type: 'json' };
import disputesEn from './disputes/en.json' with { type: 'json' };
import disputesNb from './disputes/nb.json' with { type: 'json' };
import identityEn from './identity/en.json' with { type: 'json' };
import identityNb from './identity/nb.json' with { type: 'json' };
import invoicesEn from './invoices/en.json' with { type: 'json' };
import invoicesNb from './invoices/nb.json' with { type: 'json' };
import mediaReviewEn from './media-review/en.json' with { type: 'json' };
import mediaReviewNb from './media-review/nb.json' with { type: 'json' };
import messagesEn from './messages/en.json' with { type: 'json' };
import messagesNb from './messages/nb.json' with { type: 'json' };
import ordersEn from './orders/en.json' with { type: 'json' };
import ordersNb from './orders/nb.json' with { type: 'json' };
import ownPhoneEn from './own-phone/en.json' with { type: 'json' };
import ownPhoneNb from './own-phone/nb.json' with { type: 'json' };
import passkeysEn from './passkeys/en.json' with { type: 'json' };
import passkeysNb from './passkeys/nb.json' with { type: 'json' };
import pricesEn from './prices/en.json' with { type: 'json' };
import pricesNb from './prices/nb.json' with { type: 'json' };
import staffEn from './staff/en.json' with { type: 'json' };
import staffNb from './staff/nb.json' with { type: 'json' };
import vendorInvoicesEn from './vendor-invoices/en.json' with { type: 'json' };
import vendorInvoicesNb from './vendor-invoices/nb.json' with { type: 'json' };
import vendorsEn from './vendors/en.json' with { type: 'json' };
import vendorsNb from './vendors/nb.json' with { type: 'json' };
import workerUploadsEn from './worker-uploads/en.json' with { type: 'json' };
import workerUploadsNb from './worker-uploads/nb.json' with { type: 'json' };
import workersEn from './workers/en.json' with { type: 'json' };
import workersNb from './workers/nb.json' with { type: 'json' };

/** Every feature's words, by language and feature; the web layer adds its own. */
export const words = {
  nb: {
    access: accessNb,
    agreements: agreementsNb,
    bulk: bulkNb,
    businesses: businessesNb,
    cards: cardsNb,
    checks: checksNb,
    contact: contactNb,
    directory: directoryNb,
    disputes: disputesNb,
    identity: identityNb,
    invoices: invoicesNb,
    'media-review': mediaReviewNb,
    messages: messagesNb,
    orders: ordersNb,
    'own-phone': ownPhoneNb,
    passkeys: passkeysNb,
    prices: pricesNb,
    staff: staffNb,
    'vendor-invoices': vendorInvoicesNb,
    vendors: vendorsNb,
    'worker-uploads': workerUploadsNb,
    workers: workersNb,
  },
  en: {
    access: accessEn,
    agreements: agreementsEn,
    bulk: bulkEn,
    businesses: businessesEn,
    cards: cardsEn,
    checks: checksEn,
    contact: contactEn,
    directory: directoryEn,
    disputes: disputesEn,
    identity: identityEn,
    invoices: invoicesEn,
    'media-review': mediaReviewEn,
    messages: messagesEn,
    orders: ordersEn,
    'own-phone': ownPhoneEn,
    passkeys: passkeysEn,
    prices: pricesEn,
    staff: staffEn,
    'vendor-invoices': vendorInvoicesEn,
    vendors: vendorsEn,
    'worker-uploads': workerUploadsEn,
    workers: workersEn,
  },
};
