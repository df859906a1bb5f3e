/** A project’s choices, each in a sentence. */
import type { DedupMode, FingerprintMode, ProjectMode } from '../../../../../contract/primitives.ts'

interface Words {
  title: string
  hint: string
}

export const MODES: Record<ProjectMode, Words> = {
  verified: { title: 'Signed-in users only', hint: 'A vote needs a token that your server signed: one person, one vote.' },
  strict: { title: 'Signed-in users and devices', hint: 'A visitor without an account votes as a device; no fingerprint is looked at.' },
  open: { title: 'Everybody', hint: 'Devices too, and fingerprints help to tell one visitor with many devices from many visitors.' },
}
export const FINGERPRINTS: Record<FingerprintMode, Words> = {
  off: { title: 'Off', hint: 'No fingerprint is read or stored.' },
  consent: { title: 'With consent', hint: 'Read once your page says that the visitor agreed.' },
  on: { title: 'On', hint: 'Read for every vote. Make sure that your privacy notice says so.' },
}
export const DEDUPS: Record<DedupMode, Words> = {
  hold: { title: 'Held', hint: 'Recorded, and counted once there is evidence of another person.' },
  refuse: { title: 'Refused', hint: 'Answered as a vote that was cast before. Identical devices of two people cannot both vote.' },
}

/** Two lines for the page, and who may show it. */
export const embedSnippet = (server: string, publicKey: string): string =>
  `<script src="${server}/widget.js" data-project="${publicKey}" async></script>\n<div data-truetally="board"></div>`
