/** Where the figures come from: without it they mean nothing. */
import { release, type, availableParallelism, cpus, totalmem } from 'node:os'

export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  node: string
  postgres: string
  os: string
  generator: string
}

export const describeMachine = (postgres: string, generator: string): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version, postgres,
  os: `${type()} ${release()}`, generator,
})
