import { languages } from '../../src/kernel/language.ts';
import { type Resources, textKeys } from '../../src/web/languages.ts';

/** Keys that one language has and another lacks, as `en lacks access:remove.title`; empty when all is well. */
export function missingKeys(resources: Resources): readonly string[] {
  return languages.flatMap((has) =>
    languages
      .filter((lacks) => lacks !== has)
      .flatMap((lacks) => {
        const present = textKeys(resources[lacks]);
        return [...textKeys(resources[has])]
          .filter((key) => !present.has(key))
          .map((key) => `${lacks} lacks ${key}`);
      }),
  );
}
