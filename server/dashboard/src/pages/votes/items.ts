/** The board's items, for whoever has to name one. */
import type { ModeratedItem } from '../../../../contract/moderation.ts'
import { type Loaded, useLoad } from '../../app/load.ts'
import { loadItems } from './wire.ts'

export interface Items extends Loaded<ModeratedItem[]> {
  title(id: string): string
}

export function useItems(project: string): Items {
  const items = useLoad((signal) => loadItems(project, signal), [project])
  return { ...items, title: (id) => items.data?.find((item) => item.id === id)?.title ?? `item ${id}` }
}
