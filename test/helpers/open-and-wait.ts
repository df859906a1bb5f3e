/**
 * A process for tests to kill: opens the data directory it is given, says `ready <pid of postgres>` and stays until its
 * standard input closes, as it does when the test run itself is killed.
 */
import { Client } from 'pg'
import { startEmbedded } from '../../db/embedded.ts'

const [, , dataDir = ''] = process.argv
const server = await startEmbedded({ dataDir })
const client = new Client({ connectionString: server.url })
client.on('error', () => undefined)
await client.connect()
await client.query('create table if not exists kept (word text)')
await client.query("insert into kept values ('committed')")
// An open transaction, so that the shutdown has something to break off.
await client.query('begin')
await client.query("insert into kept values ('uncommitted')")
process.on('SIGINT', () => {
  console.log('draining')
})
console.log(`ready ${server.pid}`)
process.stdin.on('end', () => process.exit()).resume()
