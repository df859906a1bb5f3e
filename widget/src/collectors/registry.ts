/** Every collector, by the field of `Signals` it fills. The type makes a field without a collector a compile error. */
import { automationGlobals } from './automation-globals.ts'
import { coalescedMoves } from './coalesced-moves.ts'
import type { Collectors } from '../facts.ts'
import { core } from './core.ts'
import { dwell } from './dwell.ts'
import { firstInput } from './first-input.ts'
import { hoverDuration } from './hover-duration.ts'
import { input } from './input.ts'
import { keys } from './keys.ts'
import { language } from './language.ts'
import { languages } from './languages.ts'
import { mobile } from './mobile.ts'
import { moves } from './moves.ts'
import { offCentre } from './off-centre.ts'
import { pathHash } from './path-hash.ts'
import { platform } from './platform.ts'
import { pressDuration } from './press-duration.ts'
import { pressure } from './pressure.ts'
import { scrolls } from './scrolls.ts'
import { straightness } from './straightness.ts'
import { timeZone } from './time-zone.ts'
import { timezoneOffset } from './timezone-offset.ts'
import { trusted } from './trusted.ts'
import { visibility } from './visibility.ts'
import { webdriver } from './webdriver.ts'
import { workerMismatch } from './worker-mismatch.ts'

export const registry: Collectors = {
  webdriver,
  trusted,
  input,
  dwellMs: dwell,
  firstInputMs: firstInput,
  pressMs: pressDuration,
  hoverMs: hoverDuration,
  pressure,
  moves,
  coalescedMoves,
  straightness,
  pathHash,
  offCentre,
  keys,
  scrolls,
  languages,
  timezoneOffset,
  visible: visibility,
  automationGlobals,
  workerMismatch,
  language,
  platform,
  mobile,
  timeZone,
  core,
}
