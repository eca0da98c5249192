import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bus, BusClosedError } from './bus.ts'

const sizes = (item: number) => item
const receive = async <Item>(bus: Bus<Item>) => ((await bus.ready()) ? bus.take() : undefined)
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await undefined
}

describe('Bus', () => {
  test('in order, nothing lost, within its bounds, however the sides pause', async () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        pauses,
        pauses,
        async (items, itemsMax, bytesMax, sending, receiving) => {
          const bus = new Bus({ itemsMax, bytesMax }, sizes)
          const produce = async () => {
            for (const [i, item] of items.entries()) {
              await turns(sending[i % sending.length]!)
              await bus.send(item)
              expect(bus.count).toBeLessThanOrEqual(itemsMax)
              if (bus.count > 1) expect(bus.bytes).toBeLessThanOrEqual(bytesMax)
            }
            bus.close()
          }
          const received: number[] = []
          const consume = async () => {
            for (let item = await receive(bus); item !== undefined; item = await receive(bus)) {
              received.push(item)
              await turns(receiving[received.length % receiving.length]!)
            }
          }
          await Promise.all([produce(), consume()])
          expect(received).toEqual(items)
          expect([bus.count, bus.bytes]).toEqual([0, 0])
        },
      ),
      { numRuns: 300 },
    )
  })

  test('ready waits for a number of items, but not for ones that cannot come', async () => {
    const bus = new Bus({ itemsMax: 3, bytesMax: 10 }, sizes)
    let isReady = false
    const ready = bus.ready(3).then(() => {
      isReady = true
    })
    await bus.send(1)
    await bus.send(1)
    await turns(10)
    expect(isReady).toBe(false)
    // Too large to be queued with the others: the bus is full.
    const third = bus.send(9)
    await ready
    bus.take()
    bus.take()
    await third
    bus.close()
    expect(await bus.ready(3)).toBe(true)
    bus.take()
    expect(await bus.ready(3)).toBe(false)
  })

  test('an item above the bound passes alone', async () => {
    const bus = new Bus({ itemsMax: 5, bytesMax: 10 }, sizes)
    await bus.send(100)
    let isSent = false
    const second = bus.send(1).then(() => {
      isSent = true
    })
    await turns(10)
    expect(isSent).toBe(false)
    expect(await receive(bus)).toBe(100)
    await second
    expect(await receive(bus)).toBe(1)
  })

  test('a failure reaches both sides, also the one that waits, and drops what is queued', async () => {
    const reason = new Error('the disk is full')
    const waiting = new Bus({ itemsMax: 1, bytesMax: 10 }, sizes)
    const received = receive(waiting)
    waiting.fail(reason)
    await expect(received).rejects.toBe(reason)
    await expect(waiting.send(1)).rejects.toBe(reason)

    const full = new Bus({ itemsMax: 1, bytesMax: 10 }, sizes)
    await full.send(1)
    const sent = full.send(2)
    full.fail(reason)
    full.close()
    await expect(sent).rejects.toBe(reason)
    await expect(receive(full)).rejects.toBe(reason)
    expect(full.count).toBe(0)
  })

  test('a failure after close drops what nobody took', async () => {
    const bus = new Bus({ itemsMax: 3, bytesMax: 10 }, sizes)
    await bus.send(1)
    bus.close()
    const drained = bus.drained()
    const reason = new Error('stop')
    bus.fail(reason)
    bus.fail(new Error('too late'))
    await expect(drained).rejects.toBe(reason)
    await expect(receive(bus)).rejects.toBe(reason)
  })

  test('close lets the queue run out; sending after it is a bug', async () => {
    const bus = new Bus({ itemsMax: 3, bytesMax: 10 }, sizes)
    await bus.send(1)
    bus.close()
    expect(await receive(bus)).toBe(1)
    expect(await receive(bus)).toBeUndefined()
    await expect(bus.send(2)).rejects.toBeInstanceOf(BusClosedError)
  })
})
