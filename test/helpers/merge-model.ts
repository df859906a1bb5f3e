/** What votes, actions on them and merges must come to, row by row, in a few lines. */

export interface ModelRow {
  item: string
  voter: string
  tier: 'd' | 'v'
  value: 0 | 1
  castAt: number
  /** Who speaks for it. */
  by: string | null
  layers: { action: string; effect: 'h' | 'i' }[]
}
export interface ModelMerge {
  id: string
  item: string
  into: string
  /** With who spoke for them then. */
  moved: Map<string, string | null>
  swapped: Set<string>
  linked: Map<string, string>
  /** Who spoke for whom there already: `<voter> <by>`. */
  spokenFor: Set<string>
}

export class MergeModel {
  #rows = new Map<string, ModelRow>()
  readonly mergedInto = new Map<string, string>()
  /** Those that stand, oldest first. */
  readonly merges: ModelMerge[] = []

  row(item: string, voter: string): ModelRow | undefined {
    return this.#rows.get(`${item}:${voter}`)
  }
  rows(item?: string): ModelRow[] {
    return [...this.#rows.values()].filter((row) => item === undefined || row.item === item)
  }
  #put(row: ModelRow): void {
    this.#rows.set(`${row.item}:${row.voter}`, row)
  }
  #take(row: ModelRow): ModelRow {
    this.#rows.delete(`${row.item}:${row.voter}`)
    return row
  }
  static state = (row: ModelRow): 'c' | 'h' | 'i' => row.layers.at(-1)?.effect ?? 'c'
  static stands = (row: ModelRow): boolean => row.value === 1 && row.by === null

  cast(item: string, voter: string, value: 0 | 1, castAt: number, device: string | null): 'ok' | 'refused' {
    if (this.mergedInto.has(item)) return 'refused'
    const row = this.row(item, voter)
    const behind = device === null ? undefined : this.row(item, device)
    if (row !== undefined && row.by !== null) return 'refused'
    if (row === undefined && value === 0 && (behind === undefined || !MergeModel.stands(behind))) return 'ok'
    if (row === undefined) this.#put({ item, voter, tier: device === null ? 'd' : 'v', value, castAt, by: null, layers: [] })
    else if (row.value !== value) Object.assign(row, { value, castAt })
    if (device === null) return 'ok'
    if (behind === undefined) this.#put({ item, voter: device, tier: 'd', value: 0, castAt, by: voter, layers: [] })
    else if (behind.by === null) behind.by = voter
    return 'ok'
  }

  merge(id: string, item: string, into: string): { moved: number; kept: number } {
    const journal: ModelMerge = { id, item, into, moved: new Map(), swapped: new Set(), linked: new Map(), spokenFor: new Set(this.rows(into).map(({ voter, by }) => `${voter} ${by}`)) }
    const there = new Map(this.rows(into).map((row) => [row.voter, row]))
    const own = this.rows(item)
    let kept = 0
    for (const row of own.filter(MergeModel.stands)) {
      const other = there.get(row.voter)
      if (other === undefined) journal.moved.set(row.voter, null)
      else if (other.value === 0 && other.by === null && row.castAt > other.castAt) journal.swapped.add(row.voter)
      else kept += 1
    }
    const moved = journal.moved.size + journal.swapped.size
    const came = new Set([...journal.moved.keys(), ...journal.swapped])
    for (const { voter, by } of own) {
      if (by === null) continue
      const other = there.get(voter)
      if (other === undefined && (came.has(by) || there.has(by))) journal.moved.set(voter, by)
      if (other?.by === null && came.has(by)) journal.linked.set(voter, by)
    }
    for (const voter of journal.moved.keys()) this.#put({ ...this.#take(this.row(item, voter) as ModelRow), item: into })
    for (const voter of journal.swapped) {
      const [row, other] = [this.#take(this.row(item, voter) as ModelRow), this.#take(this.row(into, voter) as ModelRow)]
      this.#put({ ...row, item: into })
      this.#put({ ...other, item })
    }
    for (const [voter, by] of journal.linked) (this.row(into, voter) as ModelRow).by = by
    this.mergedInto.set(item, into)
    this.merges.push(journal)
    return { moved, kept }
  }

  /** Whether a later merge builds on it. */
  isBuiltUpon(merge: ModelMerge): boolean {
    return this.merges.slice(this.merges.indexOf(merge) + 1).some(({ item, into }) => merge.into === item || merge.into === into)
  }

  undo(merge: ModelMerge): void {
    const { item, into, moved, swapped, linked, spokenFor } = merge
    const present = new Map(this.rows(into).map((row) => [row.voter, { ...row }]))
    const came = (voter: string): boolean => moved.has(voter) || swapped.has(voter)
    // Who has spoken for a device there since they came has voted there.
    const spoke = new Set([...present.values()].flatMap(({ voter, by }) => {
      if (by === null || !came(by) || moved.get(voter) === by || spokenFor.has(`${voter} ${by}`)) return []
      return linked.get(voter) === by && present.get(by)?.value === 1 ? [] : [by]
    }))
    const stays = (row: ModelRow, then: string | null): boolean => spoke.has(row.voter) || (row.by !== null && spoke.has(row.by)) || row.by !== then
    const valueAgain = (row: ModelRow, then: string | null): 0 | 1 =>
      row.by !== then && row.by !== null && present.get(row.by)?.value === 0 ? 0 : row.value
    for (const [voter, then] of moved) {
      const row = present.get(voter) as ModelRow
      if (!stays(row, then)) this.#take(row)
      this.#put({ ...row, item, by: then, value: valueAgain(row, then), layers: [...row.layers] })
    }
    for (const voter of swapped) {
      const row = present.get(voter) as ModelRow
      const old = this.row(item, voter) as ModelRow
      this.#put({ ...row, item, by: null, value: valueAgain(row, null) })
      const since = stays(row, null) ? { value: row.value, castAt: row.castAt, by: row.by } : {}
      this.#put({ ...old, item: into, ...since })
    }
    for (const [voter, by] of linked) {
      const row = this.row(into, voter)
      if (row?.by === by && this.row(item, by)?.value === 1 && this.row(into, by)?.value !== 1) row.by = null
    }
    this.mergedInto.delete(item)
    this.merges.splice(this.merges.indexOf(merge), 1)
  }

  countedOn(item: string): number {
    return this.rows(item).filter((row) => MergeModel.stands(row) && MergeModel.state(row) === 'c').length
  }
}
