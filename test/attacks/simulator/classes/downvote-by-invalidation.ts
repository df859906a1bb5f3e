import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { humanSignals, machineSignals } from '../signals.ts'

/**
 * The aim is the others’ votes: somebody in the office (or who has seen its visitorId and core) votes from its address with
 * its fingerprint, on every item, clumsily on purpose, so that the office’s votes are held or invalidated with theirs: driven
 * by a tool that owns up, with no work done, sooner than a page could, with one and the same gesture.
 */
export const downvoteByInvalidation: AttackClass = {
  name: 'downvote-by-invalidation',
  play(ctx) {
    const { random } = ctx
    const gesture = humanSignals(random, 'mouse', 3000)
    ctx.spawn(0.3 * HOUR, async (actor) => {
      const seen = ctx.crowd.find(({ person }) => person.population === 'office-nat')?.browser
      if (seen === undefined) throw new Error('there is no office to imitate')
      for (let visit = 0; visit < ctx.size(120); visit += 1) {
        const bot = ctx.bot(seen.device, seen.address)
        const clumsy = visit % 4
        bot.works = clumsy !== 0
        await bot.startSession()
        if (clumsy !== 1) await actor.sleep(3 * SECOND)
        const signals = clumsy === 2 ? machineSignals(random, 'playwright', 3000) : clumsy === 3 ? gesture : humanSignals(random, 'mouse', 3000)
        await ctx.cast(bot, { signals, itemId: ctx.items[visit % ctx.items.length] })
        await actor.sleep(30 * SECOND)
      }
    })
  },
}
