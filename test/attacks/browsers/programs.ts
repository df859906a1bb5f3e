/** Programs of the system, by PATH. */
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Where it is; undefined when this machine has none. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name)
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path
  }
  return undefined
}
