import type { Collector } from '../facts.ts'
import { userAgentData } from '../user-agent-data.ts'

/** The operating system: the browser's short name for it where it has one (Chromium on https), else the old one. */
export const platform: Collector<string> = () => (userAgentData()?.platform || navigator.platform || undefined)?.slice(0, 40)
