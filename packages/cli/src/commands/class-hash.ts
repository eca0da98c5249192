import { createKernel, DecodeError, hexFromFelt, inspectClass } from '@deoxys/core'
import { EXIT_OK } from '../exit-codes.ts'
import { decodingFile, readInputFile } from '../files.ts'
import type { Output } from '../output.ts'

/** `deoxys class-hash FILE` */
export async function classHash(file: string, output: Output): Promise<number> {
  const bytes = readInputFile(file)
  const kernel = await createKernel()
  const report = decodingFile(file, () => inspectClass(kernel, decodeUtf8(bytes)))
  if (report.kind !== 'casm') {
    const hash = hexFromFelt(report.classHash)
    output.result({ kind: report.kind, class_hash: hash }, `${report.kind} class ${hash}`)
    return EXIT_OK
  }
  const [v1, v2] = [hexFromFelt(report.compiledClassHashV1), hexFromFelt(report.compiledClassHashV2)]
  const json = { kind: 'casm', compiled_class_hash_v1: v1, compiled_class_hash_v2: v2 }
  output.result(json, `compiled class ${v1} (Poseidon), ${v2} (Blake2s)`)
  return EXIT_OK
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new DecodeError('', 'is not UTF-8')
  }
}
