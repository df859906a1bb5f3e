import { describe, expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { readEvents } from '../helpers/app.ts'
import { addChannel } from '../helpers/messages.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { useOutbox } from '../helpers/outbox.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'

const outbox = useOutbox({ publicUrl: 'https://votes.example.com' })
const moderator = (): Operator => new Operator(outbox.server)

interface Told {
  type: string
  data: { title: string; kind: string; severity: string; alerts: { id: string; url: string; responses: string[]; group: Record<string, string> }[] }
}
const told = ({ received }: HttpReceiver): Told[] => received.map(({ body }) => JSON.parse(body) as Told)

async function anEvent(): Promise<SecurityEvent> {
  const { server } = outbox
  const errorMessage = `Something odd ${Math.random()}`
  server.app.ledger.write({
    projectId: server.project.id, eventType: 'suspicious_activity', severity: 'low', endpoint: 'PUT /vote', ipAddress: '192.0.2.9', origin: 'https://x.example', errorMessage,
  })
  await server.app.ledger.flush()
  const event = (await readEvents(server)).find(({ metadata }) => metadata.errorMessage === errorMessage)
  if (event === undefined) throw new Error('it was not written')
  return event
}

describe('an alert that is escalated', () => {
  test('is told at once where grouping would wait, with who says what, and stands in its timeline', async () => {
    const receiver = outbox.opened(await receiveHttp())
    await addChannel(outbox.server, 'webhook', { url: receiver.url })
    const alert = await storeAlert(outbox.server, { severity: 'low' })
    const answer = expectJson<{ told: string[] }>(await moderator().call('POST', `/security/v1/alerts/${alert.id}/escalate`, { note: 'Call the\0 customer' }), 200)
    expect(answer.told).toHaveLength(1)
    await outbox.server.app.notifications.tick()
    expect(told(receiver)).toMatchObject([{ type: 'alerts.escalated', data: { title: 'Escalated by a moderator: A rule in Shop', alerts: [{ id: alert.id, url: `https://votes.example.com/dashboard/alerts/${alert.id}`, responses: ['a moderator says: Call the customer'] }] } }])
    const { timeline } = expectJson<{ timeline: { kind: string; actor: string; detail: object }[] }>(await moderator().call('GET', `/security/v1/alerts/${alert.id}`), 200)
    expect(timeline.filter(({ kind }) => kind === 'escalated')).toMatchObject([{ actor: 'a moderator', detail: { note: 'Call the customer', channels: answer.told } }])
    // A second click within the minute tells nobody twice; a minute later it is another.
    await moderator().call('POST', `/security/v1/alerts/${alert.id}/escalate`, { note: 'Call the customer' })
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(1)
    outbox.pass(60_000)
    await moderator().call('POST', `/security/v1/alerts/${alert.id}/escalate`, { note: 'Still nobody' })
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(2)
  })
})

describe('an event that is escalated', () => {
  test('is told with what it is about, keeps the note and says who was told', async () => {
    const receiver = outbox.opened(await receiveHttp())
    await addChannel(outbox.server, 'webhook', { url: receiver.url })
    const event = await anEvent()
    await moderator().call('PATCH', '/security/v1/events', { ids: [event.id], note: 'Seen before' })
    const answer = expectJson<{ told: string[] }>(await moderator().call('POST', `/security/v1/events/${event.id}/escalate`, { note: 'Who is this?' }), 200)
    await outbox.server.app.notifications.tick()
    expect(told(receiver)).toMatchObject([{
      type: 'alerts.escalated', data: {
        title: 'Escalated by a moderator: suspicious_activity in Shop', severity: 'low',
        alerts: [{ id: event.id, url: `https://votes.example.com/dashboard/events/${event.id}`, group: { ipAddress: '192.0.2.9', origin: 'https://x.example', endpoint: 'PUT /vote' }, responses: ['a moderator says: Who is this?'] }],
      },
    }])
    const { event: after } = expectJson<{ event: SecurityEvent }>(await moderator().call('GET', `/security/v1/events/${event.id}`), 200)
    expect(after).toMatchObject({ note: 'Seen before\nWho is this?', detail: { escalated: { by: 'a moderator', at: outbox.server.clock.now, channels: answer.told } } })
    const { rows } = await outbox.server.app.db.query<{ actor: string }>('select actor from audit_log where action = $1 and target = $2', ['event.escalate', event.id])
    expect(rows).toHaveLength(1)
  })
})

describe('an escalation is refused', () => {
  test('where nobody would be told, and nothing is written then', async () => {
    const event = await anEvent()
    const alert = await storeAlert(outbox.server)
    for (const path of [`events/${event.id}`, `alerts/${alert.id}`]) {
      expectProblem(await moderator().call('POST', `/security/v1/${path}/escalate`, { note: 'Anybody?' }), 409, 'no_channel')
    }
    const { event: after } = expectJson<{ event: SecurityEvent }>(await moderator().call('GET', `/security/v1/events/${event.id}`), 200)
    expect([after.note, after.detail]).toEqual([undefined, event.detail])
  })

  test('of what is not there or of another project, to a viewer, and without a word', async () => {
    const event = await anEvent()
    const other = await outbox.server.addProject()
    const elsewhere = new Operator(outbox.server, await outbox.server.operatorToken('moderator', other.id))
    expectProblem(await elsewhere.call('POST', `/security/v1/events/${event.id}/escalate`, { note: 'x' }), 404, 'not_found')
    const viewer = new Operator(outbox.server, outbox.server.operators.viewer)
    expectProblem(await viewer.call('POST', `/security/v1/events/${event.id}/escalate`, { note: 'x' }), 403, 'role_insufficient')
    expectProblem(await moderator().call('POST', `/security/v1/events/${event.id}/escalate`, { note: ' ' }), 400, 'invalid_request')
  })
})
