/** What is measured of a training: the columns that its `summary.csv` has besides those of every run. */

/** An iteration of a training, as its `iterations.csv` has it. Iteration 0 is the first encoding. */
export interface TrainedIteration {
  readonly accuracy: number;
  readonly loss: number;
  /** Seconds. */
  readonly ledger: Readonly<Record<'compute' | 'wait' | 'verify' | 'decode' | 'recode', number>>;
  readonly status: string;
  /** Stragglers that were waited for. */
  readonly awaited: number;
  /** Whether the weights equal those of training without coding bit for bit. */
  readonly exact: boolean;
}

export interface Training {
  readonly iterations: readonly TrainedIteration[];
  /** It ended before its last iteration. */
  readonly stopped: boolean;
}

/** A measured column of a training. Exact arithmetic leaves it no room: any move is a change of what is computed. */
export interface TrainingMetric<Name extends string = string> {
  readonly name: Name;
  readonly label: string;
  /** `s`: seconds of a whole training. */
  readonly unit: '' | 'share' | 's';
  readonly better: 'none';
  readonly summary: string;
  /** NaN where it is undefined: of a training that stopped only how far it came is known. */
  readonly of: (training: Training) => number;
}

function metric<Name extends string>(entry: Omit<TrainingMetric<Name>, 'better'>): TrainingMetric<Name> {
  return { ...entry, better: 'none' };
}

const steps = ({ iterations }: Training) => iterations.slice(1);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Seconds of one iteration. */
function duration({ ledger }: TrainedIteration): number {
  return ledger.compute + ledger.wait + ledger.verify + ledger.decode + ledger.recode;
}

/** What a training ended with. */
export function atTheEnd(of: (last: TrainedIteration) => number): (training: Training) => number {
  return ({ iterations, stopped }) => {
    const last = iterations.at(-1);
    return stopped || last === undefined ? Number.NaN : of(last);
  };
}

/** The seconds that the iterations took altogether, the first encoding left out. */
function secondsOf(of: (iteration: TrainedIteration) => number): (training: Training) => number {
  return (training) => (training.stopped ? Number.NaN : sum(steps(training).map(of)));
}

const table = [
  metric({
    name: 'loss',
    label: 'loss',
    unit: '',
    summary: 'logistic loss on the test points after the last iteration',
    of: atTheEnd(({ loss }) => loss),
  }),
  metric({
    name: 'exact',
    label: 'exact',
    unit: 'share',
    summary: 'trainings whose final weights equal those of training without coding bit for bit',
    of: ({ iterations, stopped }) => (iterations.at(-1)?.exact && !stopped ? 1 : 0),
  }),
  metric({
    name: 'failed_iterations',
    label: 'failed iterations',
    unit: '',
    summary: 'iterations in which decoding failed or a lie went into the weights',
    of: (training) => steps(training).filter(({ status }) => status !== 'ok').length,
  }),
  metric({
    name: 'awaiting_iterations',
    label: 'waiting iterations',
    unit: '',
    summary: 'iterations that waited for a straggler',
    of: (training) => steps(training).filter(({ awaited }) => awaited > 0).length,
  }),
  metric({
    name: 'total_s',
    label: 'time (s)',
    unit: 's',
    summary: 'seconds of all iterations, without the first encoding',
    of: secondsOf(duration),
  }),
  metric({
    name: 'setup_s',
    label: 'first encoding (s)',
    unit: 's',
    summary: 'seconds of the first encoding, with keys and transfer',
    of: ({ iterations: [first] }) => (first ? duration(first) : Number.NaN),
  }),
  metric({
    name: 'compute_s',
    label: 'computing (s)',
    unit: 's',
    summary: "seconds of the fastest answers' products, the sigmoids and the steps",
    of: secondsOf(({ ledger }) => ledger.compute),
  }),
  metric({
    name: 'wait_s',
    label: 'waiting (s)',
    unit: 's',
    summary: 'seconds of waiting: latency, transfer, slower workers',
    of: secondsOf(({ ledger }) => ledger.wait),
  }),
  metric({
    name: 'verify_s',
    label: 'verifying (s)',
    unit: 's',
    summary: 'seconds of verification',
    of: secondsOf(({ ledger }) => ledger.verify),
  }),
  metric({
    name: 'decode_s',
    label: 'decoding (s)',
    unit: 's',
    summary: 'seconds of decoding',
    of: secondsOf(({ ledger }) => ledger.decode),
  }),
  metric({
    name: 'recode_s',
    label: 're-coding (s)',
    unit: 's',
    summary: 'seconds of encoding anew and moving shares',
    of: secondsOf(({ ledger }) => ledger.recode),
  }),
] as const;

export type TrainingMetricName = (typeof table)[number]['name'];

/** The metrics of a training, in column order. */
export const trainingMetrics: readonly TrainingMetric<TrainingMetricName>[] = table;

/** All metrics of one training by name. */
export function trainingValues(training: Training): Readonly<Record<TrainingMetricName, number>> {
  const entries = trainingMetrics.map(({ name, of }) => [name, of(training)] as const);
  return Object.fromEntries(entries) as Record<TrainingMetricName, number>;
}
