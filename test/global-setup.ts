/**
 * One PostgreSQL server per run, with one migrated template database that every test file copies (test/helpers/database.ts).
 * By default the embedded one, without fsync, in memory where the machine has /dev/shm; TEST_DATABASE_URL names another
 * server instead (an account that may create databases), for example a PostgreSQL 15.
 */
import { randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { withClient } from './helpers/with-client.ts'

export interface DatabaseServer {
  /** Connection string of an account that may create databases. */
  readonly adminUrl: string
  /** The migrated database to copy; also the beginning of every copy's name. */
  readonly template: string
  /** A directory for files of tests, in memory where the machine has /dev/shm; removed with the server, however the run ends. */
  readonly scratch: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    databaseServer: DatabaseServer
  }
}

interface RunningServer extends DatabaseServer {
  stop(): Promise<void>
}

/** Each project loads this file for itself, in the same process: what they share has to live on the global object. */
const shared = globalThis as { truetallyTestServer?: { users: number; server: Promise<RunningServer> } }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const entry = (shared.truetallyTestServer ??= { users: 0, server: start() })
  entry.users += 1
  const { adminUrl, template, scratch } = await entry.server
  project.provide('databaseServer', { adminUrl, template, scratch })
  return async () => {
    entry.users -= 1
    if (entry.users > 0) return
    delete shared.truetallyTestServer
    await (await entry.server).stop()
  }
}

async function start(): Promise<RunningServer> {
  const template = `truetally_test_${process.pid}_${randomBytes(3).toString('hex')}`
  const scratch = await mkdtemp(join(hasSharedMemory() ? '/dev/shm' : tmpdir(), 'truetally-test-'))
  const given = process.env['TEST_DATABASE_URL'] ?? ''
  const { url: adminUrl, stop } = await (given === ''
    ? startEmbedded({ dataDir: scratch, durable: false, temporary: true })
    : { url: given, stop: () => rm(scratch, { recursive: true, force: true }) })
  try {
    const version = await prepare(adminUrl, template)
    console.log(`Tests run on PostgreSQL ${version} (${given === '' ? 'embedded' : 'TEST_DATABASE_URL'}).`)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    adminUrl,
    template,
    scratch,
    async stop() {
      if (given !== '') await dropAll(adminUrl, template)
      await stop()
    },
  }
}

function hasSharedMemory(): boolean {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function prepare(adminUrl: string, template: string): Promise<string> {
  return withClient(adminUrl, async (admin) => {
    await admin.query(`create database ${template}`)
    const url = new URL(adminUrl)
    url.pathname = `/${template}`
    await migrate(url.href)
    // A template with a session cannot be copied.
    await admin.query(`alter database ${template} with allow_connections false`)
    const { rows } = await admin.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? 'unknown'
  })
}

async function dropAll(adminUrl: string, template: string): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ datname: string }>('select datname from pg_database where starts_with(datname, $1)', [template])
    for (const { datname } of rows) {
      // A server drops one at a time.
      await admin.query(`drop database if exists ${datname} with (force)`)
    }
  })
}
