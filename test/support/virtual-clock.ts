import type { Clock } from '@deoxys/core'

/** Time that passes when somebody waits for it, and then at once. */
export function createVirtualClock(): Clock {
  let nowMs = 0
  return {
    now: () => nowMs,
    async sleep(ms, signal) {
      await new Promise(setImmediate)
      signal.throwIfAborted()
      nowMs += ms
    },
  }
}
