import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WireBody } from '../protocol/messages.ts';
import type { FrontEnd, Source } from '../serving/front-end.ts';

/** What `/metrics` of `approxifer serve` says, for Prometheus. */
export function meters() {
  const registry = new Registry();
  const registers = [registry];
  const queries = new Counter({
    name: 'approxifer_queries_total',
    help: "Queries answered, by where the answer came from: the model's own, decoded, late (decoded from fewer answers than are waited for), none",
    labelNames: ['source'],
    registers,
  });
  const latency = new Histogram({
    name: 'approxifer_query_seconds',
    help: 'Seconds from a query to its answer',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const underWay = gauge('approxifer_queries_under_way', 'Queries that wait for their answer');
  const tasks = gauge('approxifer_tasks_started', 'Tasks that backends began since the start');
  const failures = gauge('approxifer_tasks_failed', 'Tasks that got no answer since the start');
  return {
    answered(seconds: number, source: Source): void {
      queries.inc({ source });
      latency.observe(seconds);
    },
    async page(front: FrontEnd): Promise<WireBody> {
      underWay.set(front.underWay);
      tasks.set(front.tasks);
      failures.set(front.failures);
      return { body: Buffer.from(await registry.metrics()), headers: { 'content-type': registry.contentType } };
    },
  };
}
