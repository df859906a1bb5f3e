/** Operator API: projects, their origins and their identity secrets. */
import { type Static, Type } from 'typebox'
import { DedupMode, FingerprintMode, Id, Instant, ProjectMode, ProjectRef } from './primitives.ts'

const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
/** `https://app.example.com`, `http://localhost:3000`, or `https://*.example.com` (one explicit leading wildcard label). */
const OriginPattern = Type.String({ minLength: 8, maxLength: 260 })
const Origins = Type.Array(OriginPattern, { maxItems: 100 })

const AnonymousShare = Type.Union([Type.Number({ minimum: 0, maximum: 0.999999 }), Type.Null()], {
  description: 'The share of a public tally that votes of devices may make up, to a millionth; null: any.',
})

const projectSettings = {
  origins: Type.Optional(Origins),
  mode: Type.Optional(ProjectMode),
  fingerprint: Type.Optional(FingerprintMode),
  dedup: Type.Optional(DedupMode),
  anonymousShare: Type.Optional(AnonymousShare),
}
export const ProjectRequest = Type.Object(
  { name: Name, ...projectSettings },
  { additionalProperties: false, $id: 'ProjectRequest' },
)
export type ProjectRequest = Static<typeof ProjectRequest>

export const ProjectPatch = Type.Object(
  { name: Type.Optional(Name), ...projectSettings },
  { additionalProperties: false, $id: 'ProjectPatch' },
)
export type ProjectPatch = Static<typeof ProjectPatch>

export const Project = Type.Object(
  {
    id: Id,
    publicKey: Type.String(),
    name: Type.String(),
    mode: ProjectMode,
    fingerprint: FingerprintMode,
    dedup: DedupMode,
    anonymousShare: AnonymousShare,
    origins: Type.Array(Type.String()),
    identitySecrets: Type.Array(
      Type.Object({ kid: Type.String(), createdAt: Instant, expiresAt: Type.Union([Instant, Type.Null()]) }),
      { description: 'Never the secrets themselves.' },
    ),
    createdAt: Instant,
  },
  { $id: 'Project' },
)
export type Project = Static<typeof Project>
export const ProjectsAnswer = Type.Object({ projects: Type.Array(Project) })
export const ProjectCreated = Type.Object(
  {
    ...Project.properties,
    kid: Type.String(),
    identitySecret: Type.String({ description: 'Shown once. HS256 key, used as UTF-8 bytes.' }),
  },
  { $id: 'ProjectCreated' },
)
export const OperatorProjectParams = Type.Object({ id: ProjectRef })
export const IdentitySecretParams = Type.Object({ id: ProjectRef, kid: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' }) })

export const RotationRequest = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 30 * 86_400, default: 86_400, description: 'How long the old secret stays valid.' }),
    ),
  },
  { additionalProperties: false, $id: 'RotationRequest' },
)
export type RotationRequest = Static<typeof RotationRequest>
export const RotationAnswer = Type.Object(
  { kid: Type.String(), identitySecret: Type.String(), previous: Type.Array(Type.Object({ kid: Type.String(), expiresAt: Instant })) },
  { $id: 'RotationAnswer' },
)
