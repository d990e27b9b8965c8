import { z } from 'zod';
import { functionSchemas } from './functions/registry.ts';

const path = z.string().min(1);
const perChannel = z.union([z.number(), z.array(z.number()).min(1)]);

/** How a model wants its images, when it is not pixel / 255 with planes first. */
const inputSpecSchema = z
  .strictObject({
    layout: z.enum(['nchw', 'nhwc']).optional().meta({ description: 'Axis order of the model (default nchw)' }),
    range: z
      .tuple([z.number(), z.number()])
      .optional()
      .meta({ description: 'What pixel values 0 and 255 become before mean and std (default [0, 1])' }),
    mean: perChannel.optional().meta({ description: 'Subtracted after scaling to the range, for all or each channel' }),
    std: perChannel.optional().meta({ description: 'Divides the difference, for all or each channel' }),
  })
  .meta({ description: 'What the model expects of its input' });

/** What `model:` of a config may be: a registry name, or a file of the user's own. Paths are relative to the config. */
export const modelSpecSchema = z
  .union([
    z.string().min(1).meta({ description: 'A registry name: `approxifer models list`' }),
    z
      .strictObject({
        onnx: path,
        outputName: z
          .string()
          .min(1)
          .optional()
          .meta({ description: 'Which of several outputs is the answer (default: the only one)' }),
        input: inputSpecSchema.optional(),
      })
      .meta({ description: 'An ONNX file' }),
    z
      .strictObject({ tfjs: path, input: inputSpecSchema.optional() })
      .meta({ description: 'A TensorFlow.js model: its model.json' }),
    z
      .strictObject({ endpoint: z.string().min(1), input: inputSpecSchema.optional() })
      .meta({ description: 'A model on a server of the Open Inference Protocol: http://host:port/v2/models/name' }),
    ...functionSchemas.map((form) =>
      form.meta({ description: 'A closed form, in doubles: a codec is tested without a network' }),
    ),
  ])
  .meta({ description: 'The model f' });

export type InputSpec = z.infer<typeof inputSpecSchema>;
export type ModelSpec = z.infer<typeof modelSpecSchema>;
