import { z } from 'zod';

const path = z.string().min(1);

/** What `dataset:` of a config may be: a registry name, or files of the user's own. Paths are relative to the config. */
export const datasetSpecSchema = z
  .union([
    z.string().min(1).meta({ description: 'A registry name: `approxifer datasets list`' }),
    z
      .strictObject({
        imagefolder: path.meta({ description: 'Folder with one folder of JPEG or PNG images a class' }),
        classes: path.optional().meta({ description: 'JSON table [{index, wnid}]; default: folders in sorted order' }),
        unreadable: z
          .enum(['refuse', 'skip'])
          .optional()
          .meta({ description: 'What to do with an image that cannot be decoded' }),
      })
      .meta({ description: 'Images on disk: short side to 256, centre crop 224' }),
    z.strictObject({ npy: path, labels: path }).meta({ description: 'NumPy arrays: points [n, …] and labels [n]' }),
    z.strictObject({ idx: path, labels: path }).meta({ description: 'IDX files as of MNIST, gzipped or not' }),
    z.strictObject({ cifar10: path }).meta({ description: 'Folder with test_batch.bin in the official binary layout' }),
  ])
  .meta({ description: 'Where the points come from' });

export type DatasetSpec = z.infer<typeof datasetSpecSchema>;
