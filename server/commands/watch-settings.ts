/** The settings file that the environment names. */
import { readFile } from 'node:fs/promises'
import { type Config, ConfigError } from '../config.ts'
import type { WatchSettings } from '../contract/watch-settings.ts'
import { defaultWatchSettings, loadWatchSettings } from '../watch/settings.ts'
import { asConfigError } from './as-config-error.ts'

/** @throws ConfigError that names each key of the file that is wrong */
export async function readWatchSettings({ watchSettings: file }: Pick<Config, 'watchSettings'>): Promise<WatchSettings> {
  if (file === undefined) return defaultWatchSettings
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`WATCH_SETTINGS: ${file}: cannot be read: ${(error as Error).message.split(',')[0]}`)
  }
  try {
    return loadWatchSettings(text, file)
  } catch (error) {
    throw asConfigError(error, 'The watch’s settings are not usable:')
  }
}
