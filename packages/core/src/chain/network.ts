import { type Felt, felt, shortString } from '../base/felt.ts'

/** A chain this node can verify: what tells it from others, and what cannot be read out of its blocks. */
export interface Network {
  readonly name: string
  /** Chain ids that transactions of this network hash with, the current one first. */
  readonly chainIds: readonly Felt[]
  /** The sequencer's block signing key, an x coordinate (protocol 7). */
  readonly publicKey: Felt
  /** Base URL with `/feeder_gateway`; the retired networks have none. */
  readonly feederUrl: string | undefined
  /** What early blocks without an address hash as their sequencer, after zero was tried (protocol 4.3). */
  readonly fallbackSequencer: Felt
  /** Last block hashed by the rules before 0.7; −1 where there is none, `unknown` where no list says (4.1). */
  readonly lastPre07Block: number | 'unknown'
  /** Blocks whose recorded hash no known rule gives, first and last number. */
  readonly unverifiable: readonly (readonly [first: number, last: number])[]
  /** The Starknet core contract on L1 (protocol 9.1). */
  readonly l1CoreContract: string | undefined
}

const SN_GOERLI = shortString('SN_GOERLI')

const MAINNET_FALLBACK = felt('0x21f4b90b0377c82bf330b7b5295820769e72d79d8acd0effa0ebde6e9988bc5')
const GOERLI_FALLBACK = felt('0x46a89ae102987331d369645031b49c27738ed096f2789c24449966da4c6de6b')

const since07 = { fallbackSequencer: GOERLI_FALLBACK, lastPre07Block: -1, unverifiable: [] } as const
const retired = {
  feederUrl: undefined,
  fallbackSequencer: GOERLI_FALLBACK,
  lastPre07Block: 'unknown',
  unverifiable: [],
  l1CoreContract: undefined,
} as const

/** The public networks, alive and retired (protocol 8.1, 9.1, 10.1). */
export const NETWORKS: readonly Network[] = [
  {
    name: 'mainnet',
    chainIds: [shortString('SN_MAIN')],
    publicKey: felt('0x48253ff2c3bed7af18bde0b611b083b39445959102d4947c51c4db6aa4f4e58'),
    feederUrl: 'https://feeder.alpha-mainnet.starknet.io/feeder_gateway',
    fallbackSequencer: MAINNET_FALLBACK,
    lastPre07Block: 832,
    unverifiable: [],
    l1CoreContract: '0xc662c410C0ECf747543f5bA90660f6ABeBD9C8c4',
  },
  {
    ...since07,
    name: 'sepolia',
    chainIds: [shortString('SN_SEPOLIA')],
    publicKey: felt('0x1252b6bce1351844c677869c6327e80eae1535755b611c66b8f46e595b40eea'),
    feederUrl: 'https://feeder.alpha-sepolia.starknet.io/feeder_gateway',
    l1CoreContract: '0xE2Bb56ee936fd6433DC0F6e7e3b8365C906AA057',
  },
  {
    ...since07,
    name: 'sepolia-integration',
    chainIds: [shortString('SN_INTEGRATION_SEPOLIA')],
    publicKey: felt('0x4e4856eb36dbd5f4a7dca29f7bb5232974ef1fb7eb5b597c58077174c294da1'),
    feederUrl: 'https://feeder.integration-sepolia.starknet.io/feeder_gateway',
    l1CoreContract: '0x4737c0c1B4D5b1A687B42610DdabEE781152359c',
  },
  {
    ...retired,
    name: 'goerli',
    chainIds: [SN_GOERLI],
    publicKey: felt('0x4a197b8a973a4aa6b7a28b2df49b9054128d43075d85a10d676b96b7a382961'),
    unverifiable: [[119802, 148428]],
  },
  {
    ...retired,
    name: 'goerli2',
    // Its first months hash with the chain id of goerli.
    chainIds: [shortString('SN_GOERLI2'), SN_GOERLI],
    publicKey: felt('0x39249d75a2bed01c773291e2ec64418d04f1b3ba079da1179e1300b6214fece'),
  },
  {
    ...retired,
    name: 'integration',
    chainIds: [SN_GOERLI],
    publicKey: felt('0x52934be54ce926b1e715f15dc2542849a97ecfdf829cd0b7384c64eeeb2264e'),
  },
]

export function getNetwork(name: string): Network | undefined {
  return NETWORKS.find((network) => network.name === name)
}

/** A network of the user's own: one chain id, the current rules, any boundary of 0.7. */
export function customNetwork(options: {
  readonly name: string
  readonly chainId: string
  readonly publicKey: Felt
  readonly feederUrl?: string | undefined
  readonly l1CoreContract?: string | undefined
}): Network {
  return {
    name: options.name,
    chainIds: [shortString(options.chainId)],
    publicKey: options.publicKey,
    feederUrl: options.feederUrl,
    fallbackSequencer: GOERLI_FALLBACK,
    lastPre07Block: 'unknown',
    unverifiable: [],
    l1CoreContract: options.l1CoreContract,
  }
}

/** Whether the block is listed as one whose hash no known rule gives. */
export function isUnverifiable(network: Network, number: number): boolean {
  return network.unverifiable.some(([first, last]) => first <= number && number <= last)
}
