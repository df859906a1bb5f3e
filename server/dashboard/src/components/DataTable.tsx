/** A table that becomes a list of cards where there is no room for columns. */
import type { ComponentChildren } from 'preact'
import { Empty, ProblemNote, Waiting, unsaid } from './Loading.tsx'
import type { Problem } from '../app/api.ts'

export interface Column<Row> {
  /** What the column is called, also beside the value in a card. */
  head: string
  cell(row: Row): ComponentChildren
  /** number: right-aligned. primary: the heading of a card. action: buttons. tight: as narrow as its content. */
  kind?: 'number' | 'primary' | 'action' | 'tight'
}

export interface Selection {
  keys: ReadonlySet<string>
  set(keys: ReadonlySet<string>): void
}

interface Props<Row> {
  /** Says what the table is; not seen. */
  caption: string
  columns: readonly Column<Row>[]
  /** undefined: not here yet. */
  rows: readonly Row[] | undefined
  rowKey(row: Row): string
  rowClass?(row: Row): string
  /** The row a keyboard walk stands on. */
  active?: string | undefined
  selection?: Selection | undefined
  empty?: ComponentChildren
  problem?: Problem | undefined
  reload?: () => void
  slow?: boolean
  more?: (() => void) | undefined
}

export function DataTable<Row>({ caption, columns, rows, rowKey, rowClass, active, selection, empty = 'Nothing here.', problem, reload, slow = false, more }: Props<Row>) {
  if (rows === undefined) return unsaid(problem) === undefined ? (slow || problem !== undefined ? <Waiting /> : null) : <ProblemNote problem={problem} {...(reload && { retry: reload })} />
  const keys = rows.map(rowKey)
  const all = selection !== undefined && keys.length > 0 && keys.every((key) => selection.keys.has(key))
  const toggle = (key: string): void => {
    if (selection === undefined) return
    const next = new Set(selection.keys)
    if (!next.delete(key)) next.add(key)
    selection.set(next)
  }
  return (
    <>
      <ProblemNote problem={unsaid(problem)} {...(reload && { retry: reload })} />
      {rows.length === 0 ? <Empty>{empty}</Empty> : (
        <div class={`table-frame ${slow ? 'stale' : ''}`}>
          <table class="table" role="table">
            <caption class="visually-hidden">{caption}</caption>
            <thead role="rowgroup">
              <tr role="row">
                {selection && <th role="columnheader" class="tight"><input type="checkbox" aria-label="Select all shown" checked={all} onChange={() => selection.set(new Set(all ? [] : keys))} /></th>}
                {columns.map(({ head, kind = '' }) => <th key={head} role="columnheader" scope="col" class={kind}>{kind === 'action' ? <span class="visually-hidden">{head}</span> : head}</th>)}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {rows.map((row) => {
                const key = rowKey(row)
                return (
                  <tr key={key} role="row" data-key={key} class={`${rowClass?.(row) ?? ''} ${key === active ? 'active' : ''}`}>
                    {selection && <td role="cell" class="tight" data-label="Select"><input type="checkbox" aria-label="Select this row" checked={selection.keys.has(key)} onChange={() => toggle(key)} /></td>}
                    {columns.map(({ head, cell, kind = '' }) => <td key={head} role="cell" class={kind} data-label={kind === 'action' ? '' : head}><div class="cell">{cell(row)}</div></td>)}
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
      {more && <div class="row"><button type="button" class="button" onClick={more}>Show more</button></div>}
    </>
  )
}
