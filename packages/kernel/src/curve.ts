/**
 * The Stark field and curve in plain bigint: y² = x³ + x + β over P (1.1 of the protocol reference).
 * Slow and direct; the WebAssembly back ends are tested against it.
 */

/** The field's prime, 2^251 + 17·2^192 + 1. */
export const P = 2n ** 251n + 17n * 2n ** 192n + 1n
/** The (prime) number of points of the curve. */
export const N = 0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn
export const BETA = 0x6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n

/** An affine point, or `undefined` for the point at infinity. Coordinates are canonical, 0 ≤ v < P. */
export type Point = { readonly x: bigint; readonly y: bigint } | undefined

export const G = {
  x: 0x1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  y: 0x5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
} as const

/**
 * P0 … P4 of the Pedersen hash (1.2), from starkware's `pedersen_params.json`; each x comes from the digits of π,
 * so that nobody knows a relation between the points.
 */
export const PEDERSEN_POINTS = [
  {
    x: 0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804n,
    y: 0x3ca0cfe4b3bc6ddf346d49d06ea0ed34e621062c0e056c1d0405d266e10268an,
  },
  {
    x: 0x234287dcbaffe7f969c748655fca9e58fa8120b6d56eb0c1080d17957ebe47bn,
    y: 0x3b056f100f96fb21e889527d41f4e39940135dd7a6c94cc6ed0268ee89e5615n,
  },
  {
    x: 0x4fa56f376c83db33f9dab2656558f3399099ec1de5e3018b7a6932dba8aa378n,
    y: 0x3fa0984c931c9e38113e0c0e47e4401562761f92a7a23b45168f4e80ff5b54dn,
  },
  {
    x: 0x4ba4cc166be8dec764910f75b45f74b40c690c74709e90f3aa372f0bd2d6997n,
    y: 0x40301cf5c1751f4b971e46c4ede85fcac5c59a5ce5ae7c48151f27b24b219cn,
  },
  {
    x: 0x54302dcb0e6cc1c6e44cca8f61a63bb2ca65048d53fb325d36ff12c49a58202n,
    y: 0x1b77b3e37d13504b348046268d8ae25ce98ad783c25561a879dcc77e99c2426n,
  },
] as const

/** The remainder in 0 ≤ v < modulus, also of negative values. */
export function mod(value: bigint, modulus: bigint = P): bigint {
  const remainder = value % modulus
  return remainder < 0n ? remainder + modulus : remainder
}

export function power(base: bigint, exponent: bigint, modulus: bigint = P): bigint {
  let result = 1n
  let square = mod(base, modulus)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** Extended Euclid. @throws RangeError for a multiple of the (prime) modulus. */
export function invert(value: bigint, modulus: bigint = P): bigint {
  let [a, b] = [mod(value, modulus), modulus]
  let [x, y] = [1n, 0n]
  if (a === 0n) throw new RangeError('zero has no inverse')
  while (a !== 1n) {
    const quotient = b / a
    ;[a, b] = [b - quotient * a, a]
    ;[x, y] = [y - quotient * x, x]
  }
  return mod(x, modulus)
}

/** A square root mod P, or `undefined`. Tonelli–Shanks: P − 1 = 2^192·odd, and 3 generates the group. */
export function squareRoot(value: bigint): bigint | undefined {
  const odd = (P - 1n) >> 192n
  let unit = power(3n, odd)
  let order = 192n
  let root = power(value, (odd + 1n) / 2n)
  let rest = power(value, odd)
  if (mod(value) === 0n) return 0n
  while (rest !== 1n) {
    let exponent = 0n
    for (let square = rest; square !== 1n; square = (square * square) % P) exponent += 1n
    if (exponent === order) return undefined
    const step = power(unit, 1n << (order - exponent - 1n))
    root = (root * step) % P
    unit = (step * step) % P
    rest = (rest * unit) % P
    order = exponent
  }
  return root
}

/** x³ + x + β, the square of y. */
export function curveEquation(x: bigint): bigint {
  return mod(x * x * x + x + BETA)
}

/** One of the two points with this x, or `undefined` when there is none. */
export function liftX(x: bigint): Point {
  const y = squareRoot(curveEquation(x))
  return y === undefined ? undefined : { x, y }
}

export function negate(point: Point): Point {
  return point && { x: point.x, y: mod(-point.y) }
}

/** The sum of any two points, by the text-book chord and tangent. */
export function add(a: Point, b: Point): Point {
  if (!a) return b
  if (!b) return a
  if (a.x === b.x && mod(a.y + b.y) === 0n) return undefined
  const slope = a.x === b.x ? (3n * a.x * a.x + 1n) * invert(2n * a.y) : (b.y - a.y) * invert(b.x - a.x)
  const x = mod(slope * slope - a.x - b.x)
  return { x, y: mod(slope * (a.x - x) - a.y) }
}

export function multiply(point: Point, scalar: bigint): Point {
  let sum: Point
  let power2 = point
  for (let rest = mod(scalar, N); rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, power2)
    power2 = add(power2, power2)
  }
  return sum
}
