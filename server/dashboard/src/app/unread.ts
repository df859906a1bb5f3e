/** How much is unread, as the live feed or the last look said; beside “Events” on every page. */
import { createStore } from './store.ts'

export const unread = createStore<{ critical: number }>({ critical: 0 })
