import { approxiferLocator } from '../codecs/approxifer.ts';
import type { Codec, Encoder } from '../codecs/codec.ts';
import { inBatchOrder } from '../codecs/compose.ts';
import { sbaccLocator } from '../codecs/sbacc.ts';
import { faultOf } from '../config/issues.ts';
import type { OpenedScheme, Subject } from '../external/outside.ts';
import { outsideScheme } from '../external/registry.ts';
import { UserError } from '../util/errors.ts';
import type { DecodeOutcome, DecodeRequest, Decoding } from './decode.ts';
import type { SchemeEntry } from './entries.ts';
import { isFailure } from './failure.ts';
import { type Cell, type Plan, withCodecs } from './plan.ts';

/** A plan with the schemes from outside opened, and who decodes for them. */
export interface OpenPlan {
  readonly plan: Plan;
  /** SHA-256 of the files that say what the schemes from outside do. */
  readonly digests: Readonly<Record<string, string>>;
  /** Asks the schemes from outside for their own cells, `usual` for all others. */
  decoding(usual: Decoding): Decoding;
  close(): Promise<void>;
}

/** Commands that entries start when they are opened. */
export function commandsOf(entries: readonly SchemeEntry[]): string[] {
  return entries.flatMap(({ scheme, options }) => outsideScheme(scheme)?.commandOf?.(options) ?? []);
}

/** Whether cells are decoded by another process, which is asked by messages. */
export function asksPrograms({ cells }: Plan): boolean {
  return cells.some(({ entry: { scheme, combination } }) => {
    return combination.decoder === 'own' && outsideScheme(scheme)?.commandOf !== undefined;
  });
}

/**
 * Opens the schemes of a plan that are from outside.
 * @param folder that relative paths start from
 * @param subject what the schemes may have to fit
 * @throws ConfigIssue when one cannot be opened, or cannot do what its entry asks for
 */
export async function openPlan(plan: Plan, folder: string, subject: Subject): Promise<OpenPlan> {
  const opened = new Map<SchemeEntry, OpenedScheme>();
  const close = async () => {
    await Promise.all([...opened.values()].map((scheme) => scheme.close()));
  };
  try {
    const codecs = new Map<Cell, Codec>();
    for (const cell of plan.cells) {
      const { entry, N } = cell;
      const outside = outsideScheme(entry.scheme);
      if (!outside) continue;
      await faultOf(['schemes', entry.item], async () => {
        const scheme =
          opened.get(entry) ?? (await outside.open(entry.options, { folder, label: entry.label, subject }));
        opened.set(entry, scheme);
        const encoder = await scheme.encoder(cell.codec.encoder.K, N);
        checkParts(entry, encoder.pointsOf !== undefined);
        codecs.set(cell, codecOf(cell, scheme, encoder));
      });
    }
    return {
      plan: codecs.size === 0 ? plan : withCodecs(plan, codecs),
      digests: Object.assign({}, ...[...opened.values()].map(({ digests }) => digests)),
      decoding: (usual) => (opened.size === 0 ? usual : dividedDecoding(usual, opened)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a cell's scheme, now that it is open, makes of the codec that stood for it. */
function codecOf(
  { codec, scheme, entry: { combination } }: Cell,
  { ignoresQueries, nodes }: OpenedScheme,
  encoder: Encoder,
): Codec {
  const { order } = codec.encoder;
  const { K, N } = encoder;
  return {
    ...codec,
    encoder: order ? { ...encoder, order } : encoder,
    ...(combination.decoder === 'own' && ignoresQueries && { decoder: { ...codec.decoder, ignoresQueries } }),
    ...(combination.locator === 'approxifer' && { locator: approxiferLocator(K, N, { nodes }) }),
    ...(combination.locator === 'dct' && { locator: sbaccLocator(K, N, { nodes }, scheme.name) }),
  };
}

/** @throws UserError for parts that need to know how the coded points follow from the queries */
function checkParts({ combination }: SchemeEntry, makesPoints: boolean): void {
  if (!makesPoints) return;
  const wrong =
    combination.order === 'path'
      ? 'order: path'
      : combination.decoder === 'kriging'
        ? 'decoder: kriging'
        : combination.locator === 'kriging' && 'locator: kriging';
  if (wrong) throw new UserError(`${wrong} needs a scheme with an encoding matrix; this one makes its points itself`);
}

function dividedDecoding(usual: Decoding, opened: ReadonlyMap<SchemeEntry, OpenedScheme>): Decoding {
  return {
    async decode(requests) {
      const outcomes = new Array<DecodeOutcome>(requests.length);
      for (const [scheme, places] of groups(requests, opened)) {
        const own = places.map((place) => requests[place]!);
        const found = scheme ? await askOutside(scheme, own) : await usual.decode(own);
        places.forEach((place, i) => {
          outcomes[place] = found[i]!;
        });
      }
      return outcomes;
    },
  };
}

/** The places of requests by who decodes them (undefined: the usual decoding) and the size of their code. */
function groups(
  requests: readonly DecodeRequest[],
  opened: ReadonlyMap<SchemeEntry, OpenedScheme>,
): [OpenedScheme | undefined, number[]][] {
  const found = new Map<string, [OpenedScheme | undefined, number[]]>();
  requests.forEach(({ cell, received }, place) => {
    const { entry, N, codec } = cell;
    // an answer must be there before another process is asked
    const own = entry.combination.decoder === 'own' && received.survivors.length > 0;
    const scheme = own ? opened.get(entry) : undefined;
    const key = scheme ? [entry.label, codec.encoder.K, N].join('/') : '';
    const group = found.get(key);
    if (group) group[1].push(place);
    else found.set(key, [scheme, [place]]);
  });
  return [...found.values()];
}

async function askOutside(scheme: OpenedScheme, requests: readonly DecodeRequest[]): Promise<DecodeOutcome[]> {
  const [{ cell }] = requests as [DecodeRequest];
  const code = { K: cell.codec.encoder.K, N: cell.N };
  const outcomes = await scheme.decode(
    code,
    requests.map(({ received }) => received),
  );
  return outcomes.map((outcome, i) => (isFailure(outcome) ? outcome : inBatchOrder(outcome, requests[i]!.received)));
}
