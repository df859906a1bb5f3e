/**
 * `app.signIn`: who a name, a password and perhaps a code belong to. Guessing is slowed down by name and network, and by name over all
 * networks; the latter not where the person was signed in before, so that a stranger locks nobody out of their own office.
 *
 * An unknown name, a wrong password and a disabled person cost the same work and get the same answer. Each attempt is counted before
 * the password is looked at and taken back where it was right: requests at the same moment cannot share one look at the count.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type OperatorSecrets, findOperatorByName, useTotpStep } from '../../db/queries/operators.ts'
import { EVERYWHERE, type LockLimit, countAttempt, forgetFailures, hashSignInName, takeBackAttempt, trimFailures } from '../../db/queries/sign-ins.ts'
import { storable } from '../../db/storable.ts'
import type { SignInRequest } from '../contract/account.ts'
import { Problem } from '../errors.ts'
import { type Passwords, createPasswords } from '../tokens/passwords.ts'
import { findTotpStep } from '../tokens/totp.ts'
import { open, sealContext } from '../tokens/vault.ts'
import { refuseBlocked } from './blocks.ts'
import { KNOWN_NETWORK_MS } from './operator-sessions.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const PAIR = { failures: 5, firstLockMs: 30 * SECOND, maxLockMs: HOUR }
const NAME = { failures: 20, firstLockMs: 30 * SECOND, maxLockMs: 15 * MINUTE }
const FORGET_MS = 24 * HOUR
const TRIM_MS = HOUR
const MAX_FAILURES = 50_000

const limitsFor = (network: string, known: boolean): LockLimit[] => [{ ...PAIR, network }, ...(known ? [] : [{ ...NAME, network: EVERYWHERE }])]

declare module 'fastify' {
  interface FastifyInstance {
    /** Throws `sign_in_failed`, `totp_required`, `sign_in_locked`, `blocked`, `overloaded`. */
    signIn(request: FastifyRequest, shown: SignInRequest): Promise<OperatorSecrets>
    passwords: Passwords
    /** Whether it is really this person who sits there. Counted like a sign-in. Throws `password_wrong`, `sign_in_locked`, `overloaded`. */
    confirmPassword(request: FastifyRequest, operator: OperatorSecrets, password: string): Promise<void>
    /** The same for what outlives a session: also a code, where one is asked for at signing in. Throws `totp_required`, `totp_code_wrong` besides. */
    confirmPerson(request: FastifyRequest, operator: OperatorSecrets, shown: { password: string; code?: string }): Promise<void>
    /** Of a person, the secret their authenticator app shares. */
    openTotp(operator: Pick<OperatorSecrets, 'id' | 'sealedTotp'>): string | undefined
  }
}

export default fp(
  async (app) => {
    const passwords = createPasswords()
    app.decorate('passwords', passwords)
    app.decorate('openTotp', ({ id, sealedTotp }) =>
      sealedTotp === null ? undefined : open(app.keys.vault, sealedTotp, sealContext.totp(id)).toString())

    /** Tells of it, and throws the one answer there is. */
    const fail = (request: FastifyRequest, nameHash: Buffer, account: OperatorSecrets | null): never => {
      app.ledger.write({
        projectId: 0, eventType: 'invalid_api_key', endpoint: request.endpoint(), ipAddress: request.clientAddress,
        errorMessage: 'Sign-in with a wrong name, password or code', detail: { kind: 'sign_in', ...(account === null ? {} : { account: String(account.id) }) },
      })
      // Counted by name: who forgot a password is slowed down by the count above, and only who tries many names is a guesser of them.
      app.responses.note(request, 'operator_token', { what: `sign-in ${nameHash.toString('hex')}` })
      throw new Problem('sign_in_failed')
    }

    /** Throws `sign_in_locked` where the count says so: then no password is looked at. */
    const countOne = async (nameHash: Buffer, limits: readonly LockLimit[]): Promise<void> => {
      const now = app.clock()
      const lockedUntil = await countAttempt(app.db, nameHash, limits, { now, forgetMs: FORGET_MS })
      if (lockedUntil !== null) throw new Problem('sign_in_locked', { retryAfter: Math.max(1, Math.ceil((lockedUntil - now) / SECOND)) })
    }

    /** Uses the code up. false: wrong, not of now, or used before. */
    const takeCode = async (account: OperatorSecrets, code: string, now: number): Promise<boolean> => {
      const step = findTotpStep(app.openTotp(account) ?? '', code, now)
      return step !== undefined && await useTotpStep(app.db, account.id, step)
    }

    /** A stolen session can be carried from network to network: what is tried with it counts under the name everywhere, like a sign-in. */
    const confirm = async (
      request: FastifyRequest, operator: OperatorSecrets, password: string, checkCode: () => Promise<'right' | 'wrong' | 'missing'>,
    ): Promise<void> => {
      const now = app.clock()
      const network = request.clientNetwork
      const nameHash = await hashSignInName(app.db, operator.name)
      await passwords.inTurn(async ({ verify }) => {
        const account = await findOperatorByName(app.db, operator.name, { network, since: now - KNOWN_NETWORK_MS })
        const limits = limitsFor(network, account?.known ?? false)
        await countOne(nameHash, limits)
        if (!await verify(operator.passwordHash, password)) throw new Problem('password_wrong')
        const verdict = await checkCode()
        if (verdict === 'wrong') throw new Problem('totp_code_wrong')
        await takeBackAttempt(app.db, nameHash, limits)
        if (verdict === 'missing') throw new Problem('totp_required')
      })
    }
    app.decorate('confirmPassword', async (request, operator, password) => await confirm(request, operator, password, async () => 'right'))
    app.decorate('confirmPerson', async (request, operator, { password, code }) => await confirm(request, operator, password, async () => {
      if (!operator.totp) return 'right'
      if (code === undefined) return 'missing'
      return await takeCode(operator, code, app.clock()) ? 'right' : 'wrong'
    }))

    app.decorate('signIn', async (request, { name, password, code }) => await passwords.inTurn(async ({ verify }) => {
      const now = app.clock()
      const network = request.clientNetwork
      const nameHash = await hashSignInName(app.db, name)
      const account = await findOperatorByName(app.db, storable(name).trim(), { network, since: now - KNOWN_NETWORK_MS })
      const known = account?.known ?? false
      const block = app.blocks.find(0, { ip: request.clientAddress }, now, 'operator')
      if (block !== undefined && !(known && block.automatic)) refuseBlocked(block, now)

      const limits = limitsFor(network, known)
      await countOne(nameHash, limits)
      const right = await verify(account?.passwordHash, password)
      if (account === null || !right || account.disabledAt !== null) return fail(request, nameHash, account)
      if (account.totp) {
        if (code === undefined) {
          await takeBackAttempt(app.db, nameHash, limits)
          throw new Problem('totp_required')
        }
        if (!await takeCode(account, code, now)) return fail(request, nameHash, account)
      }
      await takeBackAttempt(app.db, nameHash, limits.slice(1))
      await forgetFailures(app.db, nameHash, network)
      return account
    }))

    const trim = setInterval(() => {
      trimFailures(app.db, app.clock() - FORGET_MS, MAX_FAILURES).catch((error: unknown) =>
        app.log.error({ err: error }, 'old failed sign-ins could not be deleted; the next hour tries again'))
    }, TRIM_MS)
    trim.unref()
    app.addHook('onClose', async () => clearInterval(trim))
  },
  { name: 'sign-in', dependencies: ['blocks', 'client', 'clock', 'database', 'keys', 'ledger', 'responses'] },
)
