import type { FastRandom } from './fast-random.ts'

/** Points of an inverse distribution at u = 0, .1, .5, .9, .99 and 1. */
export type Quantiles = readonly [min: number, p10: number, p50: number, p90: number, p99: number, max: number]

const QUANTILES_AT = [0, 0.1, 0.5, 0.9, 0.99, 1] as const

/** Between the points, linear in log(1 + x); rounded. */
export function drawQuantile(random: FastRandom, points: Quantiles): number {
  const u = random.unit()
  const right = Math.max(
    1,
    QUANTILES_AT.findIndex((at) => u < at),
  )
  const [u0, u1] = [QUANTILES_AT[right - 1]!, QUANTILES_AT[right]!]
  const [low, high] = [Math.log1p(points[right - 1]!), Math.log1p(points[right]!)]
  return Math.round(Math.expm1(low + ((high - low) * (u - u0)) / (u1 - u0)))
}

/** Values with their weights, which need not add up to 1. */
export type Weighted = readonly (readonly [value: number, weight: number])[]

export function drawWeighted(random: FastRandom, choices: Weighted): number {
  let rest = random.unit() * choices.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [value, weight] of choices) {
    rest -= weight
    if (rest < 0) return value
  }
  return choices.at(-1)![0]
}

/** How often in a row chance `probability` comes true. */
export function drawGeometric(random: FastRandom, probability: number): number {
  let count = 0
  while (random.chance(probability)) count += 1
  return count
}

export function drawExponential(random: FastRandom, mean: number): number {
  return -Math.log(1 - random.unit()) * mean
}

/** Ranks 0 to n − 1, rank r with weight (r + 1)^−s. */
export class Zipf {
  readonly #sums: Float64Array

  constructor(s: number, n: number) {
    let sum = 0
    this.#sums = Float64Array.from({ length: n }, (_, rank) => {
      sum += (rank + 1) ** -s
      return sum
    })
  }

  draw(random: FastRandom): number {
    const wanted = random.unit() * this.#sums.at(-1)!
    let [low, high] = [0, this.#sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sums[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}
