/** RFC 9457 problem details: what every refusal looks like on the wire. */
import { type Static, Type } from 'typebox'
import { Challenge } from './challenge.ts'

export const ProblemBody = Type.Object(
  {
    type: Type.String({ description: 'A URI reference naming the problem; `/problems/<code>` of this server.' }),
    title: Type.String({ description: 'The same sentence for every occurrence of the code.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable and machine-readable; safe to branch on.' }),
    detail: Type.Optional(Type.String({ description: 'What is wrong with this request.' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON pointer into the part of the request that is wrong.' }),
          detail: Type.String(),
        }),
      ),
    ),
    challenge: Type.Optional(Challenge),
    retryAfter: Type.Optional(Type.Integer({ description: 'Seconds; the same figure as the Retry-After header.' })),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
)
export type ProblemBody = Static<typeof ProblemBody>
