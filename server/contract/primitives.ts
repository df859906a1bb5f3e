/**
 * The vocabulary the wire schemas share. Types come only from `Static<>`, so validation, OpenAPI and TypeScript
 * cannot disagree.
 */
import { type Static, Type } from 'typebox'

export const PROJECT_MODES = ['verified', 'strict', 'open'] as const
export const FINGERPRINT_MODES = ['off', 'consent', 'on'] as const
export const DEDUP_MODES = ['hold', 'refuse'] as const
export const TIERS = ['verified', 'device'] as const
export const VOTE_STATES = ['counted', 'held', 'invalidated'] as const
export const ITEM_STATUSES = ['open', 'planned', 'started', 'shipped', 'declined'] as const
export const FEEDBACK_KINDS = ['idea', 'bug', 'praise', 'other'] as const
export const FEEDBACK_STATES = ['new', 'accepted', 'rejected'] as const
export const BLOCK_KINDS = ['ip', 'network', 'fingerprint', 'user', 'device', 'origin', 'api_key'] as const
/** What the votes of a cohort share. `surge` is a burst on an item whatever its votes share; its `matches` is `*`. */
export const COHORT_KINDS = ['machine', 'network', 'prefix', 'fingerprint', 'core', 'hosting', 'gesture', 'surge', 'users'] as const
/** What a held vote is held for. */
export const HELD_FOR = ['score', 'seat', 'cohort', 'age', 'moderator'] as const
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const
export const EVENT_TYPES = [
  'origin_mismatch',
  'rate_limit_exceeded',
  'invalid_api_key',
  'fingerprint_change',
  'jwt_validation_failed',
  'suspicious_activity',
] as const
export const ROLES = ['viewer', 'moderator', 'admin'] as const

export const ProjectMode = Type.Enum([...PROJECT_MODES])
export type ProjectMode = Static<typeof ProjectMode>
export const FingerprintMode = Type.Enum([...FINGERPRINT_MODES])
export type FingerprintMode = Static<typeof FingerprintMode>
export const DedupMode = Type.Enum([...DEDUP_MODES])
export type DedupMode = Static<typeof DedupMode>
export const Tier = Type.Enum([...TIERS])
export type Tier = Static<typeof Tier>
export const VoteState = Type.Enum([...VOTE_STATES])
export type VoteState = Static<typeof VoteState>
export const ItemStatus = Type.Enum([...ITEM_STATUSES])
export type ItemStatus = Static<typeof ItemStatus>
export const FeedbackKind = Type.Enum([...FEEDBACK_KINDS])
export type FeedbackKind = Static<typeof FeedbackKind>
export const FeedbackState = Type.Enum([...FEEDBACK_STATES])
export type FeedbackState = Static<typeof FeedbackState>
export const BlockKind = Type.Enum([...BLOCK_KINDS])
export type BlockKind = Static<typeof BlockKind>
export const CohortKind = Type.Enum([...COHORT_KINDS])
export type CohortKind = Static<typeof CohortKind>
export const HeldFor = Type.Enum([...HELD_FOR])
export type HeldFor = Static<typeof HeldFor>
export const Severity = Type.Enum([...SEVERITIES])
export type Severity = Static<typeof Severity>
export const EventType = Type.Enum([...EVENT_TYPES])
export type EventType = Static<typeof EventType>
export const Role = Type.Enum([...ROLES])
export type Role = Static<typeof Role>

/** Database ids travel as decimal strings, so that no client ever rounds one. 32-bit positive range. */
export const Id = Type.String({ pattern: '^[1-9][0-9]{0,9}$', description: 'A numeric id, as a string.' })
export const Uuid = Type.String({ format: 'uuid' })
export const ProjectKey = Type.String({ pattern: '^pk_[A-Za-z0-9_-]{1,60}$', description: 'The public project key.' })
export const Instant = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000, description: 'Milliseconds since the epoch.' })
export const Reason = Type.String({ minLength: 1, maxLength: 500, description: 'Why, for whoever reads the log later.' })
export const Cursor = Type.String({ maxLength: 200, description: 'Opaque; taken from `nextCursor`.' })
/** null: that was the last page. */
export const NextCursor = Type.Union([Type.String(), Type.Null()])
export const PageSize = Type.Integer({ minimum: 1, maximum: 200, default: 50 })
/** A project named by its id or by its public key, whichever the caller has at hand. */
export const ProjectRef = Type.String({ pattern: '^([1-9][0-9]{0,9}|pk_[A-Za-z0-9_-]{1,60})$', description: 'Project id or public key.' })
