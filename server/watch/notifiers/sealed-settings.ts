/** Channels at rest: URLs and keys are secrets, and only whoever holds the master secret reads them. */
import { open, seal, sealContext } from '../../tokens/vault.ts'
import type { StoredSettings } from './registry.ts'

export interface ChannelSecrets {
  allowPrivate: boolean
  channel: StoredSettings
}

export const sealSettings = (vaultKey: Buffer, secrets: ChannelSecrets, channel: { projectId: number; id: number }): Buffer =>
  seal(vaultKey, Buffer.from(JSON.stringify(secrets)), sealContext.channel(channel.projectId, channel.id))

/** Throws when it was sealed under another master secret, or for another channel. */
export const openSettings = (vaultKey: Buffer, sealed: Buffer, channel: { projectId: number; id: number }): ChannelSecrets =>
  JSON.parse(open(vaultKey, sealed, sealContext.channel(channel.projectId, channel.id)).toString()) as ChannelSecrets
