/** What there is to measure once a batch was decoded under one pattern of faults. */
export interface Measurement {
  /** Outputs of the model, `m`. */
  readonly m: number;
  /** Accuracy of the base model on the queries. */
  readonly baseAccuracy: number;
  /** Set when the decoded outputs only carry a class. */
  readonly classOnly: boolean;
  readonly decoded: InferenceMetrics;
  // the rest is computed at the first call: most runs have no metric that needs it
  serving(): ServingMetrics;
  /** Undefined where nobody looked for Byzantine workers. */
  location(): LocationMetrics | undefined;
  /** Decoded from the honest workers alone; undefined where none lied. */
  oracle(): InferenceMetrics | undefined;
}

/** How near the decoded outputs are to the true ones. */
export interface InferenceMetrics {
  readonly mse: number;
  /** Of one decoded output vector: the largest of which `mse` is the mean. */
  readonly largest: number;
  /** NaN without labels. */
  readonly accuracy: number;
  /** NaN without labels, and where the base model gets no query of the batch right. */
  readonly relacc: number;
  readonly agreement: number;
}

/** How well Byzantine workers were found. */
export interface LocationMetrics {
  /** Share of the excluded workers that lied; undefined when none was excluded. */
  readonly locate_precision: number | undefined;
  /** Share of the liars that were excluded; undefined when nobody lied. */
  readonly locate_recall: number | undefined;
}

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
