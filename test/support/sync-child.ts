import { customNetwork, felt, hexFromFelt, newFull } from '@deoxys/core'

/**
 * A node to be killed: syncs everything there is into a directory, with a line on stdout for each block it sealed, and
 * one more with the digest of its database when it is done.
 */
const [dataDir, feederUrl, chainId, publicKey, threads] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]

const network = customNetwork({ name: 'crash', chainId, publicKey: felt(publicKey) })
const node = await newFull({
  network,
  dataDir,
  feederUrls: [feederUrl],
  exitWhenSynced: true,
  threads: Number(threads),
})
process.stdout.write(`open ${node.head()?.number ?? -1}\n`)
node.events.on('sealed', ({ number, hash }) => process.stdout.write(`sealed ${number} ${hexFromFelt(hash)}\n`))
await node.done
process.stdout.write(`done ${node.digest()}\n`)
await node.close()
