import { ORIGIN } from '../../helpers/app.ts'
import { headersOf } from '../../helpers/ballot-mill.ts'
import type { Boards } from './cluster.ts'

/** By public key, as a browser with the usual headers is given them. */
export async function fetchEtags(port: number, { spread }: Boards): Promise<Map<string, string>> {
  const entries = await Promise.all(spread.map(async ({ project }, person): Promise<[string, string]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/widget/v1/${project.publicKey}/board`, { headers: headersOf(person, ORIGIN) })
    const etag = answer.headers.get('etag')
    if (answer.status !== 200 || etag === null) throw new Error(`a board answered ${answer.status}, ETag ${etag}`)
    await answer.arrayBuffer()
    return [project.publicKey, etag]
  }))
  return new Map(entries)
}
