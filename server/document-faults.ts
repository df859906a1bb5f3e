/** What is wrong with a document that a person wrote, and where: for policies, rules and their fixtures, and the watch’s settings. */
import { type Document, isMap, isNode, isScalar, isSeq } from 'yaml'

/** Where in the document, as keys and indexes from its root, and a sentence’s end about it. */
export interface DocumentFault {
  path: readonly string[]
  message: string
}

/** Texts that make no policy, rules or settings. Each fault is a line that a person can act on: file, line, path of the key, what is wrong. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** `bands."PUT vote"[0].from` */
export const formatPath = (path: readonly string[]): string =>
  path.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${/^[\w$-]+$/.test(step) ? step : JSON.stringify(step)}`)).join('').replace(/^\./, '')

/** A JSON pointer, as a path. */
export const pathOf = (pointer: string): string[] => pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Where the innermost part of the path that is in the document begins: the key itself, not what it leads to. */
export function offsetOf(document: Document, path: readonly string[]): number | undefined {
  let node: unknown = document.contents
  let offset: number | undefined
  for (const step of path) {
    const key: unknown = isMap(node) ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === step)?.key : undefined
    const found: unknown = isMap(node) ? node.get(step, true) : isSeq(node) ? node.get(Number(step), true) : undefined
    const shown = key ?? found
    if (!isNode(shown)) break
    offset = shown.range?.[0] ?? offset
    node = found
  }
  return offset
}
