/** Real receivers on loopback, for channels that allow private addresses: HTTP servers and a mail server. */
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Received {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}
export interface HttpReceiver {
  url: string
  received: Received[]
  close(): Promise<void>
}

/** `answer` says what becomes of each request; 204 unless it does. One that never answers hangs. */
export async function receiveHttp(answer?: (request: Received, reply: ServerResponse, nth: number) => void): Promise<HttpReceiver> {
  const received: Received[] = []
  const server = createServer((request: IncomingMessage, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const arrived = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() }
      received.push(arrived)
      if (answer === undefined) reply.writeHead(204).end()
      else answer(arrived, reply, received.length)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

export interface ReceivedMail {
  from: string
  to: string[]
  /** Unfolded, names in lower case. */
  headers: Map<string, string>
  /** Names of headers as often as they came. */
  headerNames: string[]
  text: string
}
export interface MailReceiver {
  port: number
  mails: ReceivedMail[]
  close(): Promise<void>
}

/** @param options.port to come back where it was; @param options.users: only these log in, and nobody sends without */
export async function receiveMail({ port = 0, users, refuse }: { port?: number; users?: Record<string, string>; refuse?: number } = {}): Promise<MailReceiver> {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: users === undefined, allowInsecureAuth: true, disabledCommands: users === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'], disableReverseLookup: true,
    onAuth: ({ username = '', password }, _session, callback) => {
      if (users?.[username] === password) callback(null, { user: username })
      else callback(Object.assign(new Error('Invalid username or password'), { responseCode: 535 }))
    },
    onRcptTo: (_address, _session, callback) => {
      callback(refuse === undefined ? null : Object.assign(new Error('No such mailbox'), { responseCode: refuse }))
    },
    onData: (stream, session, callback) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), ...readMail(Buffer.concat(parts).toString()) })
        callback()
      })
    },
  })
  // A client that hangs up in the middle is an error here, and often what a test wants.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port, mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Headers unfolded, encoded words and quoted-printable read, for text in one part. */
function readMail(raw: string): Pick<ReceivedMail, 'headers' | 'headerNames' | 'text'> {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw.slice(0, end).replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  const pairs = lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')).toLowerCase(), decodeWords(line.slice(line.indexOf(':') + 1).trim())])
  const headers = new Map(pairs)
  const body = raw.slice(end + 4)
  const encoding = headers.get('content-transfer-encoding')
  const text = encoding === 'quoted-printable' ? decodeQuoted(body.replaceAll('=\r\n', '')) : encoding === 'base64' ? Buffer.from(body, 'base64').toString() : body
  return { headers, headerNames: pairs.map(([name]) => name), text: text.replaceAll('\r\n', '\n') }
}

const decodeQuoted = (text: string): string => Buffer.from(text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))), 'latin1').toString()

const decodeWords = (text: string): string => text.replaceAll(/\?=\s+=\?/g, '?==?').replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
  (kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString() : decodeQuoted(word.replaceAll('_', ' '))))
