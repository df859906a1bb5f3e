/** The proof of work a session, or a vote that needs another look, is asked for. */
import { type Static, Type } from 'typebox'

export const Challenge = Type.Object(
  {
    nonce: Type.String({ maxLength: 600, description: 'Opaque, without a colon.' }),
    difficulty: Type.Integer({ minimum: 0, maximum: 64, description: 'Leading zero bits of SHA-256 over `<nonce>:<itemId>:<counter>`.' }),
    minimumDwellMs: Type.Integer({ minimum: 0, description: 'A vote that comes earlier than this after the answer counts as too soon.' }),
    expiresAt: Type.Optional(Type.Integer({ description: 'Milliseconds since the epoch, by the server’s clock.' })),
  },
  { $id: 'Challenge' },
)
export type Challenge = Static<typeof Challenge>
