import { contractAddress, feltFromBigint, ONE, packFelts, ZERO } from '@deoxys/core/protocol'
import { ETH_TOKEN } from '../account-transactions.ts'
import { drawWeighted } from './distributions.ts'
import { drawBalance, drawFelts, drawValue } from './felt-values.ts'
import { drawResources, feesV3 } from './invoke.ts'
import type { WorkBlock } from './workload-content.ts'

/** Bits of an address on L1. */
const ETHEREUM_ADDRESS_BITS = 160

/** Bits of an amount of tokens. */
const AMOUNT_BITS = 64

/** A new account, which nobody has heard of, and a few cells of its own. */
export function addWorkDeployment(block: WorkBlock): void {
  const { draft, random, parameters, named } = block
  const [first] = draft.world.classes.values()
  const classHash = first!.hash
  const [contractAddressSalt, constructorCalldata] = [random.felt(), drawFelts(random, random.integer(1, 2))]
  const address = named(draft.compute(contractAddress(ZERO, contractAddressSalt, classHash, constructorCalldata)))
  const signature = drawFelts(random, drawWeighted(random, parameters.signature))
  const deployment = { contractAddress: address, contractAddressSalt, classHash, constructorCalldata } as const
  const fields = { type: 'deploy_account', hash: ZERO, ...deployment } as const
  draft.add(
    draft.rules.accountVersions.includes(3)
      ? { ...fields, version: 3, ...feesV3(block, ZERO, signature) }
      : { ...fields, version: 1, maxFee: ZERO, nonce: ZERO, signature },
    { resources: drawResources(block) },
  )
  draft.changes.deploy(address, classHash)
  draft.changes.setNonce(address, ONE)
  for (let cells = random.integer(1, 3); cells > 0; cells--) {
    draft.changes.write(address, named(random.felt()), drawValue(random, parameters.values))
  }
}

/** Tokens from L1 for an account. */
export function addWorkDeposit(block: WorkBlock): void {
  const { draft, random, population, parameters } = block
  const { address, balanceKey } = population.account(population.drawAccount(random))
  const amount = random.felt(AMOUNT_BITS)
  draft.changes.write(ETH_TOKEN, balanceKey, drawBalance(random, parameters.values))
  draft.add(
    {
      type: 'l1_handler',
      version: 0,
      hash: ZERO,
      contractAddress: ETH_TOKEN,
      entryPointSelector: draft.selector('handle_deposit'),
      calldata: packFelts([random.felt(ETHEREUM_ADDRESS_BITS), address, amount, ZERO]),
      nonce: feltFromBigint(draft.world.takeL1Nonce()),
    },
    {
      events: [
        { fromAddress: ETH_TOKEN, keys: draft.transferSelector, data: packFelts([ZERO, address, amount, ZERO]) },
      ],
      resources: drawResources(block),
    },
  )
}
