/** `app.projects`: every project in memory, with its secrets opened and its origins ready to compare. */
import fp from 'fastify-plugin'
import { loadProjects } from '../../db/queries/projects.ts'
import type { DedupMode, FingerprintMode, ProjectMode } from '../contract/primitives.ts'
import { Problem } from '../errors.ts'
import { IdentityVerifier } from '../tokens/identity.ts'
import { open, sealContext } from '../tokens/vault.ts'

export interface Project {
  readonly id: number
  readonly publicKey: string
  readonly name: string
  readonly mode: ProjectMode
  readonly fingerprint: FingerprintMode
  readonly dedup: DedupMode
  readonly anonymousShare: number | null
  readonly origins: readonly string[]
  readonly pepper: Buffer
  readonly identity: IdentityVerifier
  readonly identitySecrets: readonly { kid: string; createdAt: number; expiresAt: number | null }[]
  readonly createdAt: number
}

export interface Projects {
  byKey(publicKey: string): Project | undefined
  byId(id: number): Project | undefined
  /** By id or public key, whichever the caller sent. Throws the problem `unknown_project`. */
  resolve(ref: string): Project
  all(): Project[]
  reload(): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    projects: Projects
  }
}

export default fp(
  async (app) => {
    let byKey = new Map<string, Project>()
    let byId = new Map<number, Project>()
    let signatures = new Map<number, { signature: string; project: Project }>()

    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const { projects, origins, secrets } = await loadProjects(app.db, app.clock())
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      const fresh = new Map<number, { signature: string; project: Project }>()
      for (const row of projects) {
        const own = { origins: origins.filter((o) => o.projectId === row.id), secrets: secrets.filter((s) => s.projectId === row.id) }
        // An unchanged project keeps its object, and with it the identity tokens verified so far.
        const signature = JSON.stringify([row, own])
        const before = signatures.get(row.id)
        if (before?.signature === signature) {
          fresh.set(row.id, before)
          continue
        }
        fresh.set(row.id, {
          signature,
          project: {
            id: row.id, publicKey: row.publicKey, name: row.name, mode: row.mode, fingerprint: row.fingerprint, dedup: row.dedup,
            anonymousShare: row.anonymousShare, createdAt: row.createdAt,
            origins: own.origins.map((o) => o.origin),
            pepper: open(app.keys.vault, row.sealedPepper, sealContext.pepper(row.publicKey)),
            identity: new IdentityVerifier(row.publicKey, own.secrets.map((secret) => ({
              kid: secret.kid,
              key: open(app.keys.vault, secret.sealedSecret, sealContext.identity(row.publicKey, secret.kid)),
              expiresAt: secret.expiresAt,
            }))),
            identitySecrets: own.secrets.map(({ kid, createdAt, expiresAt }) => ({ kid, createdAt, expiresAt })),
          },
        })
      }
      signatures = fresh
      byId = new Map([...fresh].map(([id, { project }]) => [id, project]))
      byKey = new Map([...fresh.values()].map(({ project }) => [project.publicKey, project]))
    }

    app.decorate('projects', {
      byKey: (publicKey) => byKey.get(publicKey),
      byId: (id) => byId.get(id),
      resolve: (ref) => {
        const project = ref.startsWith('pk_') ? byKey.get(ref) : byId.get(Number(ref))
        if (project === undefined) throw new Problem('unknown_project', { detail: `There is no project ${ref}.` })
        return project
      },
      all: () => [...byId.values()],
      reload,
    })
    app.changes.on('projects', reload)
    await reload()
  },
  { name: 'projects', dependencies: ['database', 'changes', 'clock', 'keys'] },
)
