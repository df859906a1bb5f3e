/** What an operator’s token reaches of what belongs to a project or to the installation (0). */
import type { FastifyRequest } from 'fastify'

/** The one project that is asked about, or that the token is for; null: all there is. Throws `unknown_project`. */
export function projectAsked(request: FastifyRequest, ref: string | undefined): number | null {
  return ref === undefined ? request.operator.projectId ?? null : request.operatedProject(ref).id
}

/** Every project the token reaches, by id; with a token of all projects the installation too. */
export function projectsReached(request: FastifyRequest): number[] {
  const own = request.operator.projectId
  return own === undefined ? [0, ...request.server.projects.all().map(({ id }) => id)] : [own]
}

/** How the wire names the project of a row: null is the installation. */
export const projectIdOf = (id: number): string | null => (id === 0 ? null : String(id))
