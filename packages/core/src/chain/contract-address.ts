import { bigintFromFelt, type Felt, type Felts, feltFromBigint, shortString } from '../base/felt.ts'
import { type Hashing, pedersenArray } from './hashing.ts'

const CONTRACT_ADDRESS = shortString('STARKNET_CONTRACT_ADDRESS')

/** Addresses are below 2^251 − 256 (protocol 3.3). */
const ADDRESS_BOUND = 2n ** 251n - 256n

/** The address of a contract deployed by `deployer`, which is zero for deploy transactions (protocol 3.3). */
export function* contractAddress(deployer: Felt, salt: Felt, classHash: Felt, calldata: Felts): Hashing<Felt> {
  const calldataHash = yield* pedersenArray(calldata)
  const raw = yield* pedersenArray(CONTRACT_ADDRESS, deployer, salt, classHash, calldataHash)
  const value = bigintFromFelt(raw)
  return value < ADDRESS_BOUND ? raw : feltFromBigint(value % ADDRESS_BOUND)
}
