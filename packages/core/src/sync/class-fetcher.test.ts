import { expect, test } from 'vitest'
import { felt } from '../base/felt.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { EMPTY_DIFF, pairs } from '../seal/testing/letters.ts'
import { ClassFetcher } from './class-fetcher.ts'
import type { Verifier } from './verifier.ts'

const [TEXT, COMPILED] = [Uint8Array.of(1), Uint8Array.of(2)]

test('a class that a later block named first: one text, and the compiled class with the block that declares it', async () => {
  const asked: string[] = []
  const source = {
    fetchClass: async () => {
      asked.push('class')
      return TEXT
    },
    fetchCompiledClass: async () => {
      asked.push('compiled class')
      return COMPILED
    },
  } as unknown as BlockSource
  const verifier = {
    hashClass: async () => ({ kind: 'sierra', hash: felt(7) }),
    hashCompiledClass: async () => [felt(8)],
  } as unknown as Verifier
  const fetcher = new ClassFetcher({
    verifier,
    policy: 'strict',
    withCompiled: true,
    isStored: () => false,
    onWarning: (error) => expect.unreachable(error.message),
  })
  const signal = new AbortController().signal
  const [later, earlier] = await Promise.all([
    fetcher.fetchMissing(source, 5, { ...EMPTY_DIFF, deployedContracts: pairs([1, 7]) }, signal),
    fetcher.fetchMissing(source, 3, { ...EMPTY_DIFF, declaredClasses: pairs([7, 8]) }, signal),
  ])
  const body = { hash: felt(7), kind: 'sierra', text: TEXT, isVerified: true }
  expect(later).toEqual([{ ...body, compiled: undefined }])
  expect(earlier).toEqual([{ ...body, compiled: COMPILED }])
  expect(asked).toEqual(['class', 'compiled class'])
})
