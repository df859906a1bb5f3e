/**
 * E-mail, plain text only: there is nothing in it to click that an attacker could have chosen the look of. Header values are
 * one line each before nodemailer sees them, which encodes and folds them.
 */
import type { EmailSettings } from '../../contract/channel.ts'
import { literalAddress, resolveHost } from './destination.ts'
import type { Message, MessageAlert } from './message.ts'
import { type Envelope, type Outcome, undelivered } from './outcome.ts'
import { clean, figuresOf, headlineOf, instant, subjectsOf, threadOf } from './words.ts'

export interface Mail {
  from: string
  to: string[]
  subject: string
  text: string
  messageId: string
  /** The first of the thread: no message has this id, mail programs gather by it all the same. */
  inReplyTo: string
  references: string[]
  headers: Record<string, string>
}

/** Mail servers may make a stranger wait for their greeting, on purpose. */
const SMTP_TIMEOUT_MS = 20_000

/** `id` is the notification’s: another attempt is the same message, and a mailbox that had it may drop it. */
export function formatEmail(message: Message, { from, to }: EmailSettings, { id }: { id: string }): Mail {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const thread = `<${threadOf(message)}@${domain}>`
  const more = message.more > 0 ? [`And ${message.more} more alerts.`] : []
  return {
    from, to,
    subject: clean(`[Truetally] ${headlineOf(message)}`, 200),
    text: [
      `${headlineOf(message)}`, `Project: ${clean(message.projectName, 100)}`, `Written: ${instant(message.at)}`,
      ...(message.alerts.length === 0 && typeof message.url === 'string' ? ['', message.url] : []),
      ...message.alerts.flatMap((alert) => ['', ...linesOf(alert)]), ...more, '',
    ].join('\n'),
    messageId: `<${id}.${threadOf(message).slice(0, 12)}@${domain}>`,
    inReplyTo: thread,
    references: [thread],
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Truetally-Severity': message.severity, 'X-Truetally-Status': message.status },
  }
}

function linesOf(alert: MessageAlert): string[] {
  return [
    `${alert.severity}, ${alert.state}: ${clean(alert.title, 120)} (${clean(alert.rule, 64)})`,
    ...subjectsOf(alert).map(([name, value]) => `  ${name}: ${value}`),
    `  ${figuresOf(alert)}`,
    ...alert.responses.slice(0, 10).map((response) => `  Done: ${clean(response, 200)}`),
    ...(alert.state === 'firing' && alert.triage !== '' ? [`  ${clean(alert.triage, 1000)}`] : []),
    ...(typeof alert.url === 'string' ? [`  ${alert.url}`] : []),
  ]
}

/** Never throws. A server that is away or says “later” is tried again; one that says never (5xx) is not. */
export async function sendEmail(
  mail: Mail, { smtp }: Pick<EmailSettings, 'smtp'>, { allowPrivate, signal }: Envelope, timeoutMs: number = SMTP_TIMEOUT_MS,
): Promise<Outcome> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const until = AbortSignal.any([signal, deadline])
  try {
    const addresses = await resolveHost(smtp.host, allowPrivate, until)
    if (!Array.isArray(addresses)) return addresses
    let outcome = undelivered(`${smtp.host} has no address`)
    // A name may have an address that this machine has no route to; only then is the next one asked.
    for (const { address } of addresses) {
      outcome = await submit(mail, smtp, address, until)
      if (outcome.delivered || !/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/.test(outcome.reason)) break
    }
    if (outcome.delivered || !until.aborted) return outcome
  } catch (error) {
    if (!until.aborted) throw error
  }
  return undelivered(signal.aborted ? 'The server closed while this was under way' : `${smtp.host} did not take the mail within ${timeoutMs / 1000} seconds`)
}

async function submit(mail: Mail, smtp: EmailSettings['smtp'], address: string, signal: AbortSignal): Promise<Outcome> {
  // Here, not above: 3 MB of code that a server without a mail channel never needs.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    // The address that was looked at; the certificate is still held against the name.
    host: address, ...(literalAddress(smtp.host) === undefined ? { servername: smtp.host } : {}), port: smtp.port, secure: smtp.secure ?? false,
    requireTLS: smtp.secure !== true && smtp.startTls !== 'never', ignoreTLS: smtp.startTls === 'never',
    ...(smtp.user === undefined ? {} : { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    connectionTimeout: SMTP_TIMEOUT_MS, greetingTimeout: SMTP_TIMEOUT_MS, socketTimeout: SMTP_TIMEOUT_MS, maxResponseSize: 64 * 1024,
    disableFileAccess: true, disableUrlAccess: true,
  })
  try {
    const { rejected } = await transport.sendMail({ ...mail, signal })
    return rejected.length === 0 ? { delivered: true } : { delivered: true, note: `Refused by ${smtp.host}: ${clean(rejected.join(', '), 300)}` }
  } catch (error) {
    const { message, code, permanent } = error as Error & { code?: string; permanent?: boolean }
    return undelivered(clean(`${smtp.host}: ${message}${code === undefined || message.includes(code) ? '' : ` (${code})`}`, 300), { final: permanent === true })
  } finally {
    transport.close()
  }
}
