/** E-mail to a real mail server, also to one that is away for an hour. */
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort } from '../helpers/free-port.ts'
import { aMessage, addChannel, anAlert, enqueue } from '../helpers/messages.ts'
import { useOutbox } from '../helpers/outbox.ts'
import { type MailReceiver, receiveHttp, receiveMail } from '../helpers/receivers.ts'

const MINUTE = 60_000
const settings = (port: number, more: object = {}): object => ({
  to: ['duty@example.com', 'boss@example.com'], from: 'truetally@votes.example', smtp: { host: '127.0.0.1', port, startTls: 'never', ...more },
})


const outbox = useOutbox()
describe('e-mail', () => {
  test('arrives as plain text, one thread for a group, and no value becomes a header', async () => {
    const mail = outbox.opened(await receiveMail())
    const channel = await addChannel(outbox.server, 'email', settings(mail.port))
    // Longer than a line of a mail.
    const url = `https://votes.${'long.'.repeat(20)}example.com/dashboard/alerts/0b5e0f3c-6a0e-4d39-8f3c-3d1a1c0f1a11`
    const evil = 'x\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>'
    await enqueue(outbox.server, channel, aMessage({ title: `Ünruhe ${evil}`, alerts: [anAlert({ group: { origin: evil }, url })] }))
    await enqueue(outbox.server, channel, aMessage({ status: 'resolved', alerts: [anAlert({ state: 'resolved', endsAt: 1_772_358_000_000 })] }))
    await outbox.server.app.notifications.tick()
    expect(mail.mails).toHaveLength(2)
    const [first, second] = mail.mails as [MailReceiver['mails'][number], MailReceiver['mails'][number]]
    expect([first.from, first.to]).toEqual(['truetally@votes.example', ['duty@example.com', 'boss@example.com']])
    expect(first.headerNames.filter((name) => ['bcc', 'cc'].includes(name))).toEqual([])
    expect(first.headers.get('subject')).toBe('[Truetally] HIGH, firing: Ünruhe x Bcc: everybody@example.com <script>alert(1)</script>')
    expect(first.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(first.text).toContain('  origin: x Bcc: everybody@example.com <script>alert(1)</script>\n')
    expect(first.text).toContain(`\n  ${url}\n`)
    expect(second.text).not.toContain('http')
    expect(second.headers.get('references')).toBe(first.headers.get('references'))
    expect(second.headers.get('message-id')).not.toBe(first.headers.get('message-id'))
    expect(second.text).toContain('until 2026-03-01T09:40:00Z')
  })

  test('logs in where it must, and a password that is refused is not tried for a day', async () => {
    const mail = outbox.opened(await receiveMail({ users: { truetally: 'correct horse' } }))
    const right = await addChannel(outbox.server, 'email', settings(mail.port, { user: 'truetally', password: 'correct horse' }))
    const wrong = await addChannel(outbox.server, 'email', settings(mail.port, { user: 'truetally', password: 'battery staple' }))
    await enqueue(outbox.server, right)
    await enqueue(outbox.server, wrong)
    await outbox.server.app.notifications.tick()
    expect(mail.mails).toHaveLength(1)
    expect(await outbox.stateOf(wrong)).toMatchObject({ state: 'dead', lastError: expect.stringContaining('535') })
    expect((await outbox.stateOf(wrong)).lastError).not.toContain('staple')
  })

  test.each([[550, 'dead'], [451, 'pending']])('a server that answers %i leaves it %s', async (refuse, state) => {
    const mail = outbox.opened(await receiveMail({ refuse }))
    const channel = await addChannel(outbox.server, 'email', settings(mail.port))
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    expect(await outbox.stateOf(channel)).toMatchObject({ state, lastError: expect.stringContaining(String(refuse)) })
  })

  test('is never sent in the clear unless the channel says so', async () => {
    const mail = outbox.opened(await receiveMail())
    const channel = await addChannel(outbox.server, 'email', settings(mail.port, { startTls: 'require' }))
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    expect(mail.mails).toEqual([])
    expect((await outbox.stateOf(channel)).lastError).toMatch(/STARTTLS|TLS/)
  })

  test('waits out an hour without a mail server: nothing is lost, nothing comes twice, and the other channels go on', async () => {
    // Something keeps its port for it, or another program might be given it meanwhile.
    const port = await freePort()
    const away = createServer((socket) => void socket.destroy())
    await new Promise<void>((resolve) => void away.listen(port, '127.0.0.1', resolve))
    const email = await addChannel(outbox.server, 'email', settings(port))
    const chat = outbox.opened(await receiveHttp())
    const slack = await addChannel(outbox.server, 'slack', { url: chat.url })
    const titles: string[] = []
    for (let minute = 0; minute < 60; minute += 1) {
      if (minute % 10 === 0) {
        const title = `Alert of minute ${minute}`
        titles.push(title)
        // Two of them about the same group, to be told in order.
        await enqueue(outbox.server, email, aMessage({ title, groupKey: `group ${minute % 20}` }))
        await enqueue(outbox.server, slack, aMessage({ title, groupKey: `group ${minute % 20}` }))
      }
      await outbox.server.app.notifications.tick()
      expect(chat.received).toHaveLength(titles.length)
      outbox.pass(MINUTE)
    }
    expect((await outbox.listed(email)).map(({ state }) => state)).toEqual(titles.map(() => 'pending'))
    await new Promise<void>((resolve) => void away.close(() => resolve()))
    const back = outbox.opened(await receiveMail({ port }))
    for (let minute = 0; minute < 40; minute += 1) {
      await outbox.server.app.notifications.tick()
      outbox.pass(MINUTE)
    }
    const told = back.mails.map(({ headers }) => (headers.get('subject') ?? '').replace('[Truetally] HIGH, firing: ', ''))
    expect(told.toSorted()).toEqual(titles.toSorted())
    for (const rest of [0, 10]) {
      const ofGroup = titles.filter((title) => Number(title.split(' ').at(-1)) % 20 === rest)
      expect(told.filter((title) => ofGroup.includes(title))).toEqual(ofGroup)
    }
    expect((await outbox.listed(email)).map(({ state }) => state)).toEqual(titles.map(() => 'sent'))
  })
})
