import { createProgram } from '../../dist/cli/main.js';
import { plain, table } from './markdown.js';

/** Every command that does something, with its path: `models import`. */
function leaves(command, path = []) {
  const own = command.commands.filter((child) => child.name() !== 'help');
  return own.length === 0
    ? [{ command, path: path.join(' ') }]
    : own.flatMap((child) => leaves(child, [...path, child.name()]));
}

/** What `--help` prints after the options. */
function epilogue(command) {
  let text = '';
  const write = (part) => {
    text += part;
  };
  command.configureOutput({ writeOut: write, writeErr: write });
  command.outputHelp();
  return text.slice(text.indexOf('-h, --help')).split('\n').slice(1).join('\n').trim();
}

function commandSection({ command, path }) {
  const help = command.createHelp();
  const parts = [`## ${path}`, `${sentence(command.description())}`];
  parts.push(`\`approxifer ${path} ${command.usage()}\``);
  const rows = [
    ...help.visibleArguments(command).map((argument) => [`\`<${argument.name()}>\``, argument.description, '']),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => [
        `\`${option.flags}\``,
        option.description,
        option.defaultValue === undefined || Array.isArray(option.defaultValue) ? '' : `\`${option.defaultValue}\``,
      ]),
  ].map(([name, what, usual]) => [name, plain(what), usual]);
  if (rows.length > 0) parts.push(table(['argument or option', 'what it is', 'default'], rows));
  parts.push(...examples(epilogue(command)));
  return parts.join('\n\n');
}

/** Examples become a block of commands, what stands before them a paragraph. */
function examples(text) {
  const [, before = '', block] = /^([\s\S]*?)(?:Examples?:\n([\s\S]*))?$/.exec(text) ?? [];
  const said = before.trim();
  const notes = said.includes('\n  ') ? [`\`\`\`text\n${said}\n\`\`\``] : said ? [plain(said.replace(/\n/g, ' '))] : [];
  return block ? [...notes, `\`\`\`sh\n${block.replace(/^ {2}/gm, '').trimEnd()}\n\`\`\``] : notes;
}

const sentence = (text) => `${text[0].toUpperCase()}${plain(text.slice(1))}.`;

/** Every command: an overview, then its arguments, options and examples. */
export async function commandLine() {
  const commands = leaves(await createProgram());
  const overview = table(
    ['command', 'what it does'],
    commands.map(({ command, path }) => [`[${path}](#${path.replaceAll(' ', '-')})`, plain(command.description())]),
  );
  return [overview, ...commands.map(commandSection)].join('\n\n');
}
