#!/usr/bin/env node
try {
  const { crash, main } = await import('../dist/cli/main.js');
  process.on('uncaughtException', crash);
  await main(process.argv);
} catch (error) {
  // main reports its own errors: what arrives here is that it could not be loaded
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  const built = !error.message.includes('main.js');
  const cure = built
    ? `${error.message.split(' imported from')[0]}; run "npm ci"`
    : 'it is not built; run "npm run build"';
  console.error(`approxifer: ${cure} in the folder that holds its package.json`);
  process.exitCode = 70;
}
