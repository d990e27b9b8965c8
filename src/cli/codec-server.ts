import type { Command } from 'commander';
import { UserError } from '../util/errors.ts';
import { printable } from '../util/text.ts';

/** `approxifer codec-server`: the codecs for a program in another language. */
export function registerCodecServer(program: Command): void {
  program
    .command('codec-server')
    .description('answer codec requests on standard input: the codecs for other programs, such as the Python package')
    .addHelpText(
      'after',
      `
The Python package starts it; docs/how-to/codecs-from-python.md has the messages. It ends with its input.

Example:
  approxifer codec-server < requests > answers`,
    )
    .action(async () => {
      const [{ codecService }, { NoMessage, packed, Unpacker }] = await Promise.all([
        import('../coded/codec-service.ts'),
        import('../external/wire.ts'),
      ]);
      const answer = codecService();
      const unpacker = new Unpacker();
      try {
        for await (const chunk of process.stdin as AsyncIterable<Buffer>)
          for (const request of unpacker.take(chunk))
            for (const piece of packed(answer(request)))
              if (!process.stdout.write(piece)) await new Promise((done) => process.stdout.once('drain', done));
      } catch (error) {
        if (!(error instanceof NoMessage)) throw error;
        throw new UserError(
          `codec-server: the input is no message: ${JSON.stringify(printable(error.message, 80))}; programs write to it, such as the Python package`,
        );
      }
    });
}
