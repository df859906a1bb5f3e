import type { AttackClass } from '../play.ts'

/** Nobody attacks: what the gate does to people when it has nothing to defend. */
export const honestOnly: AttackClass = {
  name: 'honest-only',
  play: () => undefined,
}
