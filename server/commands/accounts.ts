/** Accounts from the command line: the way in when nobody has one, and the lifeline when nobody gets in any more. */
import { endSessions } from '../../db/queries/operator-sessions.ts'
import {
  type OperatorRow, clearTotp, countOperators, findOperatorByName, insertOperator, listOperators, setPassword, updateOperator,
} from '../../db/queries/operators.ts'
import { findProjectNamed } from '../../db/queries/projects.ts'
import { revokeTokensOf } from '../../db/queries/operator-tokens.ts'
import { forgetFailuresOf, hashSignInName } from '../../db/queries/sign-ins.ts'
import { type Pool, type Queryable, inTransaction } from '../../db/queryable.ts'
import { ConfigError } from '../config.ts'
import type { Role } from '../contract/primitives.ts'
import { accountActor } from '../plugins/operators.ts'
import { createPasswords, newPassword } from '../tokens/passwords.ts'
import { auditCommand } from './audit.ts'

const FIRST_ACCOUNT = 'admin'
const COMMAND_LINE = 'command line'

/** Returns the password, which is nowhere else; null where somebody has the name. `projectId` 0: every project. */
export async function createAccount(
  pool: Pool, account: { name: string; role: Role; projectId: number }, now: number,
): Promise<{ operator: OperatorRow; password: string } | null> {
  const password = newPassword()
  const passwordHash = await createPasswords().hash(password)
  return await inTransaction(pool, async (client) => {
    const operator = await insertOperator(client, { ...account, passwordHash, passwordIsTemporary: false, createdBy: COMMAND_LINE }, now)
    if (operator === null) return null
    const { name, role, projectId } = account
    await auditCommand(client, { action: 'operator.create', target: accountActor(operator.id), projectId, after: { name, role, projectId } })
    return { operator, password }
  })
}

/** The first account, where there is none yet. undefined: there is one, or another node was quicker. */
export async function ensureFirstAccount(pool: Pool, now: number): Promise<{ name: string; password: string } | undefined> {
  if (await countOperators(pool) > 0) return undefined
  const made = await createAccount(pool, { name: FIRST_ACCOUNT, role: 'admin', projectId: 0 }, now)
  return made === null ? undefined : { name: FIRST_ACCOUNT, password: made.password }
}

/** A new password, no second factor, no session, no lock, and enabled again. null: nobody has the name. */
export async function resetAccount(pool: Pool, name: string, now: number): Promise<{ operator: OperatorRow; password: string } | null> {
  const operator = await findOperatorByName(pool, name, { network: '0.0.0.0/32', since: now })
  if (operator === null) return null
  const password = newPassword()
  const hash = await createPasswords().hash(password)
  await inTransaction(pool, async (client) => {
    await setPassword(client, operator.id, { hash, isTemporary: false })
    await clearTotp(client, operator.id)
    await updateOperator(client, operator.id, { disabledAt: null })
    const sessionsEnded = await endSessions(client, operator.id, now)
    const tokensRevoked = await revokeTokensOf(client, operator.id)
    await forgetFailuresOf(client, await hashSignInName(client, operator.name))
    await auditCommand(client, {
      action: 'operator.update', target: accountActor(operator.id), projectId: operator.projectId,
      before: { totp: operator.totp, disabledAt: operator.disabledAt }, after: { totp: false, disabledAt: null, passwordReset: true, sessionsEnded, tokensRevoked },
    })
  })
  return { operator, password }
}

/** One line each: name, role, project, what is set up, when last seen. */
async function describeAccounts(db: Queryable): Promise<string[]> {
  return (await listOperators(db, null)).map(({ name, role, projectId, totp, disabledAt, lastSeenAt }) => [
    name, role, projectId === 0 ? 'all projects' : `project ${projectId}`, totp ? 'second factor' : 'password only',
    disabledAt !== null ? 'disabled' : lastSeenAt === null ? 'never signed in' : `last seen ${new Date(lastSeenAt).toISOString()}`,
  ].join('\t'))
}

/** `operator add NAME`, `operator reset NAME`, `operator list`. Returns the exit code. */
export async function runOperators(
  pool: Pool, [verb, name, ...more]: string[], { role, project, print }: { role: Role; project: string | undefined; print: (text: string) => void },
): Promise<number> {
  if (verb === 'list' && name === undefined) {
    for (const line of await describeAccounts(pool)) print(line)
    return 0
  }
  if ((verb !== 'add' && verb !== 'reset') || name === undefined || more.length > 0) {
    throw new ConfigError('operator takes: add NAME [--role R] [--project P], reset NAME, or list. A name of several words is one in quotes.')
  }
  const wanted = name.trim()
  // oxlint-disable-next-line no-control-regex -- names are shown, and control characters show as something else
  if (wanted === '' || wanted.length > 60 || /[\u0000-\u001f\u007f-\u009f]/.test(wanted)) throw new ConfigError('A name has 1 to 60 characters.')
  const done = verb === 'reset'
    ? await resetAccount(pool, wanted, Date.now())
    : await createAccount(pool, { name: wanted, role, projectId: await projectNamed(pool, project) }, Date.now())
  if (done === null) throw new ConfigError(verb === 'reset' ? `Nobody is called ${wanted}.` : `Somebody is called ${wanted}.`)
  print(`name     ${done.operator.name}\npassword ${done.password}\nThe password is shown this once.`)
  return 0
}

/** By public key or id; 0, all projects, where none is named. @throws ConfigError where there is none of that name */
export async function projectNamed(db: Queryable, project: string | undefined): Promise<number> {
  if (project === undefined) return 0
  const id = await findProjectNamed(db, project)
  if (id === null) throw new ConfigError(`There is no project ${project}.`)
  return id
}
