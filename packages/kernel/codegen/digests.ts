import { functionSource } from './field.ts'

const range = (length: number) => Array.from({ length }, (_, i) => i)

/** Bits of x^8 + x^6 + x^5 + x^4 + 1 (FIPS 202, 3.2.5). */
function keccakRoundConstants(): bigint[] {
  let register = 1
  return range(24).map(() => {
    let constant = 0n
    for (const j of range(7)) {
      if (register & 1) constant |= 1n << ((1n << BigInt(j)) - 1n)
      register = register & 0x80 ? (register << 1) ^ 0x171 : register << 1
    }
    return constant
  })
}

/** The rotation of ρ for lane x + 5y (FIPS 202, 3.2.2). */
function keccakRotations(): number[] {
  const rotations = new Array<number>(25).fill(0)
  let [x, y] = [1, 0]
  for (const t of range(24)) {
    rotations[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  return rotations
}

const lanes = range(25)

/** What a lane of Keccak is, and the text of what is done with it. */
interface LaneType {
  readonly name: string
  readonly bytes: number
  xor(a: string, b: string): string
  and(a: string, b: string): string
  or(a: string, b: string): string
  not(a: string): string
  rotate(a: string, bits: number): string
  load(address: string, offset: number): string
  store(address: string, value: string, offset: number): string
  /** A round constant. */
  constant(address: string, offset: number): string
}

const WORD: LaneType = {
  name: 'u64',
  bytes: 8,
  xor: (a, b) => `(${a} ^ ${b})`,
  and: (a, b) => `(${a} & ${b})`,
  or: (a, b) => `(${a} | ${b})`,
  not: (a) => `~${a}`,
  rotate: (a, bits) => `rotl<u64>(${a}, ${bits})`,
  load: (address, offset) => `load<u64>(${address}, ${offset})`,
  store: (address, value, offset) => `store<u64>(${address}, ${value}, ${offset})`,
  constant: (address, offset) => `load<u64>(${address}, ${offset})`,
}

/** The same lane of two states side by side. */
const WORD_PAIR: LaneType = {
  name: 'v128',
  bytes: 16,
  xor: (a, b) => `v128.xor(${a}, ${b})`,
  and: (a, b) => `v128.and(${a}, ${b})`,
  or: (a, b) => `v128.or(${a}, ${b})`,
  not: (a) => `v128.not(${a})`,
  rotate: (a, bits) => `v128.or(i64x2.shl(${a}, ${bits}), i64x2.shr_u(${a}, ${64 - bits}))`,
  load: (address, offset) => `v128.load(${address}, ${offset})`,
  store: (address, value, offset) => `v128.store(${address}, ${value}, ${offset})`,
  constant: (address, offset) => `v128.load64_splat(${address}, ${offset})`,
}

/**
 * The lanes that are kept inverted, so that χ takes one complement a row and not five (Bertoni and others, Keccak
 * implementation overview, 2.2).
 */
const isInverted = (lane: number) => [1, 2, 8, 12, 17, 20].includes(lane)
const isColumnInverted = (x: number) => range(5).filter((y) => isInverted((x % 5) + 5 * y)).length % 2 === 1

/** ρ and π take lane (x, y) to (y, 2x + 3y): what lane comes to each place, and whether θ leaves it inverted. */
function movedLanes(): { readonly from: number; readonly inverted: boolean }[] {
  const moved: { from: number; inverted: boolean }[] = []
  for (const from of lanes) {
    const [x, y] = [from % 5, Math.floor(from / 5)]
    const inverted = (isColumnInverted(x + 4) !== isColumnInverted(x + 1)) !== isInverted(from)
    moved[y + 5 * ((2 * x + 3 * y) % 5)] = { from, inverted }
  }
  return moved
}

/** One round, of the lanes `a0` … to the lanes `e0` … by those names; what is in between is named after the round. */
function keccakRound(type: LaneType, round: number, a: string, e: string, constant: string): string[] {
  const rotations = keccakRotations()
  const moved = movedLanes()
  const columnLanes = (x: number) => range(5).map((y) => `${a}${x + 5 * y}`)
  const [column, change, b] = [`column${round}_`, `change${round}_`, `b${round}_`]
  const theta = [
    ...range(5).map((x) => `const ${column}${x} = ${columnLanes(x).reduce(type.xor)}`),
    ...range(5).map((x) => {
      const turned = type.rotate(`${column}${(x + 1) % 5}`, 1)
      return `const ${change}${x} = ${type.xor(`${column}${(x + 4) % 5}`, turned)}`
    }),
  ]
  const move = (place: number) => {
    const { from } = moved[place]!
    const changed = type.xor(`${a}${from}`, `${change}${from % 5}`)
    const bits = rotations[from]!
    return `const ${b}${place} = ${bits ? type.rotate(changed, bits) : changed}`
  }
  /** b0 ^ (~b1 & b2) along the row; of its two forms the one in which b2 needs no complement. */
  const chi = (place: number) => {
    const row = place - (place % 5)
    const places = [place, row + ((place + 1) % 5), row + ((place + 2) % 5)]
    const [name0, name1, name2] = places.map((at) => `${b}${at}`) as [string, string, string]
    const [inverted0, inverted1, inverted2] = places.map((at) => moved[at]!.inverted) as [boolean, boolean, boolean]
    // ~b1 & b2 = ~(b1 | ~b2)
    const first = inverted1 !== inverted2 ? name1 : type.not(name1)
    const product = inverted2 ? type.or(first, name2) : type.and(first, name2)
    const isOff = (inverted0 !== inverted2) !== isInverted(place)
    const sum = type.xor(isOff ? type.not(name0) : name0, product)
    return `${e}${place} = ${place === 0 ? type.xor(sum, constant) : sum}`
  }
  // A row's five lanes are done with before the next five are needed.
  const rows = range(5).map((y) => range(5).map((x) => x + 5 * y))
  return [...theta, ...rows.flatMap((row) => [...row.map(move), ...row.map(chi)])]
}

/** Keccak-f[1600], two rounds a turn: the lanes stay in locals, also between the two. */
function keccakPermutationSource(type: LaneType, name: string, comment: string): string {
  const flip = (lane: number, value: string) => (isInverted(lane) ? type.not(value) : value)
  return [
    `const ROUND_CONSTANTS: usize = memory.data<u64>([${keccakRoundConstants().join(', ')}])`,
    functionSource(comment, `${name}(state: usize)`, [
      ...lanes.map((i) => `let a${i} = ${flip(i, type.load('state', type.bytes * i))}`),
      ...lanes.map((i) => `let e${i}: ${type.name}`),
      'for (let constant = ROUND_CONSTANTS; constant < ROUND_CONSTANTS + 192; constant += 16) {',
      ...keccakRound(type, 0, 'a', 'e', type.constant('constant', 0)),
      ...keccakRound(type, 1, 'e', 'a', type.constant('constant', 8)),
      '}',
      ...lanes.map((i) => type.store('state', flip(i, `a${i}`), type.bytes * i)),
    ]),
  ].join('\n')
}

export function keccakSource(): string {
  return keccakPermutationSource(WORD, 'keccakPermutation', 'Keccak-f[1600] in place on 25 little-endian lanes.')
}

/** Needs SIMD. */
export function keccakPairSource(): string {
  const comment = 'Keccak-f[1600] in place on two states, whose lanes alternate.'
  return keccakPermutationSource(WORD_PAIR, 'keccakPairPermutation', comment)
}

/** RFC 7693, 2.6 and 2.7. The IV are the first 32 bits of the fractional parts of the square roots of 2, 3, 5 … 19. */
const BLAKE2S_IV = [2, 3, 5, 7, 11, 13, 17, 19].map((prime) => squareRootFraction(prime))
/** Of a plain digest: 32 bytes, no key, fan-out and depth 1. */
const BLAKE2S_PARAMETERS = 0x01010020
const BLAKE2S_INITIAL = BLAKE2S_IV.map((word, i) => (i === 0 ? word ^ BLAKE2S_PARAMETERS : word))
const BLAKE2S_SIGMA = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
].map((row) => [...row].map((digit) => Number.parseInt(digit, 16)))

/** floor(√n·2^32) mod 2^32, by Newton's method in integers. */
function squareRootFraction(n: number): number {
  const target = BigInt(n) << 64n
  let root = target
  for (let next = (root + 1n) >> 1n; next < root; next = (root + target / root) >> 1n) root = next
  return Number(root & 0xffffffffn)
}

function blake2sMix(a: number, b: number, c: number, d: number, x: number, y: number): string[] {
  const half = (word: number, first: number, second: number) => [
    `v${a} += v${b} + m${word}`,
    `v${d} = rotr<u32>(v${d} ^ v${a}, ${first})`,
    `v${c} += v${d}`,
    `v${b} = rotr<u32>(v${b} ^ v${c}, ${second})`,
  ]
  return [...half(x, 16, 12), ...half(y, 8, 7)]
}

/** The compression function, its ten rounds unrolled. */
export function blake2sSource(): string {
  const start = BLAKE2S_IV.map((word, i) => {
    const extra = i === 4 ? ' ^ <u32>byteCount' : i === 5 ? ' ^ <u32>(byteCount >> 32)' : i === 6 ? ' ^ finalMask' : ''
    return `let v${8 + i}: u32 = ${word}${extra}`
  })
  const rounds = BLAKE2S_SIGMA.flatMap((s) => [
    ...range(4).flatMap((i) => blake2sMix(i, 4 + i, 8 + i, 12 + i, s[2 * i]!, s[2 * i + 1]!)),
    ...range(4).flatMap((i) =>
      blake2sMix(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), s[8 + 2 * i]!, s[9 + 2 * i]!),
    ),
  ])
  return [
    `export const INITIAL_STATE: usize = memory.data<u32>([${BLAKE2S_INITIAL.join(', ')}])`,
    functionSource(
      'One 64-byte block into the eight words of `state`; finalMask is 0xffffffff for the last block, otherwise 0.',
      'blake2sCompress(state: usize, block: usize, byteCount: u64, finalMask: u32)',
      [
        ...range(16).map((i) => `const m${i} = load<u32>(block, ${4 * i})`),
        ...range(8).map((i) => `let v${i} = load<u32>(state, ${4 * i})`),
        ...start,
        ...rounds,
        ...range(8).map((i) => `store<u32>(state, load<u32>(state, ${4 * i}) ^ v${i} ^ v${i + 8}, ${4 * i})`),
      ],
    ),
  ].join('\n')
}
