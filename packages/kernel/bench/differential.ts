import { BACKENDS } from '../src/index.ts'
import { compareBackends, FELTS_PER_ROUND } from '../src/testing/differential.ts'

/**
 * The scalar back end against the faster ones on many hashes:
 *
 *     node differential.ts [Pedersen hashes]
 */

const HASHES_DEFAULT = 200_000

const hashCount = Number(process.argv[2] ?? HASHES_DEFAULT)
if (!Number.isInteger(hashCount) || hashCount < 1) throw new RangeError(`${process.argv[2]} is not a count`)

const rounds = Math.ceil(hashCount / (FELTS_PER_ROUND / 2))
const mismatches = await compareBackends(rounds)
const felts = rounds * FELTS_PER_ROUND
const did = `${felts / 2} Pedersen hashes and ${felts / 3} permutations on ${BACKENDS.filter((name) => name !== 'reference').join(', ')}`
process.stdout.write(`${did}: ${mismatches.length === 0 ? 'all equal' : JSON.stringify(mismatches)}\n`)
if (mismatches.length > 0) process.exitCode = 1
