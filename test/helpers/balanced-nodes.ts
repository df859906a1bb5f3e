/** What compose.yaml starts, without containers: HAProxy with the shipped configuration in front of server processes on one database. */
import { execFileSync, spawn } from 'node:child_process'
import { type IncomingHttpHeaders, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Command, type Environment, run } from './command.ts'
import { freePort } from './free-port.ts'

const CONFIGURATION = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url))

/** Debian puts it where an ordinary user’s PATH does not look. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

/** Why this machine cannot run it; undefined: it can. */
export function whyNoProxy(): string | undefined {
  if (process.platform !== 'linux') return 'each visitor needs a loopback address of their own, which only Linux has'
  try {
    execFileSync('haproxy', ['-v'], { env: { PATH }, stdio: 'ignore' })
    return undefined
  } catch {
    return 'haproxy is not installed (apt-get install haproxy)'
  }
}

export interface Proxy {
  readonly url: string
  readonly port: number
  readonly output: { text: string }
  stop(): Promise<void>
}

/** @param nodes `host:port` of both servers, which need not run yet */
export async function startProxy(nodes: readonly [string, string]): Promise<Proxy> {
  const port = await freePort()
  const child = spawn('haproxy', ['-db', '-f', CONFIGURATION], {
    env: { PATH, TRUETALLY_LISTEN: `127.0.0.1:${port}`, TRUETALLY_NODE_A: nodes[0], TRUETALLY_NODE_B: nodes[1], TRUETALLY_SCHEME: 'http' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output.text += text))
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + 60_000; !(await answers(`${url}/proxyz`)); await sleep(20)) {
    if (child.exitCode === null && Date.now() < deadline) continue
    child.kill('SIGKILL')
    throw new Error(`haproxy did not start:\n${output.text}`)
  }
  return {
    url, port, output,
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export interface Node extends Command {
  readonly port: number
}

/** Starts `truetally start` on this port; 0 is any. Resolves once it is ready. */
export async function startNode(port: number, environment: Environment): Promise<Node> {
  const command = run(['start'], { HOST: '127.0.0.1', PORT: String(port), ...environment })
  let isOver = false
  void command.ended.then(() => (isOver = true))
  for (const deadline = Date.now() + 110_000; !command.output.out.includes('Ctrl-C stops it'); await sleep(20)) {
    if (!isOver && Date.now() < deadline) continue
    command.kill('SIGKILL')
    throw new Error(`the server did not start:\n${command.output.out}\n${command.output.err}`)
  }
  return { ...command, port: Number(/http:\/\/localhost:(\d+)/.exec(command.output.out)?.[1]) }
}

/** Two at the same moment, on ports of their own, to which they can come back. Both or none. */
export async function startTwoNodes(environment: Environment): Promise<[Node, Node]> {
  const [first, second] = await Promise.allSettled([startNode(await freePort(), environment), startNode(await freePort(), environment)])
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value]
  for (const one of [first, second]) if (one.status === 'fulfilled') one.value.kill('SIGKILL')
  throw new Error('one of two servers did not start', { cause: first.status === 'rejected' ? first.reason : second })
}

const answers = async (url: string): Promise<boolean> => await fetch(url).then(() => true, () => false)

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** One request from this loopback address, on a connection of its own. Rejects where there was no whole answer. */
export function ask(
  url: string, { from = '127.0.0.1', method = 'GET', headers = {}, body }: { from?: string; method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, localAddress: from, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => void chunks.push(chunk))
      answer.once('error', reject)
      answer.once('end', () => {
        if (answer.complete) resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) })
        else reject(new Error('the answer was cut'))
      })
    })
    asking.setTimeout(30_000, () => asking.destroy(new Error('no answer within 30 s')))
    asking.once('error', reject)
    asking.end(body)
  })
}
