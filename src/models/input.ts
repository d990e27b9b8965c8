import { UserError } from '../util/errors.ts';
import type { Model } from './model.ts';
import type { InputSpec } from './spec.ts';

/**
 * The model with images as data sets give them (pixel / 255, planes first) for one that wants them otherwise:
 * `(x · (high - low) + low - mean) / std`, and channels last where the layout says so.
 * @param model the model as its file is, `inputShape` in its own layout
 * @throws UserError when the layout needs an image and the input is none, or mean or std have not one value a channel
 */
export function withInput(model: Model, input: InputSpec): Model {
  const last = input.layout === 'nhwc';
  if (last && model.inputShape.length !== 3) {
    throw new UserError(
      `model ${model.name} has input shape [${model.inputShape}]: no image, so layout nhwc does not apply`,
    );
  }
  const inputShape = last ? [2, 0, 1].map((axis) => model.inputShape[axis]!) : model.inputShape;
  const channels = inputShape[0]!;
  const plane = inputShape.slice(1).reduce((product, dim) => product * dim, 1);
  const [low, high] = input.range ?? [0, 1];
  const mean = perChannel(input.mean ?? 0, channels, 'mean');
  const std = perChannel(input.std ?? 1, channels, 'std');
  if (std.includes(0)) throw new UserError('model input: std must not be 0');
  const scale = std.map((value) => (high - low) / value);
  const shift = std.map((value, channel) => (low - mean[channel]!) / value);
  if (!last && scale.every((value) => value === 1) && shift.every((value) => value === 0)) return model;

  let buffer = new Float32Array(0);
  return {
    ...model,
    inputShape,
    infer(points, count) {
      const size = channels * plane;
      if (buffer.length < count * size) buffer = new Float32Array(count * size);
      const [channelStep, pixelStep] = last ? [1, channels] : [plane, 1];
      for (let image = 0; image < count; image++) {
        for (let channel = 0; channel < channels; channel++) {
          const from = image * size + channel * plane;
          const to = image * size + channel * channelStep;
          for (let i = 0; i < plane; i++)
            buffer[to + i * pixelStep] = points[from + i]! * scale[channel]! + shift[channel]!;
        }
      }
      return model.infer(buffer, count);
    },
  };
}

function perChannel(value: number | readonly number[], channels: number, what: string): number[] {
  if (typeof value === 'number') return Array.from({ length: channels }, () => value);
  if (value.length !== channels) {
    throw new UserError(`model input: ${what} has ${value.length} values for ${channels} channels`);
  }
  return [...value];
}
