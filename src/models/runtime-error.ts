import { UserError } from '../util/errors.ts';
import { machineFailure } from '../util/machine-failure.ts';

/** Longest reason that is quoted. What counts stands at its beginning or, as the supported opset, at its end. */
const head = 150;
const tail = 200;

/**
 * What an error of ONNX Runtime or TensorFlow.js says, in one line without the places of its source code
 * (`/…/model.cc:202 Model::Model(ModelProto&&, …) Unsupported model IR version: 99, max supported IR version: 13`).
 */
function runtimeReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = withoutPlaces(message)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  if (text.length <= head + tail) return text;
  return `${text.slice(0, head).replace(/\S*$/, '')}… ${text.slice(-tail).replace(/^\S*\s/, '')}`;
}

/** The error to throw when a runtime fails: one of the machine where it is out of something, else one of the model. */
export function runtimeError(error: unknown, what: string): Error {
  return machineFailure(error, what) ?? new UserError(`${what}: ${runtimeReason(error)}`);
}

/** Takes out `path/file.cc:line` and the signature of the function after it, wherever they stand. */
function withoutPlaces(text: string): string {
  let rest = text;
  let clean = '';
  for (let place = nextPlace(rest); place; place = nextPlace(rest)) {
    clean += rest.slice(0, place.index);
    rest = rest.slice(endOfSignature(rest, place.index + place[0].length));
  }
  return clean + rest;
}

function nextPlace(text: string): RegExpExecArray | null {
  return /\S+\.(cc|cpp|h|hpp):\d+ /.exec(text);
}

/** Where the signature at `from` ends: after its balanced parentheses and what follows them without a blank. */
function endOfSignature(text: string, from: number): number {
  const open = text.indexOf('(', from);
  if (open < 0) return from;
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    if (depth > 0 || text[at + 1] === '(') continue; // operator()(…)
    const suffix = /^( const\b)?( \[with [^\]]*\])?\s*/.exec(text.slice(at + 1))!;
    return at + 1 + suffix[0].length;
  }
  return from;
}
