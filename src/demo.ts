import { parseOrganisationNumber } from './kernel/organisation-number.ts';
import type { Services } from './app.ts';
import { tellStory } from './demo-story.ts';

/** Businesses of the synthetic world that are known from the start; the others are fetched when someone asks for them. */
const BUSINESSES = [
  '310000019',
  '310000035',
  '310000078',
  '310000094',
  '310000116',
  '310000124',
  '310000159',
  '310000191',
  '310000264',
  '310000345',
  '310000361',
];

/**
 * Brings the synthetic world in, through the registers and the same actions as everyone uses, with what its people have
 * done so far. Harmless when repeated: a world that is there is left as its people have changed it.
 */
export async function loadDemo(services: Services): Promise<void> {
  await loadRegisters(services);
  await tellStory(services);
}

/** Brings in the businesses and workers alone, as the registers have them. */
export async function loadRegisters(services: Services): Promise<void> {
  for (const text of BUSINESSES) {
    const number = parseOrganisationNumber(text);
    if (!number.ok) throw new Error(`${text} is no organisation number.`);
    const imported = await services.importBusiness(number.value);
    if (!imported.ok) throw new Error(`The demonstration could not read ${text}: ${imported.error}.`);
    const workers = await services.importWorkers(number.value);
    if (!workers.ok)
      throw new Error(`The demonstration could not read the workers of ${text}: ${workers.error}.`);
  }
  const approvals = await services.readApprovals();
  if (!approvals.ok) throw new Error(`The demonstration could not read approvals: ${approvals.error}.`);
}
