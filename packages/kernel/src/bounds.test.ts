import { describe, expect, test } from 'vitest'
import { fieldSource } from '../codegen/field.ts'
import { functionBody, type Interval, type Memory, runOnIntervals } from '../codegen/intervals.ts'
import { LIMB_BITS, LIMB_COUNT, R, toLimbs, toMontgomery } from '../codegen/limbs.ts'
import { poseidonSource } from '../codegen/poseidon.ts'
import { P } from './curve.ts'
import { callsOf } from './testing/assembly-calls.ts'

/**
 * The arithmetic of the scalar back end on intervals (codegen/intervals.ts): no intermediate of any generated function
 * leaves i64, no stored limb leaves i32, for all inputs that the chains of curve.ts, pedersen.ts and poseidon.ts can give.
 * Values are counted in multiples of P, up to two units of the top limb (P/2^18).
 */

type Element = readonly Interval[]

const FIELD = fieldSource()
const POSEIDON = poseidonSource()

const TOP_SHIFT = BigInt(LIMB_BITS * (LIMB_COUNT - 1))
const LIMB_MAX = (1n << BigInt(LIMB_BITS)) - 1n

const limbs = (limb: (index: number) => Interval): Element => Array.from({ length: LIMB_COUNT }, (_, i) => limb(i))

/** Any limbs within ±2^bits, and a value within ±2^10·P. */
const within = (bits: number): Element =>
  limbs((i) => {
    const limit = 1n << BigInt(i < LIMB_COUNT - 1 ? bits : 29)
    return { min: -limit, max: limit }
  })

/** Tight, and of a value from min·P to max·P. */
const multiples = (min: number, max: number): Element =>
  limbs((i) =>
    i < LIMB_COUNT - 1
      ? { min: 0n, max: LIMB_MAX }
      : { min: (BigInt(min) * P) >> TOP_SHIFT, max: (BigInt(max) * P) >> TOP_SHIFT },
  )

const constant = (value: bigint): Element => toLimbs(toMontgomery(value)).map((limb) => ({ min: limb, max: limb }))
const negated = (a: Element): Element => a.map(({ min, max }) => ({ min: -max, max: -min }))
const plus = (a: Element, b: Element): Element =>
  a.map((limb, i) => ({ min: limb.min + b[i]!.min, max: limb.max + b[i]!.max }))
const union = (a: Element, b: Element): Element =>
  a.map((limb, i) => ({
    min: limb.min < b[i]!.min ? limb.min : b[i]!.min,
    max: limb.max > b[i]!.max ? limb.max : b[i]!.max,
  }))
const isInside = (inner: Element, outer: Element) =>
  inner.every((limb, i) => limb.min >= outer[i]!.min && limb.max <= outer[i]!.max)

function expectTight(element: Element): void {
  for (const limb of element.slice(0, -1)) expect(limb).toEqual({ min: 0n, max: LIMB_MAX })
}

/** Tight, and from min·P to max·P but for two units of the top limb. */
function expectMultiples(element: Element, min: number, max: number): void {
  const outer = multiples(min, max).at(-1)!
  expectTight(element)
  expect(element.at(-1)!.min).toBeGreaterThanOrEqual(outer.min - 2n)
  expect(element.at(-1)!.max).toBeLessThanOrEqual(outer.max + 2n)
}

const toMemory = (limbBytes: number, elements: readonly Element[]) =>
  new Map(elements.flat().map((limb, i): [number, Interval] => [limbBytes * i, limb]))

function fromMemory(memory: Memory, pointer: string, limbBytes: number, element = 0): Element {
  return limbs((i) => memory.get(pointer)!.get(limbBytes * (element * LIMB_COUNT + i))!)
}

/** A generated function on field elements, the first parameter being where the result goes. */
function compute(name: string, ...inputs: readonly Element[]): Element {
  const { parameters, body } = functionBody(FIELD, name)
  const memory: Memory = new Map(inputs.map((input, i) => [parameters[i + 1]!, toMemory(4, [input])]))
  runOnIntervals(body, memory)
  return fromMemory(memory, parameters[0]!, 4)
}

const ONE = constant(1n)
const R_SQUARED = constant(R)

/** `toMontgomery` of any 256 bits. */
const montgomery = () =>
  compute(
    'mul',
    limbs((i) => ({ min: 0n, max: i < LIMB_COUNT - 1 ? LIMB_MAX : 2n ** 24n - 1n })),
    R_SQUARED,
  )

/**
 * Runs the calls of a hand-written function, those within branches left out; `values` is what each pointer expression
 * holds.
 */
function runCalls(file: string, name: string, values: Map<string, Element>): void {
  for (const { callee, out, inputs } of callsOf(file, name)) {
    const operands = inputs.map((input) => values.get(input)!)
    if (callee === 'toMontgomery') values.set(out, montgomery())
    else if (callee === 'copy') values.set(out, operands[0]!)
    else values.set(out, compute(callee, ...operands))
  }
}

/** A coordinate from a table, and a y that may have been negated. */
const CANONICAL = multiples(0, 1)
const SIGNED = union(CANONICAL, negated(CANONICAL))

describe('field functions', () => {
  test.each([
    ['mul', [within(29), within(30)]],
    ['mulSub', [within(29), within(30), within(30)]],
    ['mulDifference', [within(29), within(29), within(29)]],
    ['mulDifferenceSub', [within(29), within(29), within(29), within(30)]],
    ['sqr', [within(29)]],
    ['sqrSubTwo', [within(29), within(30), within(30)]],
    ['sqrSubTwice', [within(29), multiples(-8, 8), multiples(-8, 8)]],
  ])('%s takes factors of 29 and 30 bits', (name, inputs) => {
    expectTight(compute(name, ...inputs))
  })

  test('the check itself fails where a column may overflow', () => {
    expect(() => compute('mul', within(30), within(30))).toThrow('is not within i64')
    expect(() => compute('sqr', within(30))).toThrow('is not within i64')
    expect(() => compute('add', within(31), within(31))).toThrow('is not within i32')
  })

  test('a product is tight, and within (−2P, P] for factors of u·P and v·P with u·v ≤ 2^10', () => {
    for (const u of [1, 2, 16, 32, 382, 1024]) {
      const v = Math.floor(1024 / u)
      expectMultiples(compute('mul', multiples(-u, u), multiples(-v, v)), -2, 1)
    }
    expectMultiples(compute('sqr', multiples(-32, 32)), -2, 1)
  })

  test('an integer out of Montgomery form is within [−P, 0]', () => {
    expectMultiples(compute('reduceMontgomery', multiples(-1023, 1023)), -1, 0)
  })
})

describe('curve', () => {
  const X = multiples(-8, 8)
  const Y = multiples(-4, 4)
  const Z = multiples(-2, 1)

  test('mixed additions keep |X| ≤ 8P, |Y| ≤ 4P, |Z| ≤ 2P', () => {
    const values = new Map<string, Element>([
      ['point', X],
      ['point + Y', Y],
      ['point + Z', union(Z, ONE)],
      // Of a table, or the X and Y of another sum.
      ['affine', X],
      ['affine + Y', union(Y, negated(Y))],
    ])
    runCalls('curve', 'addMixed', values)
    expectMultiples(values.get('point')!, -8, 8)
    expectMultiples(values.get('point + Y')!, -4, 4)
    expectMultiples(values.get('point + Z')!, -2, 1)
    values.set('aZ4', multiples(-2, 1))
    runCalls('curve', 'updateTangentTerm', values)
    expectMultiples(values.get('aZ4')!, -2, 1)
  })

  test('the additions of a chain keep |X| ≤ 8P, |Y| ≤ 4P, and Z² and Z³ within 2P', () => {
    const values = new Map<string, Element>([
      ['sum', X],
      ['sum + Y', union(Y, SIGNED)],
      ['sum + Z_SQUARED', union(Z, ONE)],
      ['sum + Z_CUBED', union(Z, ONE)],
      ['point', CANONICAL],
      ['point + Y', SIGNED],
    ])
    runCalls('chain', 'addToChain', values)
    expectMultiples(values.get('sum')!, -8, 8)
    expectMultiples(values.get('sum + Y')!, -4, 4)
    for (const name of ['sum + Z_SQUARED', 'sum + Z_CUBED']) expectMultiples(values.get(name)!, -2, 1)
  })

  test('doublings too, and the tangent term stays a product', () => {
    const values = new Map<string, Element>([
      ['point', X],
      ['point + Y', union(Y, negated(Y))],
      ['point + Z', union(Z, ONE)],
      ['aZ4', multiples(-2, 1)],
    ])
    runCalls('curve', 'doublePoint', values)
    expectMultiples(values.get('point')!, -8, 8)
    expectMultiples(values.get('point + Y')!, -4, 4)
    expectMultiples(values.get('point + Z')!, -2, 1)
    expectMultiples(values.get('aZ4')!, -2, 1)
  })

  test('complete additions of points of a table, and of their sums', () => {
    const values = new Map<string, Element>([
      ['slope', multiples(-2, 1)],
      ['a', union(CANONICAL, multiples(-2, 1))],
      ['a + Y', union(SIGNED, multiples(-2, 1))],
      ['b', union(CANONICAL, multiples(-2, 1))],
      ['ONE', ONE],
    ])
    runCalls('curve', 'finishAffine', values)
    expectMultiples(values.get('out')!, -2, 1)
    expectMultiples(values.get('out + Y')!, -2, 1)
  })

  /** Chord additions without reduction of x and y between them: the tree of a Pedersen batch, the doubling of a table. */
  function chord(x: Element, y: Element, otherX: Element, otherY: Element): [Element, Element] {
    const product = multiples(-2, 1)
    const difference = compute('sub', otherX, x)
    expectMultiples(compute('mul', product, difference), -2, 1)
    const slope = compute('mulDifference', product, otherY, y)
    expectMultiples(slope, -2, 1)
    const sumX = compute('sqrSubTwo', slope, x, otherX)
    return [sumX, compute('mulDifferenceSub', slope, x, sumX, y)]
  }

  test('a tree of 126 points, the most there are (width 4)', () => {
    let [x, y] = [CANONICAL, SIGNED]
    let count = Math.ceil(504 / 4)
    while (count > 1) {
      const [sumX, sumY] = chord(x, y, x, y)
      // Where the count is odd, the last point goes up a level as it is.
      ;[x, y] = [union(x, sumX), union(y, sumY)]
      count = (count + 1) >> 1
    }
    expectMultiples(x, -382, 382)
  })

  test('a table of 2^16 points', () => {
    const addend: [Element, Element] = [multiples(-2, 1), multiples(-2, 1)]
    let [x, y] = addend
    for (let bit = 0; bit < 16; bit += 1) {
      const [sumX, sumY] = chord(x, y, ...addend)
      ;[x, y] = [union(x, sumX), union(y, sumY)]
    }
    expectMultiples(compute('mul', x, ONE), -2, 1)
    expectMultiples(compute('mul', y, ONE), -2, 1)
  })
})

describe('ECDSA', () => {
  const product = multiples(-2, 1)

  test('the image of a key', () => {
    const values = new Map<string, Element>([
      ['ONE', ONE],
      ['BETA', CANONICAL],
    ])
    runCalls('ecdsa', 'setKey', values)
    for (const name of ['d', 'dSquared', 'key', 'key + Y']) expectMultiples(values.get(name)!, -2, 1)
  })

  test('the last equation, of which the difference is below R', () => {
    const [x, y] = [multiples(-8, 8), multiples(-4, 4)]
    const values = new Map<string, Element>([
      ['d', product],
      ...['left', 'right'].flatMap((point): [string, Element][] => [
        [point, x],
        [`${point} + Y`, union(y, negated(y))],
        [`${point} + Z`, union(product, ONE)],
      ]),
    ])
    runCalls('ecdsa', 'isSumOrDifference', values)
    const value = (end: 'min' | 'max') =>
      values.get('t0')!.reduce((sum, limb, i) => sum + (limb[end] << BigInt(LIMB_BITS * i)), 0n)
    expect(value('min')).toBeGreaterThan(-R)
    expect(value('max')).toBeLessThan(R)
    expect(values.has('t4')).toBe(true)
  })
})

describe('Poseidon', () => {
  type Lanes = readonly [Element, Element, Element]
  const key = multiples(0, 1)

  function cubeWithKey(lane: Element): Element {
    const memory: Memory = new Map([
      ['e', toMemory(8, [lane])],
      ['key', toMemory(8, [key])],
    ])
    runOnIntervals(functionBody(POSEIDON, 'cubeWithKey').body, memory)
    return fromMemory(memory, 'e', 8)
  }

  /** `mixLanes`, its sums in the order of the source. */
  function mix([a, b, c]: Lanes): Lanes {
    const sum = plus(plus(a, b), c)
    const times = (factor: bigint, lane: Element) =>
      factor < 0n
        ? lane.map(({ min, max }) => ({ min: factor * max, max: factor * min }))
        : lane.map(({ min, max }) => ({ min: factor * min, max: factor * max }))
    return [plus(sum, times(2n, a)), plus(sum, times(-2n, b)), plus(sum, times(-3n, c))]
  }

  function fullRounds(lanes: Lanes): Lanes {
    let state = lanes
    for (let round = 0; round < 4; round += 1) {
      state = mix([cubeWithKey(state[0]), cubeWithKey(state[1]), cubeWithKey(state[2])])
    }
    return state
  }

  /** `partialRounds` with its loop unrolled. */
  function partialRounds(lanes: Lanes): Lanes {
    const { body } = functionBody(POSEIDON, 'partialRounds')
    const [, start, count, round, mask, carry, end] =
      /^([\s\S]*)for \(let round = 0; round < (\d+); round\+\+\) \{([\s\S]*)if \(\(round & (\d+)\) == \d+\) \{([\s\S]*?\n) *\}\n *\}([\s\S]*)$/.exec(
        body,
      )!
    const rounds = Array.from({ length: Number(count) }, (_, i) =>
      (Number(mask) & i) === Number(mask) ? round! + carry! : round!,
    )
    const memory: Memory = new Map([
      ['state', toMemory(8, lanes)],
      ['keys', toMemory(8, [key])],
    ])
    runOnIntervals([start, ...rounds, end].join('').replaceAll(/keys \+= \d+/g, ''), memory)
    return [fromMemory(memory, 'state', 8, 0), fromMemory(memory, 'state', 8, 1), fromMemory(memory, 'state', 8, 2)]
  }

  function narrow(lane: Element): Element {
    const memory: Memory = new Map([['e', toMemory(8, [lane])]])
    runOnIntervals(functionBody(POSEIDON, 'narrow').body, memory)
    return fromMemory(memory, 'out', 4)
  }

  test('nothing overflows in any permutation of a sponge', () => {
    const felt = compute('mul', multiples(0, 32), CANONICAL)
    let lanes: Lanes = [felt, felt, constant(2n)]
    for (let permutation = 0; permutation < 3; permutation += 1) {
      const permuted = fullRounds(partialRounds(fullRounds(lanes)))
      for (const lane of permuted) expectMultiples(narrow(lane), -1, 2)
      const next: Lanes = [plus(permuted[0], felt), plus(permuted[1], felt), permuted[2]]
      // The third one takes in what the second gave: from there on nothing grows.
      if (permutation === 2) expect(next.every((lane, i) => isInside(lane, lanes[i]!))).toBe(true)
      lanes = [union(lanes[0], next[0]), union(lanes[1], next[1]), union(lanes[2], next[2])]
    }
  })
})
