import type { Clock } from '@deoxys/core'

/** Time that passes at once, so that back-off costs a test nothing. */
export const instantClock: Clock = {
  now: () => performance.now(),
  async sleep(_ms, signal) {
    await new Promise(setImmediate)
    signal.throwIfAborted()
  },
}
