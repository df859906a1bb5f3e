/**
 * A kind of machine is shared by its honest owners, each on a line of their own, and by whoever rotates visitors on one of
 * them, from a few lines. Where the members sit close, it is the machine on those lines that is meant, and not the model.
 */
const DENSE = 2
const COVERAGE = 0.8

/** Networks that hold nearly all members between them, at least two each; empty where members are spread out. */
export function denseNetworks(members: readonly { network: string }[]): string[] {
  const sizes = new Map<string, number>()
  for (const { network } of members) sizes.set(network, (sizes.get(network) ?? 0) + 1)
  const dense = [...sizes].filter(([, size]) => size >= DENSE)
  const covered = dense.reduce((sum, [, size]) => sum + size, 0)
  return covered >= COVERAGE * members.length ? dense.map(([network]) => network).toSorted() : []
}
