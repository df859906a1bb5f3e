import type { FastifyInstance } from 'fastify'

/** Listens and returns the port, which matters where 0 was asked for. Throws a sentence that names the variable to change. */
export async function listen(app: FastifyInstance, host: string, port: number, variable: string): Promise<number> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new Error(`Port ${port} is in use. Stop what uses it, or set ${variable} to another port.`, { cause: error })
    if (code === 'EACCES') throw new Error(`Port ${port} may not be used by this user. Set ${variable} to one above 1023.`, { cause: error })
    throw error
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
