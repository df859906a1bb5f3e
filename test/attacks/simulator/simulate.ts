/** A whole run: each class on a server of its own (or on the one that was named), one after the other. */
import type { ProjectMode } from '../../../server/contract/primitives.ts'
import { classes } from './classes/registry.ts'
import type { ClassFigures } from './measure.ts'
import { type PlayedClass, playClass } from './play-class.ts'
import type { Server } from './server.ts'

export interface RunOptions {
  seed: number
  /** Of the honest crowd and of every attack; 1 is about 400 people. */
  scale: number
  mode: ProjectMode
  /** Names of classes; all of them where there is none. */
  only: readonly string[]
  template?: string | undefined
  /** Told after each class. */
  onClass?(played: PlayedClass): void
}

export interface Run {
  seed: number
  played: PlayedClass[]
}
/** What `--json` prints. */
export interface Summary {
  seed: number
  classes: ClassFigures[]
}

/** @throws RangeError for the name of a class that there is not */
export async function simulate(openServer: () => Promise<Server>, options: RunOptions): Promise<Run> {
  const unknown = options.only.filter((name) => !classes.some((known) => known.name === name))
  if (unknown.length > 0) throw new RangeError(`No such attack class: ${unknown.join(', ')}. There are ${classes.map(({ name }) => name).join(', ')}.`)
  const played: PlayedClass[] = []
  for (const attack of classes) {
    if (options.only.length > 0 && !options.only.includes(attack.name)) continue
    const server = await openServer()
    try {
      const result = await playClass(attack, server, options)
      played.push(result)
      options.onClass?.(result)
    } finally {
      await server.close()
    }
  }
  return { seed: options.seed, played }
}

export const summarise = ({ seed, played }: Run): Summary => ({ seed, classes: played.map(({ figures }) => figures) })

/** Differences between two runs of the same seed; there must be none on a simulated clock. */
export function compareRuns(first: Run, second: Run): string[] {
  return first.played.flatMap(({ figures, populations }, index) => {
    const again = second.played[index]
    const before = JSON.stringify({ figures, populations })
    const after = JSON.stringify({ figures: again?.figures, populations: again?.populations })
    return before === after ? [] : [`the seed played ${figures.name} in two ways:\n  ${before}\n  ${after}`]
  })
}
