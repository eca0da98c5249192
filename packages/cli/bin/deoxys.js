#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that one that is too old can be told so.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `deoxys needs Node.js 22.18 or newer, this is ${process.versions.node}. ` +
      'In a clone of the repository, npm brings its own: npm run deoxys -- --help\n',
  )
  process.exitCode = 2
} else {
  // Before the modules load, so that a signal meanwhile is not lost. The second one ends the process at once.
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(0)
      stop.abort(new Error(name))
    })
  }
  const { main } = await import('../src/main.ts')
  process.exitCode = await main(process.argv.slice(2), stop.signal)
}
