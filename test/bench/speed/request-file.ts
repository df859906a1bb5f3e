/** Prepared requests on disk, as wrk-stream.lua and our own driver read them: length on a line, then the bytes. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

const CHUNK = 500

export function writeRequests(path: string, count: number, make: (index: number) => string): void {
  const file = openSync(path, 'w')
  try {
    for (let from = 0; from < count; from += CHUNK) {
      const wires = Array.from({ length: Math.min(CHUNK, count - from) }, (_, n) => make(from + n))
      writeSync(file, wires.map((wire) => `${Buffer.byteLength(wire)}\n${wire}`).join(''))
    }
  } finally {
    closeSync(file)
  }
}

export function* readRequests(path: string): Generator<string> {
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf(10, at)
    const end = lineEnd + 1 + Number(bytes.toString('latin1', at, lineEnd))
    yield bytes.toString('utf8', lineEnd + 1, end)
    at = end
  }
}
