import type { FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'

/** Throws `role_insufficient` for an operator of one project. @param what a sentence without its end: `The settings are the installation’s` */
export function wholeInstallation({ operator }: FastifyRequest, what: string): void {
  if (operator.projectId !== undefined) throw new Problem('role_insufficient', { detail: `${what}; that takes an operator of all projects.` })
}
