import { type Digest, digestOf } from './digest.ts'
import type { Letter } from './letter.ts'

/** What sealing is fed with: the receiving end of the bus. */
export interface LetterQueue {
  /** The next letter, if one waits. */
  take(): Letter | undefined
}

/** Makes digests of the letters on the bus, one for each block to seal. */
export class ConsensusDataProvider {
  readonly #letters: LetterQueue

  constructor(letters: LetterQueue) {
    this.#letters = letters
  }

  /** The digest of the block to be sealed next; undefined when no letter waits. */
  createDigest(): Digest | undefined {
    const letter = this.#letters.take()
    return letter === undefined ? undefined : digestOf(letter)
  }
}
