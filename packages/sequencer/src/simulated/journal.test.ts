import { expect, test } from 'vitest'
import { Journal } from './journal.ts'

test('what was done block by block is undone block by block', () => {
  const journal = new Journal(3)
  const map = new Map<string, number>()
  const set = new Set<string>()
  const list: number[] = []
  const object = { name: 'a' }
  const states: string[] = []
  const state = () => JSON.stringify([[...map], [...set], list, object])
  for (let block = 0; block < 5; block++) {
    states.push(state())
    journal.beginBlock()
    journal.set(map, 'same', block)
    journal.set(map, `new ${block}`, block)
    journal.delete(map, `new ${block - 1}`)
    journal.delete(map, 'nothing')
    journal.add(set, `${block}`)
    journal.add(set, '0')
    journal.push(list, block)
    journal.assign(object, 'name', `${block}`)
    journal.assign(object, 'name', `${block}!`)
  }
  const end = state()
  expect(journal.depth).toBe(3)
  expect(() => journal.back(4)).toThrow(RangeError)
  expect(state()).toBe(end)
  journal.back(2)
  expect(state()).toBe(states[3])
  journal.back(1)
  expect(state()).toBe(states[2])
  expect(journal.depth).toBe(0)
})

test('what is forgotten stays', () => {
  const journal = new Journal(3)
  const list: number[] = []
  journal.beginBlock()
  journal.push(list, 1)
  journal.forget()
  journal.push(list, 2)
  expect(journal.depth).toBe(0)
  expect(() => journal.back(1)).toThrow(RangeError)
  expect(list).toEqual([1, 2])
})
