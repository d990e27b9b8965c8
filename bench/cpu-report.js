// Preloaded into a measured process: at exit it says how much processor time and memory it took, on lines of their own on stderr.
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(
    `\ncpu-seconds ${(user + system) / 1e6}\npeak-megabytes ${process.resourceUsage().maxRSS / 1024}\n`,
  );
});
