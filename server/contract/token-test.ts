/** Operator API: why a user token is taken or refused. */
import { type Static, Type } from 'typebox'

export const TokenTestRequest = Type.Object(
  { token: Type.String({ maxLength: 8192, description: 'Any text. It is looked at and forgotten: not logged, not stored, no event.' }) },
  { additionalProperties: false, $id: 'TokenTestRequest' },
)
export type TokenTestRequest = Static<typeof TokenTestRequest>
export const TokenTestAnswer = Type.Object(
  {
    valid: Type.Boolean({ description: 'The widget would take it now.' }),
    steps: Type.Array(
      Type.Object({ name: Type.String(), ok: Type.Boolean(), explanation: Type.String() }),
      { description: 'What was looked at, in order. What cannot be read is left out.' },
    ),
    header: Type.Optional(Type.Record(Type.String(), Type.Any(), { description: 'As the token says; nobody vouches for it unless `valid`.' })),
    claims: Type.Optional(Type.Record(Type.String(), Type.Any())),
  },
  { $id: 'TokenTestAnswer' },
)
export type TokenTestAnswer = Static<typeof TokenTestAnswer>
