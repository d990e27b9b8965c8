/** When a second copy of a task is sent (hedged requests: Dean & Barroso, "The tail at scale", CACM 2013). */
export interface Hedge {
  /** Seconds with a worker after which a task is sent a second time, or a share: that quantile of the service times seen so far. */
  readonly after: { readonly seconds: number } | { readonly quantile: number };
  /** Most copies, as a share of all tasks sent. */
  readonly budget: number;
}

/** How long to wait before a copy, as service times come in. */
export interface HedgeDelay {
  observe(service: number): void;
  /** Seconds; undefined while too little is known. */
  delay(): number | undefined;
}

/** Service times that must have been seen before their quantile says anything. */
const fewestSeen = 100;

export function hedgeDelay({ after }: Hedge): HedgeDelay {
  if ('seconds' in after) return { observe() {}, delay: () => after.seconds };
  const running = runningQuantile(after.quantile);
  return {
    observe: running.add,
    delay: () => (running.count() < fewestSeen ? undefined : running.value()),
  };
}

interface RunningQuantile {
  add(value: number): void;
  count(): number;
  /** NaN before the fifth value. */
  value(): number;
}

/**
 * A quantile in constant memory: the P² algorithm (Jain & Chlamtac, CACM 28(10), 1985). Five markers follow the minimum, the
 * maximum, the quantile and the middles between; each moves by a parabola through its neighbours.
 */
function runningQuantile(p: number): RunningQuantile {
  const heights: number[] = [];
  const places = [0, 1, 2, 3, 4];
  const steps = [0, p / 2, p, (1 + p) / 2, 1];
  let count = 0;

  const moved = (i: number, d: number) => {
    const [q0, q1, q2] = [heights[i - 1]!, heights[i]!, heights[i + 1]!];
    const [n0, n1, n2] = [places[i - 1]!, places[i]!, places[i + 1]!];
    const parabola =
      q1 + (d / (n2 - n0)) * (((n1 - n0 + d) * (q2 - q1)) / (n2 - n1) + ((n2 - n1 - d) * (q1 - q0)) / (n1 - n0));
    if (q0 < parabola && parabola < q2) return parabola;
    return d > 0 ? q1 + (q2 - q1) / (n2 - n1) : q1 - (q0 - q1) / (n0 - n1);
  };

  return {
    count: () => count,
    value: () => heights[2] ?? Number.NaN,
    add(value) {
      count++;
      if (count <= 5) {
        heights.push(value);
        heights.sort((a, b) => a - b);
        return;
      }
      let cell = 3;
      if (value < heights[0]!) {
        heights[0] = value;
        cell = 0;
      } else if (value >= heights[4]!) heights[4] = value;
      else while (value < heights[cell]!) cell--;
      for (let i = cell + 1; i < 5; i++) places[i]!++;
      for (let i = 1; i < 4; i++) {
        const off = (count - 1) * steps[i]! - places[i]!;
        const ahead = places[i + 1]! - places[i]!;
        const behind = places[i - 1]! - places[i]!;
        if (!((off >= 1 && ahead > 1) || (off <= -1 && behind < -1))) continue;
        const d = Math.sign(off);
        heights[i] = moved(i, d);
        places[i]! += d;
      }
    },
  };
}
