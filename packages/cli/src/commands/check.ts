import {
  type BlockAnswers,
  type BlockReport,
  CHECK_NAMES,
  type Check,
  createKernel,
  DecodeError,
  getNetwork,
  hexFromFelt,
  InputError,
  inspectBlock,
  isReportOk,
  type Kernel,
  NETWORKS,
  type Network,
  UnsupportedVersionError,
} from '@deoxys/core'
import { EXIT_INPUT, EXIT_OK, EXIT_REFUSED } from '../exit-codes.ts'
import { FileContentError, readInputFile } from '../files.ts'
import type { Output } from '../output.ts'

export interface CheckOptions {
  readonly stateUpdate?: string
  readonly signature?: string
  readonly network?: string
}

/** `deoxys check FILE`: 0 when nothing speaks against the block, 1 when something does. */
export async function check(file: string, options: CheckOptions, output: Output): Promise<number> {
  const networks = options.network === undefined ? NETWORKS : [namedNetwork(options.network)]
  const { stateUpdate, signature } = options
  const answers = {
    answer: readInputFile(file),
    stateUpdate: stateUpdate === undefined ? undefined : readInputFile(stateUpdate),
    signature: signature === undefined ? undefined : readInputFile(signature),
  }
  const kernel = await createKernel()
  let report: BlockReport
  try {
    report = inspectBlock(kernel, answers, networks)
  } catch (error) {
    if (error instanceof DecodeError) throw new FileContentError(fileAtFault(kernel, answers, file, options), error)
    if (!(error instanceof UnsupportedVersionError)) throw error
    output.failure(error)
    return EXIT_INPUT // There are no rules to check it by.
  }
  const isOk = isReportOk(report)
  output.result(reportJson(report, isOk), reportText(report, isOk))
  return isOk ? EXIT_OK : EXIT_REFUSED
}

/** The first of the files that cannot be decoded beside the ones before it. */
function fileAtFault(kernel: Kernel, answers: BlockAnswers, file: string, options: CheckOptions): string {
  const decodes = (some: BlockAnswers) => {
    try {
      inspectBlock(kernel, some)
      return true
    } catch (error) {
      return !(error instanceof DecodeError)
    }
  }
  const { answer, stateUpdate } = answers
  if (!decodes({ answer })) return file
  if (options.stateUpdate !== undefined && !decodes({ answer, stateUpdate })) return options.stateUpdate
  return options.signature ?? file
}

function namedNetwork(name: string): Network {
  const network = getNetwork(name)
  if (network !== undefined) return network
  const names = NETWORKS.map((known) => known.name).join(', ')
  throw new InputError(
    `unknown network "${name}"`,
    { code: 'UNKNOWN_NETWORK', network: name },
    { hint: `Known: ${names}.` },
  )
}

function reportJson(report: BlockReport, ok: boolean): object {
  const { networks, era, header, checks } = report
  return {
    ok,
    network: networks.length === 1 ? networks[0]!.name : null,
    candidates: networks.map(({ name }) => name),
    number: header.number,
    era: era.name,
    starknet_version: header.version === '' ? null : header.version,
    block_hash: hexFromFelt(header.hash),
    checks: Object.fromEntries(CHECK_NAMES.map((name) => [name, checkJson(checks[name])])),
  }
}

function checkJson({ status, expected, computed, reason, total, verified }: Check): object {
  return {
    status,
    ...(expected === undefined ? {} : { expected: hexFromFelt(expected) }),
    ...(computed === undefined ? {} : { computed: hexFromFelt(computed) }),
    ...(reason === undefined ? {} : { reason }),
    ...(total === undefined ? {} : { total, verified }),
  }
}

const MARKS = { ok: '✓', failed: '✗', unverifiable: '✗', differs: '≠', absent: '·', not_applicable: ' ' } as const

const REMARKS = {
  ok: '',
  failed: 'FAILED',
  unverifiable: 'no known rule gives the recorded value',
  differs: 'the answer prints another value than the one the block hash proves',
  absent: 'nothing to check against',
  not_applicable: 'the era has no such thing',
} as const

function reportText({ networks, era, header, checks }: BlockReport, isOk: boolean): string {
  const where = networks.map(({ name }) => name).join(' or ')
  const version = header.version === '' ? 'no version' : `version ${header.version}`
  const lines = CHECK_NAMES.map((name) => {
    const { status, total, verified } = checks[name]
    const count = total === undefined ? '' : ` ${verified} of ${total}`
    return `  ${MARKS[status]} ${name.padEnd(23)}${REMARKS[status]}${status === 'ok' || status === 'failed' ? count : ''}`.trimEnd()
  })
  const details = CHECK_NAMES.flatMap((name) => {
    const { status, expected, computed, reason } = checks[name]
    if (status !== 'failed' && status !== 'unverifiable') return []
    const values = expected === undefined ? '' : ` expected ${hexFromFelt(expected)}`
    return [
      `${name}:${values}${computed === undefined ? '' : `, computed ${hexFromFelt(computed)}`}${reason === undefined ? '' : ` (${reason})`}`,
    ]
  })
  const verdict = isOk ? 'Nothing speaks against it.' : 'It does not hold.'
  return [
    `Block ${header.number} of ${where}, ${version}, rules of ${era.name}`,
    `  ${hexFromFelt(header.hash)}`,
    ...lines,
    ...details,
    verdict,
  ].join('\n')
}
