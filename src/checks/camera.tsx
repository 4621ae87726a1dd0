import type { Context } from 'hono';
import { Actions, Button } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';

type CameraProps = {
  readonly c: Context<AppEnv>;
  /** The field that what was read goes into, whose form is then sent; left out: the page says itself what it proves. */
  readonly fills?: string;
  readonly data?: Readonly<Record<`data-${string}`, string>>;
  readonly children?: unknown;
};

/** The camera that reads the codes on cards, and a picture of one instead; shown where scripts run. */
export function Camera({ c, fills, data = {}, children }: CameraProps) {
  const t = c.get('t');
  const { assets } = c.get('web');
  return (
    <div
      class="stack"
      hidden
      data-scanner
      data-wasm={assets.path('zxing_reader.wasm')}
      data-fills={fills}
      {...data}
    >
      <video data-camera hidden muted playsinline aria-label={t('checks:scan.camera')} class="scan-camera" />
      <div data-verdicts aria-live="polite" />
      <Actions>
        <span data-start>
          <Button type="button">{t('checks:scan.start')}</Button>
        </span>
        <span data-stop hidden>
          <Button type="button" variant="secondary">
            {t('checks:scan.stop')}
          </Button>
        </span>
      </Actions>
      <p data-no-camera hidden>
        {t('checks:scan.noCamera')}
      </p>
      <div class="ds-field">
        <label class="ds-label" for="picture">
          {t('checks:scan.picture.label')}
        </label>
        <div data-field="description">{t('checks:scan.picture.help')}</div>
        <input class="ds-input" type="file" id="picture" accept="image/*" data-picture />
      </div>
      {children}
      <script type="module" src={assets.path('scan.js')} />
    </div>
  );
}
