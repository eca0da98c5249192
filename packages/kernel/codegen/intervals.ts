/**
 * Runs generated source on intervals instead of numbers: what it computes holds for all inputs within the bounds it was
 * given, and it throws where a value might leave its type. So the bounds stated beside the generators are checked on the
 * very text that is compiled (src/bounds.test.ts).
 *
 * It knows what straight-line generated code is made of: declarations, assignments, `load`, `store`, casts, and
 * + − * << >> & on i32 and i64. Loops are for the caller to unroll.
 */

export interface Interval {
  readonly min: bigint
  readonly max: bigint
}

/** Of a literal the type is open: 0 bits, and the other operand decides. */
interface Value extends Interval {
  readonly bits: 0 | 32 | 64
}

/** What lies behind each pointer, by byte offset. */
export type Memory = Map<string, Map<number, Interval>>

const TOKEN = /[A-Za-z_]\w*|\d+|<<=|>>=|<<|>>|[-+*&]=|[-+*&<>(){}=,;:]/g

const OPERATORS: readonly (readonly string[])[] = [['&'], ['<<', '>>'], ['+', '-'], ['*']]

function check(value: Value, text: string): Value {
  const limit = 1n << BigInt((value.bits || 64) - 1)
  if (value.min >= -limit && value.max < limit) return value
  throw new RangeError(`${text}: [${value.min}, ${value.max}] is not within i${value.bits || 64}`)
}

function hull(bits: Value['bits'], corners: readonly bigint[]): Value {
  const sorted = [...corners].sort((a, b) => (a < b ? -1 : 1))
  return { min: sorted[0]!, max: sorted.at(-1)!, bits }
}

/** a & mask for a mask of low bits: a itself where it is within already. */
function maskLow(a: Value, mask: bigint, bits: Value['bits']): Value {
  if ((mask & (mask + 1n)) !== 0n) throw new Error(`${mask} is not a mask of low bits`)
  return a.min >= 0n && a.max <= mask ? { ...a, bits } : { min: 0n, max: mask, bits }
}

function apply(operator: string, a: Value, b: Value): Value {
  const bits = a.bits > b.bits ? a.bits : b.bits
  switch (operator) {
    case '+':
      return { min: a.min + b.min, max: a.max + b.max, bits }
    case '-':
      return { min: a.min - b.max, max: a.max - b.min, bits }
    case '*':
      return hull(bits, [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max])
    case '<<':
      return { min: a.min << b.min, max: a.max << b.max, bits: a.bits }
    case '>>':
      return { min: a.min >> b.min, max: a.max >> b.max, bits: a.bits }
    default:
      return maskLow(a, b.max, bits)
  }
}

class Runner {
  readonly #tokens: readonly string[]
  readonly #memory: Memory
  readonly #locals = new Map<string, Value>()
  #position = 0

  constructor(source: string, memory: Memory) {
    this.#tokens = source.match(TOKEN) ?? []
    this.#memory = memory
  }

  run(): void {
    while (this.#position < this.#tokens.length) this.#statement()
  }

  #next(...expected: string[]): string {
    const token = this.#tokens[this.#position]!
    if (expected.length > 0 && !expected.includes(token)) throw new Error(`${token} where ${expected} should be`)
    this.#position += 1
    return token
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#position] !== token) return false
    this.#position += 1
    return true
  }

  #statement(): void {
    const token = this.#next()
    if (token === 'store') this.#store()
    else if (token === 'let' || token === 'const') this.#declarations()
    else if (!'{};'.includes(token)) this.#assignment(token)
  }

  #declarations(): void {
    do {
      const name = this.#next()
      if (this.#accept(':')) this.#next('i64')
      if (this.#accept('=')) this.#set(name, this.#expression())
    } while (this.#accept(','))
  }

  #assignment(name: string): void {
    const operator = this.#next('=', '+=', '-=', '&=', '>>=', '<<=')
    const value = this.#expression()
    this.#set(name, operator === '=' ? value : apply(operator.slice(0, -1), this.#local(name), value))
  }

  #set(name: string, value: Value): void {
    this.#locals.set(name, check({ ...value, bits: value.bits || 64 }, name))
  }

  #local(name: string): Value {
    const value = this.#locals.get(name)
    if (!value) throw new Error(`${name} has no value`)
    return value
  }

  #type(): 32 | 64 {
    this.#next('<')
    const bits = this.#next('i32', 'i64') === 'i32' ? 32 : 64
    this.#next('>')
    return bits
  }

  #store(): void {
    const bits = this.#type()
    this.#next('(')
    const pointer = this.#next()
    this.#next(',')
    const value = check({ ...this.#expression(), bits }, `store to ${pointer}`)
    this.#next(',')
    const offset = Number(this.#next())
    this.#next(')')
    const target = this.#memory.get(pointer) ?? new Map<number, Interval>()
    this.#memory.set(pointer, target.set(offset, { min: value.min, max: value.max }))
  }

  #load(): Value {
    const bits = this.#type()
    this.#next('(')
    const pointer = this.#next()
    this.#next(',')
    const offset = Number(this.#next())
    this.#next(')')
    const value = this.#memory.get(pointer)?.get(offset)
    if (!value) throw new Error(`nothing at ${pointer} + ${offset}`)
    return { ...value, bits }
  }

  /** Operators of level `level` and those that bind tighter. */
  #expression(level = 0): Value {
    const operators = OPERATORS[level]
    if (!operators) return this.#operand()
    let value = this.#expression(level + 1)
    while (operators.includes(this.#tokens[this.#position]!)) {
      const operator = this.#next()
      value = check(apply(operator, value, this.#expression(level + 1)), operator)
    }
    return value
  }

  #operand(): Value {
    if (this.#tokens[this.#position] === '<') {
      const bits = this.#type()
      return check({ ...this.#operand(), bits }, 'cast')
    }
    const token = this.#next()
    if (token === '-') return check(apply('-', { min: 0n, max: 0n, bits: 0 }, this.#operand()), 'negation')
    if (token === 'load') return this.#load()
    if (token === '(') {
      const value = this.#expression()
      this.#next(')')
      return value
    }
    if (!/^\d/.test(token)) return this.#local(token)
    return { min: BigInt(token), max: BigInt(token), bits: 0 }
  }
}

/** Runs statements on `memory` and leaves there what they store. @throws RangeError where a value might not fit. */
export function runOnIntervals(source: string, memory: Memory): void {
  new Runner(source, memory).run()
}

/** The body of an exported function of generated or hand-written source, without the braces. */
export function functionBody(source: string, name: string): { parameters: string[]; body: string } {
  const match = new RegExp(`function ${name}\\(([^)]*)\\): \\w+ \\{\\n([\\s\\S]*?)\\n\\}\\n`).exec(source)
  if (!match) throw new Error(`no function ${name}`)
  return { parameters: match[1]!.split(',').map((parameter) => parameter.split(':')[0]!.trim()), body: match[2]! }
}
