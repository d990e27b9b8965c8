import type { RunOutcome } from '../runs/run.ts';
import type { StoreSpec } from '../runs/store/store.ts';
import { UserError } from '../util/errors.ts';
import { storeFolder } from '../util/folders.ts';
import { parseSize } from '../util/units.ts';

/** Bytes that the store of answers may hold, where `$APPROXIFER_STORE_MAX` says nothing. */
const usualStore = 2 * 2 ** 30;

/**
 * The store of answers of this user.
 * @throws UserError when `$APPROXIFER_STORE_MAX` is no size
 */
export function userStore(env: NodeJS.ProcessEnv = process.env): StoreSpec {
  const given = env.APPROXIFER_STORE_MAX;
  try {
    return { folder: storeFolder(env), most: given ? parseSize(given) : usualStore };
  } catch (error) {
    throw error instanceof UserError ? new UserError(`APPROXIFER_STORE_MAX: ${error.message}`) : error;
  }
}

/** After a run: keeps the store within its size, and says what it saved. */
export async function settleStore(
  store: StoreSpec | undefined,
  { inferred, saved }: Pick<RunOutcome, 'inferred' | 'saved'>,
  say: (line: string) => void,
): Promise<void> {
  if (!store) return;
  if (inferred > 0) {
    const { pruneStore } = await import('../runs/store/upkeep.ts');
    try {
      pruneStore(store.folder, store.most);
    } catch {} // a store that cannot be read fails no run, which said so
  }
  if (saved === 0) return;
  const [all, read] = [inferred + saved, saved].map((count) => count.toLocaleString('en'));
  say(`store: ${read} of ${all} inferences were read from the store of answers (--no-store computes them)`);
}
