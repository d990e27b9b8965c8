import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../util/errors.ts';
import { fileKind, readUserFile, reasonOf, sha256 } from '../util/files.ts';
import { counted } from '../util/text.ts';
import { decodeImage, type Framing, framedSize, imagenetFraming } from './decode-image.ts';

/** What a look at an image folder finds out: plain data, which a worker thread can be sent. */
export interface ImageListing {
  /** In the order of the points, with the digests of their bytes. */
  readonly files: readonly (ImageFile & { readonly sha256: string })[];
  /** [channels, height, width] of a point. */
  readonly shape: readonly number[];
  readonly sha256: string;
  /** The class folders, where their rank is taken for the class; absent where a table gives the classes. */
  readonly ranked?: readonly string[];
}

export interface ListingOptions {
  /** Path of a JSON table from folder names to classes; default: rank of the folder's name. */
  readonly classes?: string;
  /** What becomes of an image. */
  readonly framing: Framing;
  /** `skip` decodes every image and leaves out those that cannot be read. */
  readonly unreadable?: 'refuse' | 'skip';
  /** Told of what is left out, a line each. */
  readonly warn: (message: string) => void;
}

interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** Images of formats that are not read: a folder of them alone is refused, and among others they are named. */
const foreign = /\.(webp|gif|bmp|tiff?|heic|avif|jp2|ppm)$/i;

/**
 * Lists the images of a folder that holds one folder of images for each class.
 * @throws UserError when the folder is missing or empty, when it is not clear which class a folder is, when something in it
 *   is no image file, or the images have different sizes and are not resized
 */
export async function listImages(folder: string, options: ListingOptions): Promise<ImageListing> {
  const { classes, framing, warn } = options;
  const classFolders = await listClassFolders(folder);
  const classOf = classes ? await readClassTable(classes) : ranks(classFolders, folder);
  let files: ImageFile[] = [];
  for (const name of classFolders) {
    const label = classOf.get(name);
    if (label === undefined) throw new UserError(`${join(folder, name)}: no class '${name}' in ${classes}`);
    const images = await imagesOf(join(folder, name), warn);
    files.push(...images.map((file) => ({ path: join(folder, name, file), label })));
  }
  if (files.length === 0) {
    throw new UserError(`${folder} holds no .jpg, .jpeg or .png in its folders: it needs one folder of images a class`);
  }
  if (options.unreadable === 'skip') files = await readableFiles(files, options);
  return { ...(await surveyed(folder, files, framing)), ...(classes ? {} : { ranked: classFolders }) };
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new UserError(`image folder ${folder} cannot be read: ${reasonOf(error)}`);
  }
}

/**
 * Folders and links to folders, in order of their names; hidden ones, such as `.ipynb_checkpoints`, are no classes, and files
 * beside them neither.
 * @throws UserError for anything else: it may stand for a class, without which the ranks of the others would be wrong
 */
async function listClassFolders(folder: string): Promise<string[]> {
  const names = (await entriesOf(folder)).filter((name) => !name.startsWith('.'));
  const kinds = await Promise.all(names.map((name) => fileKind(join(folder, name))));
  const odd = kinds.findIndex((kind) => kind !== 'a folder' && kind !== 'a file');
  if (odd >= 0) {
    const what = kinds[odd] ?? 'a link that leads nowhere';
    throw new UserError(
      `${join(folder, names[odd]!)} is ${what}, and not a class folder: mend or remove it, since the order of all decides which class each is`,
    );
  }
  return names.filter((_, i) => kinds[i] === 'a folder');
}

/** The names of the images of a class folder; none in an empty one, which keeps its rank. */
async function imagesOf(folder: string, warn: ListingOptions['warn']): Promise<string[]> {
  const names = await entriesOf(folder);
  const images = names.filter((file) => /\.(jpe?g|png)$/i.test(file));
  const others = names.filter((file) => foreign.test(file));
  const rest = names.filter((name) => !name.startsWith('.') && !images.includes(name));
  const kinds = await Promise.all(rest.map((name) => fileKind(join(folder, name))));
  const inner = rest.filter((_, i) => kinds[i] === 'a folder');
  if (inner.length > 0) {
    throw new UserError(
      `${folder} holds the folder ${inner[0]}: a class is one folder of images, without folders in it; ` +
        'move the images up, or give the folder of the class folders as imagefolder:',
    );
  }
  if (images.length === 0 && rest.length > 0) {
    throw new UserError(
      `${folder} holds ${counted(rest.length, 'file')} such as ${rest[0]}, and no .jpg, .jpeg or .png: turn them into PNG, or remove the folder`,
    );
  }
  if (others.length > 0) {
    warn(`left out: ${counted(others.length, 'file')} of ${folder} such as ${others[0]}, neither JPEG nor PNG`);
  }
  return images;
}

function ranks(classFolders: readonly string[], folder: string): Map<string, number> {
  const wordnet = classFolders.filter((name) => /^n\d{8}$/.test(name)).length;
  if (wordnet > 0 && wordnet < 1000) {
    throw new UserError(
      `${folder} has ${wordnet} of ImageNet's 1,000 class folders, so their order does not give the class: ` +
        'add classes: table.json with [{"index": 0, "wnid": "n01440764"}, …]',
    );
  }
  const late = classFolders.findIndex(
    (name, rank) => /^\d+$/.test(name) && Number(name) < Number(classFolders[rank - 1]),
  );
  if (late > 0 && classFolders.every((name) => /^\d+$/.test(name))) {
    throw new UserError(
      `the class folders of ${folder} are numbers, but as text ${classFolders[late - 1]} comes before ${classFolders[late]}: ` +
        'add classes: table.json with the names in the order of the classes, ' +
        `["0", "1", "2", …] by number or ${JSON.stringify(classFolders.slice(0, 3)).replaceAll(',', ', ').replace(']', ', …]')} as torchvision's ImageFolder sorts them`,
    );
  }
  return new Map(classFolders.map((name, rank) => [name, rank]));
}

const classTableSchema = z.union([
  z.array(z.object({ index: z.int().min(0), wnid: z.string() })).min(1),
  z.array(z.string()).min(1),
]);

/**
 * A table from class folders to classes: `[{index, wnid}]`, or the names in the order of the classes.
 * @throws UserError when the file is missing or is no such table
 */
async function readClassTable(path: string): Promise<Map<string, number>> {
  const text = (await readUserFile(path, 'class table')).toString();
  let table: z.infer<typeof classTableSchema>;
  try {
    table = classTableSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(
      `class table ${path} is not JSON of the form [{"index": 0, "wnid": "n01440764"}, …] or ["cat", "dog", …]`,
    );
  }
  const classes = new Map<string, number>();
  for (const [place, row] of table.entries()) {
    const { wnid, index } = typeof row === 'string' ? { wnid: row, index: place } : row;
    if (classes.has(wnid)) throw new UserError(`class table ${path} has '${wnid}' twice`);
    classes.set(wnid, index);
  }
  return classes;
}

/** The files that can be decoded: each is. */
async function readableFiles(files: readonly ImageFile[], { framing, warn }: ListingOptions): Promise<ImageFile[]> {
  const readable: ImageFile[] = [];
  for (const file of files) {
    try {
      await decodeImage(await readUserFile(file.path, 'image'), file.path, framing);
      readable.push(file);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warn(`skipped: ${error.message}`);
    }
  }
  if (readable.length === 0) throw new UserError(`none of the ${files.length} images can be read`);
  return readable;
}

/** Reads every file once: SHA-256 over names below the folder, classes and contents, and the shape that all have. */
async function surveyed(
  folder: string,
  files: readonly ImageFile[],
  framing: Framing,
): Promise<Omit<ImageListing, 'ranked'>> {
  const hash = createHash('sha256');
  // other points of the same files are other data
  if (JSON.stringify(framing) !== JSON.stringify(imagenetFraming)) hash.update(`${JSON.stringify(framing)}\n`);
  let size = framing.crop === undefined ? undefined : [framing.crop, framing.crop];
  const known: ImageListing['files'][number][] = [];
  for (const { path, label } of files) {
    const bytes = await readUserFile(path, 'image');
    known.push({ path, label, sha256: sha256(bytes) });
    hash.update(`${path.slice(folder.length).replaceAll('\\', '/')}\n${label}\n${bytes.length}\n`).update(bytes);
    if (framing.crop !== undefined) continue;
    const [height, width] = await framedSize(bytes, path, framing);
    size ??= [height, width];
    if (height !== size[0] || width !== size[1]) {
      throw new UserError(
        `image ${path} has ${width} x ${height} pixels, ${files[0]!.path} has ${size[1]} x ${size[0]}: ` +
          `give the imagefolder size: ${Math.min(...size)} in place of 'resize: none', so that all are resized`,
      );
    }
  }
  return { files: known, shape: [framing.channels, ...size!], sha256: hash.digest('hex') };
}
