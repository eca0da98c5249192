import { describe, expect, test } from 'vitest'
import { functionBody } from '../codegen/intervals.ts'
import { balancedLimbs, type LaneNumbers, limbsOf } from '../codegen/lane-field.ts'
import {
  type Double,
  double,
  type LaneMemory,
  limitsOf,
  runOnLaneIntervals,
  type Value,
  word,
} from '../codegen/lane-intervals.ts'
import { LANE_NUMBERS, laneSource } from '../codegen/lanes.ts'
import { P } from './curve.ts'
import { callsOf } from './testing/assembly-calls.ts'

/**
 * The arithmetic of the two-lane back ends on intervals (codegen/lane-intervals.ts): no sum of doubles is rounded and no
 * column overflows, in any generated function, for all inputs that tree.ts, chain.ts and the sponges of lane-poseidon.ts
 * can give. Values are counted in multiples of P, up to some units of the top limb.
 */

type Element = readonly Double[]

const WORD_MAX = (1n << 64n) - 1n

class Lanes {
  readonly numbers: LaneNumbers
  readonly #source: string
  /** The binary logarithm of a limb's unit. */
  readonly #steps: readonly number[]

  constructor(create: () => LaneNumbers) {
    this.numbers = create()
    this.#source = laneSource(this.numbers)
    this.#steps = limbsOf(this.numbers).map((i) => Math.log2(this.numbers.unit(i)))
  }

  #limbs(limb: (index: number) => readonly [bigint, bigint]): Element {
    return this.#steps.map((step, i) => double(...limb(i), step))
  }

  #top(multiple: number): bigint {
    const unitsOfP = (BigInt(Math.round(multiple * 1024)) * P) >> 10n
    return unitsOfP >> BigInt(this.numbers.limbBits * (this.numbers.limbCount - 1))
  }

  /** Balanced limbs, and a value from min·P to max·P. */
  multiples(min: number, max: number): Element {
    const half = 1n << BigInt(this.numbers.limbBits - 1)
    const top = this.numbers.limbCount - 1
    return this.#limbs((i) => (i < top ? [-half, half] : [this.#top(min) - 2n, this.#top(max) + 2n]))
  }

  /** Any limbs within ±2^bits, the top one too. */
  within(bits: number): Element {
    return this.#limbs(() => [-(1n << BigInt(bits)), 1n << BigInt(bits)])
  }

  constant(value: bigint): Element {
    const limbs = balancedLimbs(this.numbers, value % P)
    return this.#limbs((i) => [limbs[i]!, limbs[i]!])
  }

  /** The limits of the top limb are those of the value, but for some units that the other limbs make up. */
  expectMultiples(element: Element, min: number, max: number): void {
    const outer = this.multiples(min, max)
    const half = limitsOf(outer[0]!, this.#steps[0]!).max
    for (const [i, limb] of element.entries()) {
      const limits = limitsOf(limb, this.#steps[i]!)
      const expected = limitsOf(outer[i]!, this.#steps[i]!)
      const slack = i === element.length - 1 ? 8n : half
      expect(limits.min).toBeGreaterThanOrEqual(expected.min - slack)
      expect(limits.max).toBeLessThanOrEqual(expected.max + slack)
    }
  }

  #constants(): Map<number, Value> {
    return new Map(this.numbers.pool.words().map((bits, i) => [16 * i, word(bits)]))
  }

  element(memory: LaneMemory, pointer: string, index = 0): Element {
    const { limbCount } = this.numbers
    return limbsOf(this.numbers).map((i) => {
      const limb = memory.get(pointer)!.get(16 * (index * limbCount + i))!
      if (limb.kind !== 'double') throw new Error('not a double')
      return limb
    })
  }

  /** Runs a function, or what `edit` makes of its body. */
  run(name: string, memory: LaneMemory, edit = (body: string) => body, locals = new Map<string, Value>()): LaneMemory {
    if (!memory.has('CONSTANTS')) memory.set('CONSTANTS', this.#constants())
    runOnLaneIntervals(edit(functionBody(this.#source, name).body), memory, locals)
    return memory
  }

  /** Whether a function reads the constant. */
  reads(name: string, constant: number): boolean {
    return functionBody(this.#source, name).body.includes(`v128.load(CONSTANTS, ${16 * constant})`)
  }

  /** A function on elements, the first parameter being where the result goes. */
  compute(name: string, ...inputs: readonly Element[]): Element {
    const { parameters } = functionBody(this.#source, name)
    const memory: LaneMemory = new Map(inputs.map((input, i) => [parameters[i + 1]!, atOffsets(input)]))
    return this.element(this.run(name, memory), parameters[0]!)
  }

  /** Two integers from 0 to max. */
  unpack(max: bigint): Element {
    const words = wordsBelow(max)
    return this.element(this.run('unpack', new Map(['a', 'b'].map((name) => [name, words]))), 'out')
  }

  /** x and y of two entries of the table, of any sign. */
  unpackPoint(): readonly [Element, Element] {
    const words = new Map([...wordsBelow(P), ...Array.from(wordsBelow(P), ([at, value]) => [at + 32, value] as const)])
    const signs = new Map(['a', 'b'].map((name) => [`sign${name.toUpperCase()}`, word(-1n, 0n)]))
    const memory = this.run('unpackPoint', new Map(['a', 'b'].map((name) => [name, words])), undefined, signs)
    return [this.element(memory, 'out', 0), this.element(memory, 'out', 1)]
  }
}

const atOffsets = (limbs: readonly Value[]) => new Map(limbs.map((limb, i): [number, Value] => [16 * i, limb]))

function wordsBelow(max: bigint): Map<number, Value> {
  return new Map([0, 8, 16, 24].map((at) => [at, word(0n, at === 24 ? max >> 192n : WORD_MAX)]))
}

/** Without what is known about where it came from. */
const plain = ({ kind, min, max, step }: Double): Double => ({ kind, min, max, step })

const union = (a: Element, b: Element): Element =>
  a.map((limb, i) => {
    const other = b[i]!
    const [min, max] = [limb.min < other.min ? limb.min : other.min, limb.max > other.max ? limb.max : other.max]
    return { kind: 'double', min, max, step: Math.min(limb.step, other.step) }
  })

const isInside = (inner: readonly Value[], outer: readonly Value[]) =>
  inner.every((limb, i) => limb.min >= outer[i]!.min && limb.max <= outer[i]!.max)

describe.each([...LANE_NUMBERS])('%s', (name, create) => {
  const lanes = new Lanes(create)
  const { radix } = lanes.numbers
  /** What products are within, given factors as the chains below have them; and 1, with which the first one starts. */
  const product = union(name === 'fma' ? lanes.multiples(-1.25, 0.25) : lanes.multiples(-1, 1), lanes.constant(radix))

  test('products take values of some P, and their differences', () => {
    const [a, b] = [lanes.multiples(-8, 8), lanes.multiples(-4, 4)]
    const bound = name === 'fma' ? 5 : 1
    lanes.expectMultiples(lanes.compute('mul', a, b), -bound, bound)
    lanes.expectMultiples(lanes.compute('mulDifference', a, b, b), -bound, bound)
    lanes.expectMultiples(lanes.compute('mulDifferenceSub', a, b, b, b), -bound - 4, bound + 4)
    // `fma` reduces it, since it has no room for the sums of sums.
    const reduced = name === 'fma' ? 0.6 : bound + 8
    lanes.expectMultiples(lanes.compute('sqrSubTwo', a, b, b), -reduced, reduced)
  })

  test('the check itself fails where a product may be rounded', () => {
    if (name === 'simd') expect(() => lanes.compute('mul', lanes.within(24), lanes.within(25))).not.toThrow()
    const bits = name === 'fma' ? 52 : 26
    expect(() => lanes.compute('mul', lanes.within(bits), lanes.within(bits))).toThrow(RangeError)
    expect(() => lanes.compute('sub', lanes.within(53), lanes.within(53))).toThrow('a sum of doubles is rounded')
  })

  test('the check itself fails where a constant of a column is wrong', () => {
    const words = lanes.numbers.pool.words()
    // For `fma` take away the bias of a column (its constant has low bits, as only the mask has too), so that it may be
    // negative; for `simd`, where all constants are doubles, change the exponent.
    const isOfColumn = (bits: bigint) => name === 'simd' || (bits % 2n ** 48n !== 0n && bits !== 2n ** 51n - 1n)
    const columns = words.flatMap((bits, i) => (lanes.reads('mul', i) && isOfColumn(bits) ? [i] : []))
    expect(columns.length).toBeGreaterThanOrEqual(9)
    for (const i of columns) {
      const wrong = name === 'fma' ? BigInt.asUintN(64, words[i]! - 2n ** 60n) : words[i]! ^ (1n << 60n)
      const constants = words.with(i, wrong).map((bits, j): [number, Value] => [16 * j, word(bits)])
      const inputs = ['a', 'b'].map((pointer) => [pointer, atOffsets(product)] as const)
      const run = () => lanes.run('mul', new Map([...inputs, ['CONSTANTS', new Map(constants)]]))
      expect(run, `constant ${i}`).toThrow(RangeError)
    }
  })

  test('any 256 bits come into Montgomery form, and out again', () => {
    const felt = lanes.compute('mul', lanes.unpack((1n << 256n) - 1n), lanes.constant(radix * radix))
    if (name === 'fma') lanes.expectMultiples(felt, -3, 2)
    else lanes.expectMultiples(felt, -1, 1)
    lanes.expectMultiples(lanes.compute('mul', felt, lanes.constant(1n)), -1.25, 0.6)
  })

  test('a tree of 126 points, the most there are (width 4)', () => {
    let [x, y] = lanes.unpackPoint()
    let count = Math.ceil(504 / 4)
    while (count > 1) {
      const difference = lanes.compute('sub', x, x)
      expect(isInside(lanes.compute('mul', product, difference), product)).toBe(true)
      // The inverse of a level (`invert`), and what is left of it further on.
      const inverse = lanes.compute('mul', lanes.unpack(P), lanes.constant(radix ** 3n))
      expect(isInside(lanes.compute('mul', inverse, product), product)).toBe(true)
      const slope = lanes.compute('mulDifference', lanes.compute('mul', product, product), y, y)
      const sumX = lanes.compute('sqrSubTwo', slope, x, x)
      const sumY = lanes.compute('mulDifferenceSub', slope, x, sumX, y)
      // Where the count is odd, the last point goes up a level as it is.
      ;[x, y] = [union(x, sumX), union(y, sumY)]
      count = (count + 1) >> 1
    }
    const result = lanes.compute('mul', x, lanes.constant(lanes.numbers.pointFactor))
    lanes.expectMultiples(result, -1.25, 0.75)
  })

  describe('chains', () => {
    const ONE = lanes.constant(radix)

    /** Runs the calls of a function of chain.ts; `values` is what each pointer expression holds. */
    function runCalls(name: string, values: Map<string, Element>): void {
      for (const { callee, out, inputs } of callsOf('chain', name)) {
        const operands = inputs.map((input) => (input === 'ONE' ? ONE : values.get(input)!))
        values.set(out, callee === 'copy' ? operands[0]! : lanes.compute(callee, ...operands))
      }
    }

    const COORDINATES = ['', ' + Y', ' + Z_SQUARED', ' + Z_CUBED']
    const coordinates = (values: Map<string, Element>) => COORDINATES.map((name) => values.get(`sum${name}`)!)

    test('of any length, joined', () => {
      const [x, y] = lanes.unpackPoint()
      const values = new Map([
        ['point', x],
        ['point + Y', y],
      ])
      runCalls('startChain', values)
      // What the first point has, and what one and all further additions leave.
      const one = lanes.multiples(-1, 1)
      const chain = [
        union(x, lanes.compute('sqrSubTwice', lanes.multiples(-10, 10), one, one)),
        union(y, lanes.multiples(-2.5, 2.5)),
        ...[product, product],
      ]
      expect(coordinates(values).every((coordinate, i) => isInside(coordinate, chain[i]!))).toBe(true)
      for (const prefix of ['sum', 'a', 'b']) {
        for (const [i, name] of COORDINATES.entries()) values.set(prefix + name, chain[i]!)
      }
      runCalls('addToChain', values)
      expect(coordinates(values).every((coordinate, i) => isInside(coordinate, chain[i]!))).toBe(true)
      runCalls('joinChains', values)
      values.set('sum', union(chain[0]!, values.get('a')!))
      values.set('sum + Z_SQUARED', union(chain[2]!, values.get('a + Z_SQUARED')!))
      lanes.compute('mul', values.get('sum + Z_SQUARED')!, values.get('sum + Z_SQUARED')!)
      values.set('h', lanes.compute('mul', lanes.compute('mul', lanes.unpack(P), lanes.constant(radix ** 3n)), product))
      values.set('x', lanes.compute('mul', values.get('sum')!, values.get('h')!))
      const result = lanes.compute('mul', values.get('x')!, lanes.constant(lanes.numbers.pointFactor))
      lanes.expectMultiples(result, -1.25, 0.75)
    })
  })

  describe('Poseidon', () => {
    type Wide = readonly Value[]
    const { limbCount } = lanes.numbers
    const low = lanes.numbers.keyWords(0n)
    /** Words of any round key. */
    const keyWords = (): Map<number, Value> => {
      if (name === 'simd') return new Map(lanes.multiples(0, 1).map((limb, i) => [8 * i, limb]))
      const limbMax = (1n << BigInt(lanes.numbers.limbBits)) - 1n
      return new Map(low.map((bits, i) => [8 * i, word(bits, bits + (i < limbCount - 1 ? limbMax : P >> 204n))]))
    }
    const wideOf = (memory: LaneMemory, element: number): Wide =>
      limbsOf(lanes.numbers).map((i) => memory.get('state')!.get(16 * (element * limbCount + i))!)
    const state = (...elements: readonly Wide[]): LaneMemory =>
      new Map([
        ['state', atOffsets(elements.flat())],
        ['key', keyWords()],
      ])
    const widen = (a: Element): Wide => wideOf(lanes.run('widen', new Map([['a', atOffsets(a)]])), 0)
    const addToWide = (e: Wide, a: Element): Wide =>
      wideOf(lanes.run('addToWide', new Map([...state(e), ['a', atOffsets(a)]])), 0)
    const narrow = (e: Wide): Element => lanes.element(lanes.run('narrow', state(e)), 'out')
    const cube = (e: Wide): Wide => wideOf(lanes.run('cubeWithKey', state(e)), 0)
    const three = (memory: LaneMemory): readonly Wide[] => [0, 1, 2].map((element) => wideOf(memory, element))
    const wideUnion = (a: Wide, b: Wide): Wide =>
      a.map((limb, i) => {
        const other = b[i]!
        const [min, max] = [limb.min < other.min ? limb.min : other.min, limb.max > other.max ? limb.max : other.max]
        return limb.kind === 'word' ? word(min, max) : { ...plain(limb), min, max }
      })

    function fullRounds(lanesOfState: readonly Wide[]): readonly Wide[] {
      let result = lanesOfState
      for (let round = 0; round < 4; round += 1) result = three(lanes.run('mixLanes', state(...result.map(cube))))
      return result
    }

    /** `partialRounds` with its loop unrolled. */
    function partialRounds(lanesOfState: readonly Wide[]): readonly Wide[] {
      const unroll = (body: string) => {
        const [, start, count, round, mask, settling, end] =
          /^([\s\S]*)for \(let round = 0; round < (\d+); round\+\+\) \{([\s\S]*)if \(\(round & (\d+)\) == \d+\) \{([\s\S]*)\n *\}\n *\}\n([\s\S]*)$/.exec(
            body,
          )!
        const rounds = Array.from({ length: Number(count) }, (_, i) =>
          (Number(mask) & i) === Number(mask) ? round! + settling! : round!,
        )
        return [start, ...rounds, end].join('\n').replaceAll(/key \+= \d+/g, '')
      }
      return three(lanes.run('partialRounds', state(...lanesOfState), unroll))
    }

    test('nothing overflows in any permutation of a sponge', () => {
      const felt = lanes.compute('mul', lanes.unpack((1n << 256n) - 1n), lanes.constant(radix * radix))
      let sponge: readonly Wide[] = [widen(felt), widen(felt), widen(union(felt, lanes.constant(2n * radix)))]
      for (let permutation = 0; permutation < 3; permutation += 1) {
        const permuted = fullRounds(partialRounds(fullRounds(sponge)))
        for (const lane of permuted) {
          lanes.expectMultiples(narrow(lane), -1, 1)
          lanes.expectMultiples(lanes.compute('mul', narrow(lane), lanes.constant(1n)), -1.25, 0.75)
        }
        const next = [addToWide(permuted[0]!, felt), addToWide(permuted[1]!, felt), permuted[2]!]
        // The third one takes in what the second gave: from there on nothing grows.
        if (permutation === 2) expect(next.every((lane, i) => isInside(lane, sponge[i]!))).toBe(true)
        sponge = sponge.map((lane, i) => wideUnion(lane, next[i]!))
      }
    })
  })
})
