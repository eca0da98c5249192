import { keccak_256 } from '@noble/hashes/sha3.js'
import { expect, test } from 'vitest'
import { felt, hexFromFelts, NO_FELTS, packFelts } from '../base/felt.ts'
import type { L1Handler } from '../chain/transaction.ts'
import { l1MessageWords } from './l1-message.ts'

const handler = (parts: Partial<L1Handler>): L1Handler => ({
  type: 'l1_handler',
  version: 0,
  hash: felt(1),
  contractAddress: felt('0x73314940630fd6dcda0d772d4c972c4e0a9946bef9dabf4ef84eda8ef542b82'),
  entryPointSelector: felt('0x2d757788a8d8d6f21d1cd40bce38a8222d70654214e96ff95d8086e684fbee5'),
  calldata: NO_FELTS,
  nonce: undefined,
  ...parts,
})

const calldata = packFelts(
  [
    '0xc3511006C04EF1d78af4C8E0e74Ec18A6E64Ff9e',
    '0x689ead7d814e51ed93644bc145f0754839b8dcb340027ce0c30953f38f55d7',
    '0x2c68af0bb140000',
    '0x0',
  ].map(felt),
)

test('a message of settlement tests (protocol 9.4)', () => {
  const words = l1MessageWords(handler({ calldata, nonce: felt(775628) }))
  expect(Buffer.from(keccak_256(words)).toString('hex')).toBe(
    'c51a543ef9563ad2545342b390b67edfcddf9886aa36846cf70382362fc5fab3',
  )
})

test('messages without a nonce count the selector to the payload', () => {
  const tx = handler({ calldata: packFelts([felt(1), felt(2), felt(3)]) })
  expect(hexFromFelts(l1MessageWords(tx))).toEqual([
    '0x1',
    '0x73314940630fd6dcda0d772d4c972c4e0a9946bef9dabf4ef84eda8ef542b82',
    '0x3',
    '0x2d757788a8d8d6f21d1cd40bce38a8222d70654214e96ff95d8086e684fbee5',
    '0x2',
    '0x3',
  ])
})

test('no calldata, no payload', () => {
  expect(hexFromFelts(l1MessageWords(handler({ nonce: felt(9) })))).toEqual([
    '0x0',
    '0x73314940630fd6dcda0d772d4c972c4e0a9946bef9dabf4ef84eda8ef542b82',
    '0x9',
    '0x2d757788a8d8d6f21d1cd40bce38a8222d70654214e96ff95d8086e684fbee5',
    '0x0',
  ])
})
