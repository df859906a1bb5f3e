import type { Collector } from '../facts.ts'
import { userAgentData } from '../user-agent-data.ts'

/** Whether the browser calls itself one for phones; only Chromium says, and only on https. */
export const mobile: Collector<boolean> = () => userAgentData()?.mobile
