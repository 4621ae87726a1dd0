import accessEn from './access/en.json' with { type: 'json' };
import accessNb from './access/nb.json' with { type: 'json' };
import businessesEn from './businesses/en.json' with { type: 'json' };
import businessesNb from './businesses/nb.json' with { type: 'json' };
import identityEn from './identity/en.json' with { type: 'json' };
import identityNb from './identity/nb.json' with { type: 'json' };

/** Every feature's words, by language and feature; the web layer adds its own. */
export const words = {
  nb: { access: accessNb, businesses: businessesNb, identity: identityNb },
  en: { access: accessEn, businesses: businessesEn, identity: identityEn },
};
