import type { AnswerGroup } from './answers.ts';
import { placeRows } from './rows.ts';
import type { Task, TaskPart, Workers } from './workers.ts';

/** The stored answers to what these workers can be asked. */
export interface StoredAnswers {
  /** Those of the workers that run a model, to the points of one code. */
  groupOf(part: TaskPart): AnswerGroup;
}

/**
 * Workers whose answers are kept: what was asked before is not computed again. A part of a task is stored as one: how points
 * are put into calls changes low bits, so that only the same call has the same answers.
 * @param inner workers that all answer, at once and honestly: what they say of points is a function of the points
 */
export function storedWorkers(inner: Workers, stored: StoredAnswers): Workers {
  return {
    async ask(task) {
      const looked = task.parts.map((part) => {
        const group = stored.groupOf(part);
        const id = idOf(task, part);
        return { part, group, id, known: group.read(id) };
      });
      const missing = looked.filter(({ known }) => known === undefined);
      const reply = await inner.ask(
        missing.length === task.parts.length ? task : { ...task, parts: missing.map(({ part }) => part) },
      );
      const { answers, m } = reply;
      for (const { part, group, id, known } of looked) {
        if (known) {
          placeRows(answers, part.workers, known, m);
        } else {
          const values = new Float32Array(part.workers.length * m);
          part.workers.forEach((worker, place) => {
            values.set(answers.subarray(worker * m, (worker + 1) * m), place * m);
          });
          group.write(id, values);
        }
      }
      return reply;
    },
  };
}

/** Says which points a part holds, inside its group. */
function idOf({ batch }: Task, { isFixed, code, workers }: TaskPart): string {
  return [batch, workers.length, isFixed ? '' : code].join(';');
}
