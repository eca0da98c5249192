import { createHash } from 'node:crypto'
import { add, G, invert, liftX, mod, multiply, N, negate, P, PEDERSEN_POINTS, type Point } from './curve.ts'
import type { Kernel } from './kernel.ts'
import { checkTotal, concatenate, countItems } from './layout.ts'

/**
 * Every function of the kernel as the protocol states it, one value at a time, in bigint. Orders of magnitude slower
 * than WebAssembly; it is the oracle of the tests and the way out where there is no WebAssembly.
 */

export function bytesToBigint(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/** 32 bytes big-endian. */
export function bigintToBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  for (let i = 31, rest = value; i >= 0; i -= 1, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

/** 2^i·point for i below 248: the doublings that all Pedersen hashes share. */
function doublings(point: Point): Point[] {
  const powers: Point[] = [point]
  for (let i = 1; i < 248; i += 1) powers.push(add(powers[i - 1], powers[i - 1]))
  return powers
}

let pedersenDoublings: readonly Point[][] | undefined

/** `H(a, b)` (1.2): P0 + a_lo·P1 + a_hi·P2 + b_lo·P3 + b_hi·P4, where hi is what is above bit 248. */
export function pedersen(a: bigint, b: bigint): bigint {
  pedersenDoublings ??= PEDERSEN_POINTS.slice(1).map(doublings)
  const low = (1n << 248n) - 1n
  let sum: Point = PEDERSEN_POINTS[0]
  for (const [i, scalar] of [a & low, a >> 248n, b & low, b >> 248n].entries()) {
    for (let bit = 0, rest = scalar; rest > 0n; bit += 1, rest >>= 1n) {
      if (rest & 1n) sum = add(sum, pedersenDoublings[i]![bit])
    }
  }
  return sum!.x
}

/** `Pa[…]` (1.3). */
export function pedersenArray(felts: readonly bigint[]): bigint {
  return pedersen(felts.reduce(pedersen, 0n), BigInt(felts.length))
}

let roundConstants: readonly bigint[] | undefined

/** The 273 round constants of 1.4: sha256 of "Hades0", "Hades1", … mod P. */
export function poseidonRoundConstants(): readonly bigint[] {
  roundConstants ??= Array.from({ length: 273 }, (_, i) =>
    mod(bytesToBigint(createHash('sha256').update(`Hades${i}`).digest())),
  )
  return roundConstants
}

export type PoseidonState = readonly [bigint, bigint, bigint]

/** The Hades permutation (1.4): 4 full, 83 partial, 4 full rounds. */
export function poseidonPermutation(state: PoseidonState): PoseidonState {
  const constants = poseidonRoundConstants()
  const cube = (value: bigint) => (value * value * value) % P
  let [a, b, c] = state
  for (let round = 0; round < 91; round += 1) {
    const isFull = round < 4 || round >= 87
    a += constants[3 * round]!
    b += constants[3 * round + 1]!
    c = cube(c + constants[3 * round + 2]!)
    if (isFull) [a, b] = [cube(a), cube(b)]
    ;[a, b, c] = [mod(3n * a + b + c), mod(a - b + c), mod(a + b - 2n * c)]
  }
  return [a, b, c]
}

/** `Ps[…]` (1.4). */
export function poseidonArray(felts: readonly bigint[]): bigint {
  const padded = felts.length % 2 === 0 ? [...felts, 1n, 0n] : [...felts, 1n]
  let state: PoseidonState = [0n, 0n, 0n]
  for (let i = 0; i < padded.length; i += 2) {
    state = poseidonPermutation([state[0] + padded[i]!, state[1] + padded[i + 1]!, state[2]])
  }
  return state[0]
}

const MASK_64 = (1n << 64n) - 1n
const KECCAK_RATE_BYTES = 136

/** One bit of the round constants: the linear feedback shift register x^8 + x^6 + x^5 + x^4 + 1 (FIPS 202, 3.2.5). */
function keccakRoundConstants(): bigint[] {
  let register = 1
  return Array.from({ length: 24 }, () => {
    let constant = 0n
    for (let j = 0; j < 7; j += 1) {
      if (register & 1) constant |= 1n << ((1n << BigInt(j)) - 1n)
      register = register & 0x80 ? (register << 1) ^ 0x171 : register << 1
    }
    return constant
  })
}

const KECCAK_CONSTANTS = keccakRoundConstants()

/** Keccak-f[1600] on lanes numbered x + 5y, as FIPS 202 writes it: θ, ρ and π, χ, ι. */
function keccakPermutation(lanes: bigint[]): void {
  const at = (x: number, y: number) => (x % 5) + 5 * (y % 5)
  const rotate = (lane: bigint, bits: number) => ((lane << BigInt(bits)) | (lane >> BigInt(64 - bits))) & MASK_64
  for (const constant of KECCAK_CONSTANTS) {
    const columns = [0, 1, 2, 3, 4].map((x) => [0, 1, 2, 3, 4].reduce((sum, y) => sum ^ lanes[at(x, y)]!, 0n))
    for (let i = 0; i < 25; i += 1) lanes[i]! ^= columns[(i + 4) % 5]! ^ rotate(columns[(i + 1) % 5]!, 1)
    const moved = [...lanes]
    for (let t = 0, x = 1, y = 0; t < 24; t += 1) {
      const [nextX, nextY] = [y, (2 * x + 3 * y) % 5]
      moved[at(nextX, nextY)] = rotate(lanes[at(x, y)]!, (((t + 1) * (t + 2)) / 2) % 64)
      ;[x, y] = [nextX, nextY]
    }
    for (let y = 0; y < 5; y += 1) {
      for (let x = 0; x < 5; x += 1)
        lanes[at(x, y)] = moved[at(x, y)]! ^ (~moved[at(x + 1, y)]! & MASK_64 & moved[at(x + 2, y)]!)
    }
    lanes[0]! ^= constant
  }
}

/** Keccak-256 with the original padding (0x01 … 0x80). */
export function keccak256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor(message.length / KECCAK_RATE_BYTES) + 1) * KECCAK_RATE_BYTES)
  padded.set(message)
  padded[message.length]! ^= 0x01
  padded[padded.length - 1]! ^= 0x80
  const lanes: bigint[] = new Array(25).fill(0n)
  for (let block = 0; block < padded.length; block += KECCAK_RATE_BYTES) {
    for (let i = 0; i < KECCAK_RATE_BYTES / 8; i += 1) {
      lanes[i]! ^= bytesToBigint(padded.slice(block + 8 * i, block + 8 * i + 8).reverse())
    }
    keccakPermutation(lanes)
  }
  const digest = new Uint8Array(32)
  for (let i = 0; i < 32; i += 1) digest[i] = Number((lanes[i >> 3]! >> BigInt(8 * (i & 7))) & 0xffn)
  return digest
}

/** The Blake2s felt hash (1.6). */
export function blake2sFelts(felts: readonly bigint[]): bigint {
  const words: number[] = []
  for (const felt of felts) {
    const isSmall = felt < 1n << 63n
    const marked = isSmall ? felt : felt | (1n << 255n)
    for (let i = isSmall ? 1 : 7; i >= 0; i -= 1) words.push(Number((marked >> BigInt(32 * i)) & 0xffffffffn))
  }
  const message = new Uint8Array(4 * words.length)
  const view = new DataView(message.buffer)
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true)
  return mod(bytesToBigint(createHash('blake2s256').update(message).digest().reverse()))
}

/** Stark ECDSA (1.7) against the x coordinate of a public key; either of the two keys with that x may have signed. */
export function verifySignature(message: bigint, r: bigint, s: bigint, keyX: bigint): boolean {
  const bound = 1n << 251n
  if (message >= bound || r === 0n || r >= bound || s === 0n || s >= N || keyX >= P) return false
  const key = liftX(keyX)
  if (!key) return false
  const w = invert(s, N)
  const left = multiply(G, message * w)
  const right = multiply(key, r * w)
  return add(left, right)?.x === r || add(left, negate(right))?.x === r
}

/** See `Kernel.parseFelts`. */
export function parseFelts(ascii: Uint8Array): bigint[] {
  if (ascii.length === 0) return []
  const lines = new TextDecoder('latin1').decode(ascii).split('\n')
  return lines.map((line, index) => {
    const value = /^0x[0-9a-fA-F]{1,64}$/.test(line) ? BigInt(line) : P
    if (value >= P) throw new RangeError(`felt ${index} is malformed or not below P`)
    return value
  })
}

const concatenateFelts = (values: readonly bigint[]) => concatenate(values.map(bigintToBytes))

function splitFelts(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytesToBigint(bytes.subarray(32 * i, 32 * i + 32)))
}

/** Rows of the given lengths, in units of `unitBytes`. */
function rows(bytes: Uint8Array, lengths: Uint32Array, unitBytes: number): Uint8Array[] {
  checkTotal(bytes, lengths, unitBytes)
  let end = 0
  return Array.from(lengths, (length) => {
    const start = end
    end += length * unitBytes
    return bytes.subarray(start, end)
  })
}

/** Rows of `size` felts. */
function tuples(bytes: Uint8Array, size: number): bigint[][] {
  const itemBytes = 32 * size
  return Array.from({ length: countItems(bytes, itemBytes) }, (_, i) =>
    splitFelts(bytes.subarray(i * itemBytes, (i + 1) * itemBytes)),
  )
}

function hashArrays(hash: (felts: readonly bigint[]) => bigint) {
  return (felts: Uint8Array, counts: Uint32Array) =>
    concatenateFelts(rows(felts, counts, 32).map((row) => hash(splitFelts(row))))
}

function hashMessages(hash: (message: Uint8Array) => Uint8Array) {
  return (messages: Uint8Array, lengths: Uint32Array) => concatenate(rows(messages, lengths, 1).map(hash))
}

function starknetKeccak(message: Uint8Array): Uint8Array {
  const digest = keccak256(message)
  digest[0]! &= 0x03
  return digest
}

/** The kernel without WebAssembly. */
export function createReferenceKernel(): Kernel {
  return {
    backend: 'reference',
    tables: undefined,
    pedersenPairs: (pairs) => concatenateFelts(tuples(pairs, 2).map(([a, b]) => pedersen(a!, b!))),
    pedersenArrays: hashArrays(pedersenArray),
    poseidonPermute: (states) =>
      concatenateFelts(tuples(states, 3).flatMap(([a, b, c]) => poseidonPermutation([a!, b!, c!]))),
    poseidonPairs: (pairs) => concatenateFelts(tuples(pairs, 2).map(([x, y]) => poseidonPermutation([x!, y!, 2n])[0])),
    poseidonArrays: hashArrays(poseidonArray),
    keccak256: hashMessages(keccak256),
    starknetKeccak: hashMessages(starknetKeccak),
    blake2sArrays: hashArrays(blake2sFelts),
    verifySignatures: (items) =>
      Uint8Array.from(tuples(items, 4).map(([message, r, s, x]) => Number(verifySignature(message!, r!, s!, x!)))),
    parseFelts: (ascii) => concatenateFelts(parseFelts(ascii)),
  }
}
