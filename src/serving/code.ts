/** What a group of queries is turned into, as far as a dispatcher has to know: who computes what, and when that is enough. */
export interface Code {
  /** Queries of a full group. */
  readonly K: number;
  readonly tasks: readonly CodeTask[];
  readonly parts: readonly CodePart[];
}

/** One computation of a worker. */
interface CodeTask {
  readonly part: number;
  /** The query whose own answer this is; -1 for a joint task, which says something of every query of its part. */
  readonly query: number;
  /** Number of the pool whose workers run its model. */
  readonly pool: number;
}

/**
 * Queries that are decoded together. They are all known once the queries answered by tasks of their own and the joint answers
 * are `need` or more: for a code with joint tasks alone any `need` answers, for parities as many as there are queries lost, for
 * plain copies every query.
 */
interface CodePart {
  readonly queries: readonly number[];
  readonly need: number;
}

/** A group without redundancy: a task a query. */
export function plainCode(K: number): Code {
  const queries = Array.from({ length: K }, (_, query) => query);
  return {
    K,
    tasks: queries.map((query) => ({ part: 0, query, pool: 0 })),
    parts: [{ queries, need: K }],
  };
}

/** N joint tasks of K queries, of which any `need` are enough. */
export function jointCode(K: number, N: number, need: number): Code {
  return {
    K,
    tasks: Array.from({ length: N }, () => ({ part: 0, query: -1, pool: 0 })),
    parts: [{ queries: Array.from({ length: K }, (_, query) => query), need }],
  };
}

/** Copies of queries. @param queries [N], the query of each task */
export function copiesCode(K: number, queries: ArrayLike<number>): Code {
  return { ...plainCode(K), tasks: Array.from(queries, (query) => ({ part: 0, query, pool: 0 })) };
}

/**
 * Groups of queries with one parity each (ParM, Kosaian et al., SOSP 2019): a query is known when its own answer is there, or
 * those of its group but one and the parity.
 * @param sizes queries of each group. @param pools pool of each group's parity
 */
export function parityCode(sizes: readonly number[], pools: readonly number[]): Code {
  let K = 0;
  const parts = sizes.map((size) => {
    const queries = Array.from({ length: size }, (_, i) => K + i);
    K += size;
    return { queries, need: size };
  });
  const own = parts.flatMap(({ queries }, part) => queries.map((query) => ({ part, query, pool: 0 })));
  return { K, parts, tasks: [...own, ...pools.map((pool, part) => ({ part, query: -1, pool }))] };
}

/** What is where in a code: task numbers, with the spare of query `q` behind those of the code as `tasks.length + q`. */
export interface CodePlaces {
  /** [tasks + K], by task: its query, -1 for a joint task; its part; its pool. */
  readonly queryOf: Int32Array;
  readonly partOf: Int32Array;
  readonly poolOf: Int32Array;
  /** [K], the tasks that are a query's own, its spare last. */
  readonly ofQuery: readonly Int32Array[];
  /** By part: its tasks, then the spares of its queries. */
  readonly ofPart: readonly Int32Array[];
}

export function codePlaces({ K, tasks, parts }: Code): CodePlaces {
  const partOfQuery = (query: number) => parts.findIndex(({ queries }) => queries.includes(query));
  const spares = Array.from({ length: K }, (_, query) => ({ query, part: partOfQuery(query), pool: 0 }));
  const all = [...tasks, ...spares];
  const places = (wanted: (task: CodeTask) => boolean) =>
    Int32Array.from(all.flatMap((task, i) => (wanted(task) ? [i] : [])));
  return {
    queryOf: Int32Array.from(all, ({ query }) => query),
    partOf: Int32Array.from(all, ({ part }) => part),
    poolOf: Int32Array.from(all, ({ pool }) => pool),
    ofQuery: spares.map(({ query }) => places((task) => task.query === query)),
    ofPart: parts.map((_, part) => places((task) => task.part === part)),
  };
}
