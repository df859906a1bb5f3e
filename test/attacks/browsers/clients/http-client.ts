/** No browser at all: what a script does that has read the widget’s requests, proof of work included. */
import type { SessionAnswer } from '../../../../server/contract/widget.ts'
import { PROJECT } from '../../../e2e/operator.ts'
import { solve } from '../../simulator/work.ts'
import { type ClientKind, wait } from '../client.ts'

export const httpClient: ClientKind = {
  name: 'http-client',
  about: 'requests as curl makes them, with the work done and the dwell waited out',
  start: async () => ({
    form: 'no browser',
    async visit({ ground: { widget, site, item }, address }) {
      const send = async (method: string, path: string, body: object): Promise<Response> => fetch(`${widget}/api/widget/v1/${PROJECT}${path}`, {
        method, body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', 'origin': site, 'user-agent': 'curl/8.14.1', 'x-forwarded-for': address },
      })
      const opened = await send('POST', '/sessions', {})
      if (opened.status !== 201) throw new Error(`the session answered ${opened.status}: ${await opened.text()}`)
      const { session, challenge } = (await opened.json()) as SessionAnswer
      await wait(challenge?.minimumDwellMs ?? 0)
      await send('PUT', `/items/${item.id}/vote`, { value: 1, session, ...(challenge && { solution: solve(challenge, item.id) }) })
      return async () => undefined
    },
    close: async () => undefined,
  }),
}
