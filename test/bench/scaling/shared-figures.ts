/** A Redis of the benchmark’s own, and what it has been asked and keeps. */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../helpers/free-port.ts'

export interface SharedMemory {
  url: string
  client: Redis
  stop(): Promise<void>
}
export interface SharedFigures {
  /** Sent by servers; what scripts do inside is not counted again. */
  commands: number
  bytesIn: number
  keys: number
  memory: number
}

export async function startSharedMemory(directory: string): Promise<SharedMemory> {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve, reject) => void child.once('error', reject).once('close', () => resolve()))
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  // Refused until it listens.
  client.on('error', () => undefined)
  await Promise.race([client.ping(), ended, sleep(5000).then(() => Promise.reject(new Error('redis-server did not start')))])
  return {
    url, client,
    stop: async () => {
      client.disconnect()
      child.kill('SIGKILL')
      await ended
    },
  }
}

export async function readShared({ client }: SharedMemory): Promise<SharedFigures> {
  const info = `${await client.info('commandstats')}\n${await client.info('stats')}\n${await client.info('memory')}`
  const figure = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  const calls = [...info.matchAll(/^cmdstat_(?:evalsha|eval|fcall):calls=(\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  return { commands: calls, bytesIn: figure('total_net_input_bytes'), keys: await client.dbsize(), memory: figure('used_memory') }
}
