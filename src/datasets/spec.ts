import { z } from 'zod';

const path = z.string().min(1);

/** Size of a data set that is drawn, and the seed of its points. */
const drawnKeys = {
  D: z.int().min(1).max(100_000).meta({ description: 'numbers of a point' }),
  count: z.int().min(1).max(10_000_000).default(10_000).meta({ description: 'points' }),
  seed: z.int().min(0).default(1).meta({ description: 'of the points' }),
};

const uniformSchema = z
  .strictObject({
    ...drawnKeys,
    low: z.number().default(-1),
    high: z.number().default(1),
  })
  .refine(({ low, high }) => low < high, 'low must be below high');

const normalSchema = z.strictObject({
  ...drawnKeys,
  mean: z.number().default(0),
  std: z.number().positive().default(1),
});

const chebyshevSchema = z
  .strictObject({
    count: z.int().min(1).max(10_000_000).meta({ description: 'points' }),
    low: z.number().default(-1),
    high: z.number().default(1),
  })
  .refine(({ low, high }) => low < high, 'low must be below high');

/** What `dataset:` of a config may be: a registry name, or files of the user's own. Paths are relative to the config. */
export const datasetSpecSchema = z
  .union([
    z.string().min(1).meta({ description: 'A registry name: `approxifer datasets list`' }),
    z
      .strictObject({
        imagefolder: path.meta({ description: 'Folder with one folder of JPEG or PNG images a class' }),
        classes: path.optional().meta({
          description: 'JSON table of the classes, [{index, wnid}] or names in order; default: folders in sorted order',
        }),
        size: z.int().min(1).max(4096).optional().meta({
          description:
            'Side in pixels: the short side is resized to it, then the centre square; default: 256, then 224',
        }),
        resize: z.literal('none').optional().meta({ description: 'Images as they are, or their centre of `size`' }),
        channels: z
          .union([z.literal(1), z.literal(3)])
          .optional()
          .meta({ description: '3 (the default): red, green, blue; 1: grey' }),
        unreadable: z
          .enum(['refuse', 'skip'])
          .optional()
          .meta({ description: 'What to do with an image that cannot be decoded' }),
      })
      .meta({ description: 'Images on disk, resized and cropped' }),
    z
      .strictObject({ npy: path, labels: path.optional() })
      .meta({ description: 'NumPy arrays: points [n, …] and labels [n]; without labels: no accuracy' }),
    z
      .strictObject({ idx: path, labels: path.optional() })
      .meta({ description: 'IDX files as of MNIST, gzipped or not; without labels: no accuracy' }),
    z
      .strictObject({ uniform: uniformSchema })
      .meta({ description: 'Points drawn from the box [low, high]^D; no labels' }),
    z.strictObject({ normal: normalSchema }).meta({ description: 'Points of independent normal numbers; no labels' }),
    z
      .strictObject({ chebyshev: chebyshevSchema })
      .meta({ description: 'The Chebyshev points of [low, high], where codes have their nodes; no labels' }),
    z.strictObject({ cifar10: path }).meta({ description: 'Folder with test_batch.bin in the official binary layout' }),
  ])
  .meta({ description: 'Where the points come from' });

export type UniformSpec = z.output<typeof uniformSchema>;
export type NormalSpec = z.output<typeof normalSchema>;
export type ChebyshevSpec = z.output<typeof chebyshevSchema>;
export type DatasetSpec = z.infer<typeof datasetSpecSchema>;
