import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { makeFolder, writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { packageRoot } from '../util/folders.ts';
import { print } from './print.ts';

/** `approxifer init <folder> --python`. */
export function registerInit(program: Command): void {
  program
    .command('init')
    .description('make a folder with a method of your own that runs at once: scheme, config, test')
    .argument('<folder>', 'a new folder')
    .option('--python', 'a scheme in Python (the one language there is a template for)')
    .addHelpText('after', '\nExample:\n  approxifer init my-method --python\n  approxifer run my-method/config.yaml')
    .action((folder: string, flags: { python?: boolean }) => {
      if (!flags.python) throw new UserError('init: say what the method is written in: --python');
      if (existsSync(folder) && readdirSync(folder).length > 0)
        throw new UserError(`${folder} is not empty; give init a new folder`);
      const template = path.join(packageRoot, 'python', 'template');
      const names = ['my_method.py', 'config.yaml', 'test_my_method.py'];
      const texts = names.map((name) => readFileSync(path.join(template, name), 'utf8'));
      makeFolder(folder);
      texts.forEach((text, i) => {
        writeWhole(path.join(folder, names[i]!), text);
      });
      print(
        `${folder}: my_method.py is the scheme, config.yaml compares it, test_my_method.py tests it\nnext: approxifer run ${path.join(folder, 'config.yaml')}\n`,
      );
    });
}
