import { stringify } from 'yaml';
import { shellWord } from '../util/text.ts';

/** A run in parts, for a batch system. */
export interface BatchRun {
  /** Of the experiment; names the jobs. */
  readonly name: string;
  /** What follows `approxifer run`, but for the shard and the folder. */
  readonly words: readonly string[];
  readonly count: number;
  /** Folder of the merged result; the parts are beside it. */
  readonly out: string;
}

/** Seconds before a time limit at which Slurm tells a part to end. */
const warning = 60;

const partsOf = ({ out }: BatchRun) => `${out.replace(/\/+$/, '')}-parts`;

const mergeLine = (run: BatchRun) => `approxifer merge ${shellWord(run.out)} ${shellWord(partsOf(run))}`;

/**
 * Shell lines that run a part, and hand on the signal to end. A part in which a cell failed (exit 1) is whole: merging says so.
 * @param index shell text: the number of the part
 * @param after shell lines for `$code`
 */
function partScript(run: BatchRun, index: string, after = ''): string {
  const words = run.words.map(shellWord).join(' ');
  return `approxifer run ${words} --shard auto/${run.count} --out ${shellWord(partsOf(run))}/${index} &
part=$!
trap 'told=yes; kill -TERM $part' TERM
wait $part
code=$?
[ -z "$told" ] || { wait $part; code=$?; } # the signal ended the first wait
${after}[ $code -ne 1 ] || exit 0
exit $code
`;
}

/** A name that jobs may have everywhere: lower case letters, digits and hyphens. */
function jobName({ name }: BatchRun): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return plain.slice(0, 50).replace(/^-+|-+$/g, '') || 'approxifer';
}

/**
 * A bash script that submits the parts as an array, and after them the job that merges them. A part that Slurm is about to
 * end stops cleanly and puts itself back in the queue.
 * @param options for `sbatch`, of both jobs
 */
export function slurmScript(run: BatchRun, options: readonly string[]): string {
  const sbatch = ['sbatch', '--parsable', ...options].map(shellWord).join(' ');
  const parts = shellWord(partsOf(run));
  return `#!/bin/bash
# Submits ${run.count} parts of ${run.name} to Slurm, and the job that merges them.
set -euo pipefail
mkdir -p ${parts}
parts=$(${sbatch} <<'JOB'
#!/bin/bash
#SBATCH --job-name=${jobName(run)}
#SBATCH --array=0-${run.count - 1}
#SBATCH --output=${parts}/%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@${warning}
${partScript(run, '$SLURM_ARRAY_TASK_ID', '[ $code -ne 130 ] || scontrol requeue $SLURM_JOB_ID\n')}JOB
)
merge=$(${sbatch} --dependency=afterok:\${parts%%;*} --kill-on-invalid-dep=yes <<'JOB'
#!/bin/bash
#SBATCH --job-name=${jobName(run)}-merge
#SBATCH --output=${parts}/merge.log
${mergeLine(run)}
JOB
)
echo "parts: job $parts, merge: job $merge"
`;
}

/** What a Kubernetes job runs in: an image that has approxifer, and a volume with config, data and results. */
export interface KubernetesPlace {
  readonly image: string;
  /** Name of a persistent volume claim that all pods can write to. */
  readonly claim: string;
}

/** Where the volume is in the pods, and where commands start. */
const mount = '/work';

/**
 * An indexed Job of the parts, and a Job that merges them when they are done; YAML for `kubectl apply`. A pod that was
 * evicted does not count as a failure; wrong input (exit 2) ends the whole job, since it is wrong in every pod.
 */
export function kubernetesJobs(run: BatchRun, place: KubernetesPlace): string {
  const name = jobName(run);
  const container = (script: string) => ({
    name: 'approxifer',
    image: place.image,
    workingDir: mount,
    command: ['sh', '-c', script],
    volumeMounts: [{ name: 'work', mountPath: mount }],
  });
  const template = (rest: object) => ({
    spec: {
      restartPolicy: 'Never',
      volumes: [{ name: 'work', persistentVolumeClaim: { claimName: place.claim } }],
      ...rest,
    },
  });
  const job = (suffix: string, spec: object) =>
    stringify(
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: `${name}-${suffix}` }, spec },
      { lineWidth: 0, aliasDuplicateObjects: false },
    );
  const isDone = `grep -qs '"status": "done"' ${shellWord(partsOf(run))}/$i/manifest.json`;
  const indices = Array.from({ length: run.count }, (_, i) => i).join(' ');
  const parts = job('parts', {
    completions: run.count,
    parallelism: run.count,
    completionMode: 'Indexed',
    backoffLimit: 3 * run.count,
    podFailurePolicy: {
      rules: [
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        { action: 'FailJob', onExitCodes: { containerName: 'approxifer', operator: 'In', values: [2] } },
      ],
    },
    template: template({ containers: [container(partScript(run, '$JOB_COMPLETION_INDEX'))] }),
  });
  const merge = job('merge', {
    template: template({
      initContainers: [
        { ...container(`for i in ${indices}; do until ${isDone}; do sleep 5; done; done`), name: 'wait-for-parts' },
      ],
      containers: [container(mergeLine(run))],
    }),
  });
  return `${parts}---\n${merge}`;
}
