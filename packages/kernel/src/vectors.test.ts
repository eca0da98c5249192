import { describe, expect, test } from 'vitest'
import { BETA, curveEquation, G, multiply, N, P, PEDERSEN_POINTS } from './curve.ts'
import { BACKENDS, createKernel } from './index.ts'
import { poseidonRoundConstants } from './reference.ts'
import { lengthsOf, pack, unpack } from './testing/felts.ts'

/** Every vector of sections 1.2 to 1.7 and 7 of the protocol reference, on every back end of this build. */

const ascii = (text: string) => new TextEncoder().encode(text)

const PEDERSEN_PAIRS: readonly (readonly [bigint, bigint, bigint])[] = [
  [0n, 0n, 0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804n],
  [
    0x3d937c035c878245caf64531a5756109c53068da139362728feb561405371cbn,
    0x208a0a10250e382e1e4bbe2880906c2791bf6275695e02fbbc6aeff9cd8b31an,
    0x30e480bed5fe53fa909cc0f8c4d99b8f9f2c016be4c41e13a4848797979c662n,
  ],
  [0x1234n, 0xabcdn, 0x615bb8d47888d2987ad0c63fc06e9e771930986a4dd8adc55617febfcf3639en],
  [1n, 2n, 0x5bb9440e27889a364bcb678b1f679ecd1347acdedcbf36e83494f857cc58026n],
]

const PEDERSEN_ARRAYS: readonly (readonly [readonly bigint[], bigint])[] = [
  [[1n, 2n, 3n, 4n], 0x66bd4335902683054d08a0572747ea78ebd9e531536fb43125424ca9f902084n],
  [[], 0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804n],
]

const POSEIDON_PAIRS: readonly (readonly [bigint, bigint, bigint])[] = [
  [
    0xb662f9017fa7956fd70e26129b1833e10ad000fd37b4d9f4e0ce6884b7bben,
    0x1fe356bf76102cdae1bfbdc173602ead228b12904c00dad9cf16e035468bean,
    0x75540825a6ecc5dc7d7c2f5f868164182742227f1367d66c43ee51ec7937a81n,
  ],
  [1n, 2n, 0x5d44a3decb2b2e0cc71071f7b802f45dd792d064f0fc7316c46514f70f9891an],
]

/** `P1(x)`: lane 0 of the permuted (x, 0, 1). */
const POSEIDON_SINGLES: readonly (readonly [bigint, bigint])[] = [
  [
    0x9dad5d6f502ccbcb6d34ede04f0337df3b98936aaf782f4cc07d147e3a4fd6n,
    0x11222854783f17f1c580ff64671bc3868de034c236f956216e8ed4ab7533455n,
  ],
  [1n, 0x6d226d4c804cd74567f5ac59c6a4af1fe2a6eced19fb7560a9124579877da25n],
]

const POSEIDON_ARRAYS: readonly (readonly [readonly bigint[], bigint])[] = [
  [
    [
      0x9bf52404586087391c5fbb42538692e7ca2149bac13c145ae4230a51a6fc47n,
      0x40304159ee9d2d611120fbd7c7fb8020cc8f7a599bfa108e0e085222b862c0n,
      0x46286e4f3c450761d960d6a151a9c0988f9e16f8a48d4c0a85817c009f806an,
    ],
    0x1ec38b38dc88bac7b0ed6ff6326f975a06a59ac601b417745fd412a5d38e4f7n,
  ],
  [[], 0x2272be0f580fd156823304800919530eaa97430e972d7213ee13f4fbf7a5dbcn],
  [[0n, 1n, 2n, 3n], 0x7b8f30ac298ea12d170c0873f1fa631a18c00756c6e7d1fd273b9a239d0d413n],
  [[1n], 0x579e8877c7755365d5ec1ec7d3a94a457eff5d1f40482bbe9729c064cdead2n],
  [[1n, 2n], 0x371cb6995ea5e7effcd2e174de264b5b407027a75a231a70c2c8d196107f0e7n],
]

const KECCAK: readonly (readonly [Uint8Array, bigint])[] = [
  [ascii('constructor'), 0x28ffe4ff0f226a9107253e17a904099aa4f63a02a5621de0576e5aa71bc5194n],
  [new Uint8Array(32).fill(0xff), 0x1c584056064687e149968cbab758a3376d22aedc6a55823d1b3ecbee81b8fb9n],
  [ascii('ABC'), 0x1629b9dda060bb30c7908346f6af189c16773fa148d3366701fbaa35d54f3c8n],
]

const BLAKE2S: readonly (readonly [readonly bigint[], bigint])[] = [
  [[], 0x1eed01efd0d230c1ea5a12c48b6551f7c4a3542d02111e194809079307a214an],
  [[0n], 0x5768af071a2f8df7c9df9dc4ca0e7a1c5908d5eff88af963c3264f412dbdf43n],
  [[1n, 2n], 0x5534c03a14b214436366f30e9c77b6e56c8835de7dc5aee36957d4384cce66dn],
  [[2n ** 63n], 0xb44aeea3e1288e4614b3de3a7a6bee8d592ef9cd30c70304e7e84b52702ef2n],
  [[42n, 2n ** 63n, 1337n], 0x27e2140360d26bf4a53778d8bc2f9b103ddfa83abf3451308190b9c340d11a5n],
]

const KEYS = {
  mainnet: 0x48253ff2c3bed7af18bde0b611b083b39445959102d4947c51c4db6aa4f4e58n,
  sepolia: 0x1252b6bce1351844c677869c6327e80eae1535755b611c66b8f46e595b40een,
  sepoliaIntegration: 0x4e4856eb36dbd5f4a7dca29f7bb5232974ef1fb7eb5b597c58077174c294da1n,
}

/** Message (where it is two felts, their `Ps`), r, s, key. */
const SIGNATURES: readonly (readonly [string, readonly bigint[], bigint, bigint, bigint])[] = [
  [
    'sepolia-integration 35748',
    [0x1ea2a9cfa3df5297d58c0a04d09d276bc68d40fe64701305bbe2ed8f417e869n],
    0x45161746eecbeae297f45a1f407ab702310f4e52c5e9350ed6f542fa8e98413n,
    0x3e67cfbc5b179ba55a3b687228d8fe40626233f6691b4aabe308fcd6d71dcdbn,
    KEYS.sepoliaIntegration,
  ],
  [
    'sepolia-integration 35747',
    [0x77140bef51bbb4d1932f17cc5081825ff18465a1df4440ca0429a4fa80f1dc5n],
    0x44b4fef018bb755107ed0caab714f628c0804b2a8787664c5210e607aed3004n,
    0x2ea6ecf5d11f0eba14e867c8d771ab958b55e45ded7ce93a1fe78045593f22bn,
    KEYS.sepoliaIntegration,
  ],
  [
    'mainnet, old form',
    [
      0x7d5db04c5ca2aea828180dc441afb1580e3cee7547a3567ced3aa5bb8b273c0n,
      0x64689c12248e1110af4b3af0e2b43cd51ad13e8855f10e37669e2a4baf919c6n,
    ],
    0x1b382bbfd693011c9b7692bc932b23ed9c288deb27c8e75772e172abbe5950cn,
    0xbe4438085057e1a7c704a0da3b30f7b8340fe3d24c86772abfd24aa597e42n,
    KEYS.mainnet,
  ],
  [
    'mainnet 763497',
    [0x13cdfde1b22e43f7ecd54ead737250908aad983d814140d79f46f3df63f824dn],
    0x110890f1133cc355fd1553891eaf2a56243415282b1847b4b60e777475a7f8an,
    0x4dad0ab16f917d88654ec5f7a608f70301c99c0947c28bec60eda2bcdbab89an,
    KEYS.mainnet,
  ],
]

describe('constants', () => {
  test('field, curve and group order (1.1)', () => {
    expect(P).toBe(0x800000000000011000000000000000000000000000000000000000000000001n)
    expect(BETA).toBe(0x6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n)
    for (const point of [G, ...PEDERSEN_POINTS]) {
      expect((point.y * point.y) % P).toBe(curveEquation(point.x))
      expect(multiply(point, N - 1n)).toEqual({ x: point.x, y: P - point.y })
    }
  })

  test('round constants of Poseidon (1.4)', () => {
    const constants = poseidonRoundConstants()
    expect(constants).toHaveLength(273)
    expect([0, 1, 2, 272].map((i) => constants[i])).toEqual([
      0x6861759ea556a2339dd92f9562a30b9e58e2ad98109ae4780b7fd8eac77fe6fn,
      0x3827681995d5af9ffc8397a3d00425a3da43f76abf28a64e4ab1a22f27508c4n,
      0x3a3956d2fad44d0e7f760a2277dc7cb2cac75dc279b2d687a0dbe17704a8309n,
      0x61fc552b8eb75e17ad0fb7aaa4ca528f415e14f0d9cdbed861a8db0bfff0c5bn,
    ])
  })
})

describe.each(BACKENDS)('%s', async (backend) => {
  const kernel = await createKernel({ backend })

  test('Pedersen (1.2)', () => {
    const expected = PEDERSEN_PAIRS.map(([, , hash]) => hash)
    expect(unpack(kernel.pedersenPairs(pack(PEDERSEN_PAIRS.flatMap((row) => row.slice(0, 2)))))).toEqual(expected)
    expect(PEDERSEN_PAIRS.flatMap(([a, b]) => unpack(kernel.pedersenPairs(pack([a, b]))))).toEqual(expected)
  })

  test('Pedersen of arrays (1.3)', () => {
    const rows = PEDERSEN_ARRAYS.map(([row]) => row)
    const hashes = kernel.pedersenArrays(pack(rows.flat()), lengthsOf(rows))
    expect(unpack(hashes)).toEqual(PEDERSEN_ARRAYS.map(([, hash]) => hash))
  })

  test('Poseidon of pairs and singles (1.4)', () => {
    const pairs = kernel.poseidonPairs(pack(POSEIDON_PAIRS.flatMap((row) => row.slice(0, 2))))
    expect(unpack(pairs)).toEqual(POSEIDON_PAIRS.map(([, , hash]) => hash))
    const states = unpack(kernel.poseidonPermute(pack(POSEIDON_SINGLES.flatMap(([x]) => [x, 0n, 1n]))))
    expect(states.filter((_, i) => i % 3 === 0)).toEqual(POSEIDON_SINGLES.map(([, hash]) => hash))
  })

  test('Poseidon of arrays (1.4)', () => {
    const rows = POSEIDON_ARRAYS.map(([row]) => row)
    const hashes = kernel.poseidonArrays(pack(rows.flat()), lengthsOf(rows))
    expect(unpack(hashes)).toEqual(POSEIDON_ARRAYS.map(([, hash]) => hash))
  })

  test('Starknet keccak (1.5)', () => {
    const messages = KECCAK.map(([message]) => message)
    const hashes = kernel.starknetKeccak(Buffer.concat(messages), lengthsOf(messages))
    expect(unpack(hashes)).toEqual(KECCAK.map(([, hash]) => hash))
  })

  test('Blake2s of felts (1.6)', () => {
    const rows = BLAKE2S.map(([row]) => row)
    const hashes = kernel.blake2sArrays(pack(rows.flat()), lengthsOf(rows))
    expect(unpack(hashes)).toEqual(BLAKE2S.map(([, hash]) => hash))
  })

  test.each(SIGNATURES)('signature of %s (7)', (_, input, r, s, key) => {
    const [message] =
      input.length === 1 ? input : unpack(kernel.poseidonArrays(pack(input), Uint32Array.of(input.length)))
    const others = Object.values(KEYS).filter((other) => other !== key)
    const items = [key, ...others].flatMap((x) => [message!, r, s, x])
    expect([...kernel.verifySignatures(pack(items))]).toEqual([1, 0, 0])
  })
})
