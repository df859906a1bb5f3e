/**
 * What stands between a vote and the tally: the state it was given when it was cast, and on that one layer for each standing
 * action (a hold, an invalidation, a release), oldest first. The vote is in the state of its uppermost layer. Pure.
 */
import type { StateCode } from './settle.ts'

export interface Layer {
  /** The action’s id; a newer one is higher. */
  action: number
  effect: StateCode
  /** The state below the layer. */
  prior: StateCode
}

/**
 * The vote without the layers of `ended` actions, and counted below them all if `release` says that what held it on arrival is
 * gone too. In whichever order layers end, those that remain keep the vote where they put it.
 */
export function removeLayers(
  state: StateCode, layers: readonly Layer[], ended: ReadonlySet<number>, release: boolean,
): { state: StateCode; layers: Layer[] } {
  const base = layers[0]?.prior ?? state
  let below: StateCode = release && base === 'h' ? 'c' : base
  const standing = layers.filter(({ action }) => !ended.has(action)).map((layer) => {
    const prior = below
    below = layer.effect
    return { ...layer, prior }
  })
  return { state: below, layers: standing }
}
