/** Reads from the documents what tests hold them to: fenced code, tables, links. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const readDocument = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8')

/** Every document a reader may come to, relative to the repository. */
export const DOCUMENTS: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(`${ROOT}docs`).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ...['server', 'server/gate', 'server/watch', 'db', 'test', 'widget', 'demo-site'].map((room) => `${room}/README.md`),
]

export interface Fence {
  language: string
  text: string
}

export function readFences(path: string): Fence[] {
  return [...readDocument(path).matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map(([, language = '', text = '']) => ({ language, text }))
}

/** Cells of the table whose first column has this head, without the head. @throws Error when there is none */
export function readTable(path: string, head: string): string[][] {
  const lines = readDocument(path).split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  if (start < 0) throw new Error(`${path} has no table that begins with the column "${head}"`)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end < 0 ? undefined : end).map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()))
}

/** `PORT` of a cell that holds `PORT` in backticks. */
export const bare = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '')
