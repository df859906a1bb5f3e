/** Limits of a source that a rule has tightened: half, and never none. One share for all, as under load (plugins/pressure.ts). */
import type { WindowLimit } from './policies/policy.ts'

const TIGHTENED_SHARE = 0.5

export const tightenedLimit = (limit: number): number => Math.max(1, Math.floor(limit * TIGHTENED_SHARE))
export const tightenedWindow = (window: WindowLimit): WindowLimit => ({ ...window, limit: tightenedLimit(window.limit) })
