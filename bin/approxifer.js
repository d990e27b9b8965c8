#!/usr/bin/env node
let cli;
try {
  cli = await import('../dist/bundle/cli/main.js');
} catch (error) {
  const [message] = String(error?.message).split(/\n| imported from /);
  console.error(`approxifer: ${cure(error?.code, message)}`);
  if (process.env.DEBUG === 'approxifer') console.error(error);
  process.exitCode = 70;
}
if (cli) {
  process.on('uncaughtException', cli.crash);
  await cli.main(process.argv);
}

/** What is wrong when the program itself cannot be loaded. */
function cure(code, message) {
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many open files; raise the limit (ulimit -n 4096)';
  if (code !== 'ERR_MODULE_NOT_FOUND') return `${message}; install it again`;
  if (message.endsWith("main.js'")) return 'it is not built yet; run "npm run build" in its folder';
  return `${message}; run "npm ci" in its folder`;
}
