/** Bytes a row on disk: what the table and its indexes take, over how many rows there are. */
import type { Pool } from '../../../db/queryable.ts'
import type { Cluster } from './cluster.ts'

export interface RowSize {
  rows: number
  heap: number
  index: number
  total: number
}
export interface Sizes {
  votes: RowSize | undefined
  decisions: RowSize | undefined
  /** By what the index is of the partitioned table. */
  decisionIndexes: Record<string, number>
}

/** @param urls of databases with so many votes that a page more or less does not matter, and with decisions that the server wrote */
export async function measureSizes(cluster: Cluster, urls: { votes: string | undefined; decisions: string | undefined }): Promise<Sizes> {
  const of = async (url: string | undefined, table: 'votes' | 'decisions'): Promise<RowSize | undefined> =>
    (url === undefined ? undefined : await cluster.look(url, (pool) => sizeOf(pool, table)))
  return {
    votes: await of(urls.votes, 'votes'), decisions: await of(urls.decisions, 'decisions'),
    decisionIndexes: urls.decisions === undefined ? {} : await cluster.look(urls.decisions, indexSizes),
  }
}

async function sizeOf(pool: Pool, table: 'votes' | 'decisions'): Promise<RowSize | undefined> {
  const { rows: [row] } = await pool.query<Omit<RowSize, 'total'>>(`
    with part as (
      select $1::regclass as relid union select relid from pg_partition_tree($1::regclass)
    )
    select (select count(*)::int from ${table}) as rows,
      sum(pg_table_size(relid))::float8 as heap, sum(pg_indexes_size(relid))::float8 as index from part`, [table])
  if (row === undefined || row.rows === 0) return undefined
  const { rows, heap, index } = row
  return { rows, heap: heap / rows, index: index / rows, total: (heap + index) / rows }
}

async function indexSizes(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; bytes: number }>(`
    select parent.relname as name, sum(pg_relation_size(i.inhrelid))::float8 / greatest((select count(*) from decisions), 1) as bytes
    from pg_inherits i join pg_class parent on parent.oid = i.inhparent and parent.relkind = 'I'
    join pg_index x on x.indexrelid = i.inhparent and x.indrelid = 'decisions'::regclass
    group by parent.relname order by 2 desc`)
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]))
}
