import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { SessionInfo, Translate } from './context.ts';
import { HiddenCsrf } from './forms.tsx';
import { BuildingIcon, ChevronIcon, GlobeIcon, HandsIcon, Mark, ShieldIcon, UserIcon } from './icons.tsx';
import { kept } from './kept.tsx';
import type { ActingVendor, MenuItem, PageBusiness } from './navigation.ts';
import { webPaths } from './paths.ts';
import { useRequest } from './request.ts';

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect y="3" width="32" height="26" rx="5" fill="#0e6580"/>' +
      '<path d="M8 16.5l5.5 5.5L24 10.5" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>',
  );

export type LayoutProps = {
  readonly title: string;
  readonly session: SessionInfo | null;
  /** The path and query to come back to when the language is changed. */
  readonly here: string;
  readonly business?: PageBusiness | undefined;
  readonly actingVendor?: ActingVendor | undefined;
  /** The key of the top menu's entry that the page is under. */
  readonly active?: string | undefined;
  /** The key of the side menu's entry that the page is. */
  readonly sideActive?: string | undefined;
  /** How much waits behind the menus' entries, by their keys. */
  readonly counts?: Readonly<Record<string, number>> | undefined;
  readonly narrow?: boolean | undefined;
  readonly manifest?: string | undefined;
  readonly children?: Child;
};

/** By its name: as a letter it would be the one that makes the page take two bytes for each of its letters. */
const dash = raw(' &ndash; ');

type DocumentProps = {
  readonly title: string;
  readonly manifest: string | undefined;
  readonly children?: Child;
};

/** A whole HTML document. No script and no style stands in it: the content security policy allows none. */
function Document({ title, manifest, children }: DocumentProps) {
  const { t, language } = useRequest();
  const brand = t('web:brand');
  return (
    <html lang={language}>
      <head>
        <DocumentSettings />
        <title>{title === brand ? brand : [title, dash, brand]}</title>
        <DocumentAssets />
        {manifest === undefined ? null : <link rel="manifest" href={manifest} />}
      </head>
      <body>
        <SkipLink />
        {children}
      </body>
    </html>
  );
}

const DocumentSettings = kept(() => (
  <>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light" />
  </>
));

const DocumentAssets = kept(({ web }) => {
  const script = web.assets.path('enhance.js');
  return (
    <>
      <link rel="stylesheet" href={web.assets.path('styles.css')} />
      <link rel="icon" type="image/svg+xml" href={icon} />
      {script === undefined ? null : <script src={script} defer />}
    </>
  );
});

const SkipLink = kept(({ t }) => (
  <a class="ds-skip-link" href="#main">
    {t('web:skip')}
  </a>
));

/** Header, menus and footer around the content of a page. */
export function Layout(props: LayoutProps) {
  const { title, business, actingVendor, active, sideActive, counts, narrow = false, children } = props;
  const { web } = useRequest();
  const side =
    business === undefined || active === undefined
      ? []
      : web.navigation.sideMenu(business, active, actingVendor);
  return (
    <Document title={title} manifest={props.manifest}>
      <Header {...props} />
      {business !== undefined && actingVendor !== undefined ? (
        <ActingBand business={business} vendor={actingVendor} />
      ) : null}
      <div class={side.length === 0 ? 'page' : 'page with-side'}>
        {side.length === 0 ? null : <SideMenu items={side} active={sideActive} counts={counts} />}
        <main id="main" tabindex={-1} class={narrow ? 'stack narrow' : 'stack'}>
          {children}
        </main>
      </div>
      <Footer />
    </Document>
  );
}

function Header(props: LayoutProps) {
  const { session, business, actingVendor, active, here } = props;
  const { t, web } = useRequest();
  return (
    <header class="site-header">
      <div class="bar">
        <HomeLink />
        {business === undefined || session === null ? null : (
          <ChosenBusiness business={business} href={web.navigation.chooseBusiness} />
        )}
        <div class="tools">
          <LanguageSwitch here={here} class={session === null ? 'language' : 'language wide-only'} />
          {session === null ? (
            <LoginLink />
          ) : (
            <UserMenu
              session={session}
              here={here}
              profile={web.navigation.userProfile(business, actingVendor)}
            />
          )}
        </div>
      </div>
      {business === undefined ? null : (
        <TopMenu
          items={web.navigation.topMenu(business, actingVendor)}
          active={active}
          counts={props.counts}
          t={t}
        />
      )}
    </header>
  );
}

const HomeLink = kept(({ t, web }) => (
  <a class="logo" href={web.navigation.home} aria-label={t('web:header.home')}>
    <Mark />
    <span>{t('web:brand')}</span>
  </a>
));

const LoginLink = kept(({ t, web }) => (
  <a class="ds-button login" data-variant="secondary" data-size="sm" href={web.navigation.login}>
    {t('web:header.login')}
  </a>
));

function ChosenBusiness({ business, href }: { business: PageBusiness; href: string }) {
  const { t } = useRequest();
  return (
    <div class="chosen">
      <BuildingIcon />
      <span class="chosen-name">
        <strong>{business.name}</strong>
        {business.organisationNumber === undefined ? null : <span>{business.organisationNumber}</span>}
      </span>
      <a class="ds-link" href={href} aria-label={t('web:header.changeBusinessFull', { name: business.name })}>
        {t('web:header.changeBusiness')}
      </a>
    </div>
  );
}

function TopMenu({
  items,
  active,
  counts,
  t,
}: {
  items: readonly MenuItem[];
  active: string | undefined;
  counts: Readonly<Record<string, number>> | undefined;
  t: Translate;
}) {
  return (
    <nav class="top-menu" aria-label={t('web:header.topMenu')}>
      <ul>
        {items.map((item) => (
          <li>
            <a href={item.href} aria-current={item.key === active ? 'true' : undefined}>
              {t(item.label)}
              <Waiting count={counts?.[item.key]} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** How much waits behind an entry; nothing where nothing does. */
function Waiting({ count = 0 }: { count: number | undefined }) {
  const { t } = useRequest();
  if (count === 0) return null;
  const shown = count > 99 ? '99+' : String(count);
  return (
    <span class="waiting">
      <span aria-hidden="true">{shown}</span>
      <span class="ds-sr-only">{t('web:header.waiting', { count })}</span>
    </span>
  );
}

type SideMenuProps = {
  items: readonly MenuItem[];
  active: string | undefined;
  counts: Readonly<Record<string, number>> | undefined;
};

function SideMenu({ items, active, counts }: SideMenuProps) {
  const { t } = useRequest();
  return (
    <nav class="side-menu" aria-label={t('web:header.sideMenu')}>
      <ul>
        {items.map((item) => (
          <li>
            <a href={item.href} aria-current={item.key === active ? 'page' : undefined}>
              {t(item.label)}
              <Waiting count={counts?.[item.key]} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

type UserMenuProps = {
  session: SessionInfo;
  here: string;
  profile: string;
};

/** Opens without JavaScript, as any `details` does. */
function UserMenu({ session, here, profile }: UserMenuProps) {
  const { t, web } = useRequest();
  return (
    <details class="user-menu" data-menu>
      <summary>
        <UserIcon />
        <span class="ds-sr-only">{t('web:header.user')}: </span>
        <span class="user-name">{session.name}</span>
        <Waiting count={session.unread} />
        <ChevronIcon class="icon small" />
      </summary>
      <div class="popup">
        <p class="popup-name">{session.name}</p>
        <ul>
          <li>
            <a href={profile}>{t('web:header.userProfile')}</a>
          </li>
          <li>
            <a href={web.navigation.ownCards}>{t('web:header.ownCards')}</a>
          </li>
          <li>
            <a href={web.navigation.ownMessages}>
              {t('web:header.ownMessages')}
              <Waiting count={session.unread} />
            </a>
          </li>
          <li>
            <a href={web.navigation.chooseBusiness}>{t('web:header.chooseBusiness')}</a>
          </li>
          <li>
            <LanguageSwitch here={here} class="in-menu" />
          </li>
          <li>
            <form method="post" action={web.navigation.logout}>
              <HiddenCsrf />
              <button type="submit">{t('web:header.logout')}</button>
            </form>
          </li>
        </ul>
      </div>
    </details>
  );
}

const otherLanguage = { nb: { code: 'en', name: 'English' }, en: { code: 'nb', name: 'Bokmål' } } as const;

const LanguageButton = kept(({ language }) => {
  const other = otherLanguage[language];
  return (
    <button type="submit" name="language" value={other.code} lang={other.code}>
      <GlobeIcon class="icon small" />
      {other.name}
    </button>
  );
});

function LanguageSwitch({ here, class: name }: { readonly here: string; readonly class: string }) {
  return (
    <form method="post" action={webPaths.language} class={name}>
      <HiddenCsrf />
      <input type="hidden" name="return" value={here} />
      <LanguageButton />
    </form>
  );
}

function ActingBand({ business, vendor }: { business: PageBusiness; vendor: ActingVendor }) {
  const { t } = useRequest();
  return (
    <div
      class="acting"
      role="region"
      aria-label={t('web:acting', { business: business.name, vendor: vendor.name })}
    >
      <div>
        <HandsIcon />
        <p>
          <strong>{t('web:acting', { business: business.name, vendor: vendor.name })}</strong>
          <span>{t('web:actingHint')}</span>
        </p>
      </div>
    </div>
  );
}

const Footer = kept(({ t, web }) => {
  const address = web.publicOrigin.replace(/^https?:\/\//u, '');
  return (
    <footer class="site-footer" aria-label={t('web:footer.label')}>
      <div>
        <div>
          <h2>
            <ShieldIcon />
            {t('web:footer.bankid')}
          </h2>
          <p>{t('web:footer.bankidText')}</p>
        </div>
        <div>
          <h2>{t('web:footer.address')}</h2>
          <p>{t('web:footer.addressText', { address })}</p>
        </div>
        <div>
          <h2>
            <a href={web.navigation.check}>{t('web:footer.check')}</a>
          </h2>
          <p>{t('web:footer.checkText')}</p>
        </div>
      </div>
    </footer>
  );
});
