import { OFFICE_BROWSER, desktop } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { humanSignals, machineSignals } from '../signals.ts'

/**
 * The aim is the others’ votes: somebody in the office (or who has seen its visitorId) votes from its address with its
 * fingerprint, clumsily on purpose, so that the office’s votes are held or invalidated with theirs.
 */
export const downvoteByInvalidation: AttackClass = {
  name: 'downvote-by-invalidation',
  play(ctx) {
    const { random } = ctx
    ctx.spawn(0.3 * HOUR, async (actor) => {
      const seen = ctx.crowd.find(({ person }) => person.population === 'office-nat')?.browser
      if (seen === undefined) throw new Error('there is no office to imitate')
      const device = { ...desktop(random), userAgent: OFFICE_BROWSER, fingerprint: seen.device.fingerprint }
      for (let visit = 0; visit < ctx.size(120); visit += 1) {
        const bot = ctx.bot(device, seen.address)
        await bot.startSession()
        const signals = random.chance(0.5) ? machineSignals(random, 'playwright', 3000) : humanSignals(random, 'mouse', 3000)
        await ctx.cast(bot, signals, {}, ctx.items[visit % ctx.items.length])
        await actor.sleep(30 * SECOND)
      }
    })
  },
}
