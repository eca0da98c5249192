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
const rotate = (value: string, bits: number) => (bits ? `rotl<u64>(${value}, ${bits})` : value)

/** Keccak-f[1600], one round a turn: the 25 lanes stay in locals. */
export function keccakSource(): string {
  const rotations = keccakRotations()
  const constants = keccakRoundConstants()
  const round = [
    ...range(5).map(
      (x) =>
        `const column${x} = ${range(5)
          .map((y) => `a${x + 5 * y}`)
          .join(' ^ ')}`,
    ),
    ...range(5).map((x) => `const d${x} = column${(x + 4) % 5} ^ ${rotate(`column${(x + 1) % 5}`, 1)}`),
    // ρ and π: lane (x, y) goes to (y, 2x + 3y).
    ...lanes.map((lane) => {
      const [x, y] = [lane % 5, Math.floor(lane / 5)]
      return `const b${y + 5 * ((2 * x + 3 * y) % 5)} = ${rotate(`a${lane} ^ d${x}`, rotations[lane]!)}`
    }),
    ...lanes.map((lane) => {
      const row = lane - (lane % 5)
      return `a${lane} = b${lane} ^ (~b${row + ((lane + 1) % 5)} & b${row + ((lane + 2) % 5)})`
    }),
    'a0 ^= load<u64>(ROUND_CONSTANTS + 8 * round)',
  ]
  return [
    `const ROUND_CONSTANTS: usize = memory.data<u64>([${constants.join(', ')}])`,
    functionSource('Keccak-f[1600] in place on 25 little-endian lanes.', 'keccakPermutation(state: usize)', [
      ...lanes.map((i) => `let a${i} = load<u64>(state, ${8 * i})`),
      'for (let round: usize = 0; round < 24; round++) {',
      ...round,
      '}',
      ...lanes.map((i) => `store<u64>(state, a${i}, ${8 * i})`),
    ]),
  ].join('\n')
}

/** RFC 7693, 2.6 and 2.7. The IV are the first 32 bits of the fractional parts of the square roots of 2, 3, 5 … 19. */
const BLAKE2S_IV = [2, 3, 5, 7, 11, 13, 17, 19].map((prime) => squareRootFraction(prime))
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
    `export const IV: usize = memory.data<u32>([${BLAKE2S_IV.join(', ')}])`,
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
