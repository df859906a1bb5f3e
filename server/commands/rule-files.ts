/** The rules in force: those that come with Truetally, and the operator’s own in RULES_DIR. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import { DocumentError } from '../document-faults.ts'
import type { RuleLibrary } from '../watch/language/library.ts'
import { type RuleFile, loadRules } from '../watch/language/load.ts'
import { asConfigError } from './as-config-error.ts'

/** Beside the compiled module as well: the build copies it. */
export const SHIPPED_RULES_DIR = fileURLToPath(new URL('../watch/rules', import.meta.url))

const FIXTURE = /\.test\.ya?ml$/
const isRuleFile = (name: string): boolean => /\.ya?ml$/.test(name) && !FIXTURE.test(name)

export const readRuleFiles = (dir: string): Promise<RuleFile[]> => readTexts(dir, isRuleFile)
export const readFixtureFiles = (dir: string): Promise<RuleFile[]> => readTexts(dir, (name) => FIXTURE.test(name))
export const readShippedRules = async (): Promise<RuleFile[]> => (await readRuleFiles(SHIPPED_RULES_DIR)).map((file) => ({ ...file, shipped: true }))

/** Files, and the rule files of directories. @throws DocumentError naming what cannot be read */
export async function readRulePaths(paths: readonly string[]): Promise<RuleFile[]> {
  const files: RuleFile[] = []
  const faults: string[] = []
  for (const path of paths) {
    try {
      if ((await stat(path)).isDirectory()) files.push(...(await readRuleFiles(path)))
      else files.push({ file: path, text: await readFile(path, 'utf8') })
    } catch (error) {
      faults.push(...(error instanceof DocumentError ? error.faults : [unreadable(path, error)]))
    }
  }
  if (faults.length > 0) throw new DocumentError(faults)
  return files
}

/** @throws ConfigError that names every file, line and key that is wrong */
export async function readRules({ rulesDir }: Pick<Config, 'rulesDir'>): Promise<RuleLibrary> {
  try {
    return loadRules([...(await readShippedRules()), ...(rulesDir === undefined ? [] : await readRuleFiles(rulesDir))])
  } catch (error) {
    throw asConfigError(error, rulesDir === undefined ? 'The rules are not usable:' : `The rules are not usable (RULES_DIR is ${rulesDir}):`)
  }
}

async function readTexts(dir: string, belongs: (name: string) => boolean): Promise<RuleFile[]> {
  let names: string[]
  try {
    names = (await readdir(dir)).filter(belongs).toSorted()
  } catch (error) {
    throw new DocumentError([unreadable(dir, error)])
  }
  return await Promise.all(names.map(async (name) => ({ file: join(dir, name), text: await readFile(join(dir, name), 'utf8') })))
}

// "ENOENT: no such file or directory, open '…'": the file is named already.
const unreadable = (path: string, error: unknown): string => `${path}: cannot be read: ${String((error as Error).message.split(',')[0])}`
