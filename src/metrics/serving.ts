/**
 * What a prediction service promises, for one batch. Undefined entries do not apply: an empty cell in the results, not a 0.
 *
 * A prediction is *available* when the query's own answer came; else it is *degraded* (reconstructed). A scheme that
 * approximates every query has only degraded predictions. `overall = (1 - unavailable)·available + unavailable·degraded`
 * (Kosaian et al., SOSP 2019, section 4.1: A_o, A_a, f_u, A_d).
 */
export interface ServingMetrics {
  /** Accuracy of the available predictions, against the labels. */
  readonly available: number | undefined;
  /** Accuracy of the degraded predictions, against the labels. */
  readonly degraded: number | undefined;
  /** Accuracy of all predictions, against the labels. */
  readonly overall: number | undefined;
  /** Share of degraded predictions. */
  readonly unavailable: number;
  /** Share of degraded predictions with the base model's class. */
  readonly degraded_vs_base: number | undefined;
}

/**
 * @param predicted classes after decoding [K]
 * @param base classes that the base model gives the uncoded queries [K]
 * @param labels true classes [K]; undefined where the points have none: then no accuracy is defined
 * @param available 1 where the query's own answer came [K]; absent when every query is approximated
 */
export function servingMetrics(
  predicted: ArrayLike<number>,
  base: ArrayLike<number>,
  labels: ArrayLike<number> | undefined,
  available?: Uint8Array,
): ServingMetrics {
  const K = predicted.length;
  let came = 0;
  let cameRight = 0;
  let lostRight = 0;
  let lostAsBase = 0;
  for (let k = 0; k < K; k++) {
    const right = predicted[k] === labels?.[k] ? 1 : 0;
    if (available?.[k]) {
      came++;
      cameRight += right;
    } else {
      lostRight += right;
      if (predicted[k] === base[k]) lostAsBase++;
    }
  }
  const lost = K - came;
  return {
    available: labels && came > 0 ? cameRight / came : undefined,
    degraded: labels && lost > 0 ? lostRight / lost : undefined,
    overall: labels && (cameRight + lostRight) / K,
    unavailable: lost / K,
    degraded_vs_base: lost > 0 ? lostAsBase / lost : undefined,
  };
}

/** How well Byzantine workers were found. */
export interface LocationMetrics {
  /** Share of the excluded workers that lied; undefined when none was excluded. */
  readonly locate_precision: number | undefined;
  /** Share of the liars that were excluded; undefined when nobody lied. */
  readonly locate_recall: number | undefined;
}

/**
 * @param located worker numbers that were excluded
 * @param liars worker numbers that lied
 */
export function locationMetrics(located: Int32Array, liars: Int32Array): LocationMetrics {
  const guilty = new Set(liars);
  let hits = 0;
  for (const worker of located) if (guilty.has(worker)) hits++;
  return {
    locate_precision: located.length > 0 ? hits / located.length : undefined,
    locate_recall: liars.length > 0 ? hits / liars.length : undefined,
  };
}
