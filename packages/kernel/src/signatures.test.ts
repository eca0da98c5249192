import { getPublicKey, Signature, sign, verify } from '@scure/starknet'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { add, G, invert, liftX, mod, multiply, N, negate, P } from './curve.ts'
import { BACKENDS, createKernel } from './index.ts'
import { bytesToBigint } from './reference.ts'
import { pack, pseudoRandomFelts, reference } from './testing/felts.ts'

/** Message, r, s, x of the key. */
type Item = readonly [bigint, bigint, bigint, bigint]

const BOUND = 2n ** 251n
/** Items that the input area holds (assembly/scalar.ts). */
const AREA_ITEMS = 1024

const hex = (value: bigint) => value.toString(16).padStart(64, '0')

function signed(message: bigint, secret: bigint): Item {
  const { r, s } = sign(hex(message), hex(secret))
  return [message, r, s, bytesToBigint(getPublicKey(hex(secret), true).subarray(1))]
}

/** @scure/starknet takes one key of the two with that x. */
function scureVerifies([message, r, s, x]: Item): boolean {
  const signature = new Signature(r, s)
  return ['02', '03'].some((prefix) => verify(signature, hex(message), prefix + hex(x)))
}

/**
 * The items whose verification computes with the scalars u1 and u2 and the key secret·G: r is the x of u1·G ± u2·Q, and
 * s and the message follow from it. None where those two are infinity, or where r or the message would be out of range.
 */
function forge(u1: bigint, u2: bigint, secret: bigint): Item[] {
  const key = multiply(G, secret)!
  const [left, right] = [multiply(G, u1), multiply(key, u2)]
  return [right, negate(right)].flatMap((term): Item[] => {
    const r = add(left, term)?.x
    if (r === undefined || r === 0n || r >= BOUND) return []
    const s = mod(r * invert(u2, N), N)
    const message = mod(u1 * s, N)
    return message < BOUND ? [[message, r, s, key.x]] : []
  })
}

const scalar = fc.bigInt({ min: 1n, max: N - 1n })
const message = fc.oneof(fc.bigInt({ min: 0n, max: BOUND - 1n }), fc.constantFrom(0n, 1n, BOUND - 1n))

describe.each(BACKENDS.filter((backend) => backend !== 'reference'))('%s', async (backend) => {
  const kernel = await createKernel({ backend })
  const answers = (items: readonly Item[]) => [...kernel.verifySignatures(pack(items.flat()))].map(Boolean)
  const referenceAnswers = (items: readonly Item[]) => [...reference.verifySignatures(pack(items.flat()))].map(Boolean)

  test('signatures of @scure/starknet are valid, and corrupted ones are as the reference says', () => {
    const bit = fc.nat({ max: 250 }).map((shift) => 1n << BigInt(shift))
    fc.assert(
      fc.property(message, scalar, bit, fc.nat({ max: 3 }), (text, secret, flip, field) => {
        const item = signed(text, secret)
        const mask = (i: number) => (i === field ? flip : 0n)
        const corrupted: Item = [item[0] ^ mask(0), item[1] ^ mask(1), item[2] ^ mask(2), item[3] ^ mask(3)]
        expect(answers([item, corrupted])).toEqual([true, ...referenceAnswers([corrupted])])
      }),
      { numRuns: 150 },
    )
  })

  test('any four numbers', () => {
    const any = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.bigInt({ min: 0n, max: BOUND }))
    fc.assert(
      fc.property(any, any, any, any, (...item) => {
        expect(answers([item])).toEqual(referenceAnswers([item]))
      }),
      { numRuns: 100 },
    )
  })

  test('the other s and the other key with the same x', () => {
    // (r, N − s) is what −Q would make of the same nonce: valid, since only the x of the key is known.
    const items = pseudoRandomFelts(20).map((secret, i): Item => {
      const [text, r, s, x] = signed(BigInt(i), secret % N)
      return [text, r, N - s, x]
    })
    expect(answers(items)).toEqual(items.map(() => true))
    expect(items.map(scureVerifies)).toEqual(items.map(() => true))
  })

  test('more items than the input area holds, half of them corrupted, against @scure/starknet', () => {
    const items = pseudoRandomFelts(100).flatMap((secret, i): Item[] => {
      const [text, r, s, x] = signed(secret >> BigInt(i), (secret * 5n) % N)
      return [
        [text, r, s, x],
        [text + 1n, r, s, x],
        [text, r, s ^ 1n, x],
        [text, r, s, x],
      ]
    })
    const expected = items.map(scureVerifies)
    expect(expected).toEqual(items.map((_, i) => i % 4 === 0 || i % 4 === 3))
    const copies = Math.ceil((2 * AREA_ITEMS + 1) / items.length)
    expect(answers(Array.from({ length: copies }, () => items).flat())).toEqual(
      Array.from({ length: copies }, () => expected).flat(),
    )
  })

  describe('range checks', () => {
    const [z, r, s, x] = signed(0x1234n, 0x5678n)
    const offCurve = Array.from({ length: 20 }, (_, i) => BigInt(i + 1)).filter((value) => !liftX(value))

    test.each<readonly [string, Item]>([
      ['r = 0', [z, 0n, s, x]],
      ['s = 0', [z, r, 0n, x]],
      ['s = N', [z, r, N, x]],
      ['s + N', [z, r, s + N, x]],
      ['s = 2^251, in range but of no signature', [z, r, BOUND, x]],
      ['r = 2^251', [z, BOUND, s, x]],
      ['r = N', [z, N, s, x]],
      ['r + N', [z, r + N, s, x]],
      ['r + P', [z, r + P, s, x]],
      ['message = 2^251', [BOUND, r, s, x]],
      ['message + N, the same mod N', [z + N, r, s, x]],
      ['message + P', [z + P, r, s, x]],
      ['key = P', [z, r, s, P]],
      ['key + P, the same mod P', [z, r, s, x + P]],
      ['everything 0', [0n, 0n, 0n, 0n]],
      ['everything 2^256 − 1', [2n ** 256n - 1n, 2n ** 256n - 1n, 2n ** 256n - 1n, 2n ** 256n - 1n]],
    ])('%s', (_, item) => {
      expect(answers([[z, r, s, x], item, [z, r, s, x]])).toEqual([true, false, true])
    })

    // Items that satisfy the equation and only the range forbids. (For r = 0 there is none: no point has x = 0.)
    test('r beyond its range, for a point that has this x', () => {
      const [u1, u2] = [0x1234n, 0x5678n]
      const inside = multiply(G, 99n)!
      const outside = liftX(BOUND)!
      for (const [point, beyond, isValid] of [
        [inside, inside.x, true],
        [inside, inside.x + P, false],
        [outside, BOUND, false],
      ] as const) {
        const key = multiply(add(point, negate(multiply(G, u1))), invert(u2, N))!
        const end = mod(beyond * invert(u2, N), N)
        expect(answers([[mod(u1 * end, N), beyond, end, key.x]])).toEqual([isValid])
      }
    })

    test('s of 0 mod N, with the key itself for r', () => {
      expect(x).toBeLessThan(BOUND)
      for (const end of [0n, N, 2n * N]) expect(answers([[z, x, end, x]])).toEqual([false])
    })

    test('keys that are not on the curve', () => {
      expect(offCurve.length).toBeGreaterThan(5)
      expect(answers(offCurve.map((key): Item => [z, r, s, key]))).toEqual(offCurve.map(() => false))
      // With message 0 and r = s, the sums are ±the key itself: valid for each key but for the check.
      const trivial = Array.from({ length: 20 }, (_, i): Item => [0n, BigInt(i + 1), BigInt(i + 1), BigInt(i + 1)])
      expect(answers(trivial)).toEqual(trivial.map(([, , , key]) => !offCurve.includes(key)))
    })

    // The curve's twist has points of this order. Computed with as if it were a key, u2·Q is infinity for its multiples.
    test('a key of small order on the twist', () => {
      const [order, key] = [499669n, 0x7ec6d51635e718b15bb95652e13c5120a8467f9adb9498fcc8e99aad2eddbfcn]
      expect(liftX(key)).toBeUndefined()
      const items = [order, 2n * order, order - 1n, order + 1n, 3n, 16n].flatMap((u2) =>
        [0n, 1n, 0x1234n].map((u1): Item => [u1, u2, 1n, key]),
      )
      expect(answers(items)).toEqual(items.map(() => false))
    })

    test('the ends of the ranges are inside', () => {
      expect(answers([signed(0n, 77n), signed(BOUND - 1n, 77n)])).toEqual([true, true])
      const [nonce, point] = [99n, multiply(G, 99n)!]
      // For every s there is a secret: s = (z + r·secret)/nonce. N − 2^k and 2^k ± 1 are what an inversion may trip over.
      const ends = [1n, 2n, 3n, N - 1n, N - 2n, BOUND, BOUND - 1n, (N + 1n) / 2n, (N - 1n) / 2n]
      for (let bits = 28n; bits < 251n; bits += 15n)
        ends.push(2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n, N - 2n ** bits)
      const items = ends.map((end): Item => {
        const secret = mod((end * nonce - z) * invert(point.x, N), N)
        return [z, point.x, end, multiply(G, secret)!.x]
      })
      expect(answers(items)).toEqual(items.map(() => true))
    })
  })

  describe('exceptional points', () => {
    /** The last addition of u1·G is the doubling 511·2^233·G + 511·2^233·G: windows of nine bits, ±1 digits. */
    const G_DOUBLING = 511n * 2n ** 234n
    /** Its digits end with −15 behind N − 15: the last addition of u2·Q adds −15·Q to −15·Q. */
    const KEY_DOUBLING = N - 30n

    /** All that is forged is valid, and nothing else about it: not with r, s or the message changed. */
    function expectForged(items: readonly Item[]): void {
      expect(answers(items)).toEqual(items.map(() => true))
      const wrong = items.flatMap(([z, r, s, x]): Item[] => [
        [z, r, s === 1n ? 2n : s - 1n, x],
        [z ^ 1n, r, s, x],
        [z, r ^ 1n, s, x],
      ])
      expect(answers(wrong)).toEqual(wrong.map(() => false))
    }

    test('scalars at which an addition meets equal points or infinity', () => {
      const items = [0n, 1n, 2n, N - 1n, N - 2n, G_DOUBLING, N - G_DOUBLING].flatMap((u1) =>
        [1n, 2n, 3n, 15n, 16n, 17n, 31n, 32n, KEY_DOUBLING, N - 15n, N - 1n].flatMap((u2) =>
          forge(u1, u2, 0xdeadbeefn),
        ),
      )
      expect(items.length).toBeGreaterThan(140)
      expectForged(items)
    })

    test('message 0, where u1·G is infinity', () => {
      const items = pseudoRandomFelts(10).map((secret) => signed(0n, secret % N))
      expectForged(items)
      expect(referenceAnswers(items)).toEqual(items.map(() => true))
    })

    test('keys ±k·G for small k', () => {
      for (let k = 1n; k <= 32n; k += 1n) {
        expectForged([signed(0x4321n, k), signed(0x4321n, N - k), ...forge(k, 1n, k), ...forge(5n, k, k)])
      }
    })

    test('u1·G = ±u2·Q: one sum is infinity, the other a doubling', () => {
      for (const [u2, secret] of [
        [1n, 1n],
        [7n, 11n],
        [KEY_DOUBLING, 3n],
        [N - 1n, N - 1n],
        [0x123456789abcdefn, 0xfedcba987654321n],
      ] as const) {
        const u1 = mod(u2 * secret, N)
        const items = [...forge(u1, u2, secret), ...forge(N - u1, u2, secret)]
        expect(items).toHaveLength(2)
        expectForged(items)
        expect(referenceAnswers(items)).toEqual([true, true])
      }
    })

    test('the reference agrees at the exceptional scalars', () => {
      const items = [0n, G_DOUBLING].flatMap((u1) => [1n, KEY_DOUBLING].flatMap((u2) => forge(u1, u2, 12345n)))
      expect(items).toHaveLength(8)
      expect(referenceAnswers(items)).toEqual(items.map(() => true))
      expectForged(items)
    })
  })
})
