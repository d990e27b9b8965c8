// Preloaded into a measured process: at exit it says how much processor time it took, on a line of its own on stderr.
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(`\ncpu-seconds ${(user + system) / 1e6}\n`);
});
