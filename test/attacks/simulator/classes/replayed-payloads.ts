import type { Signals } from '../../../../server/contract/signals.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'

/**
 * Requests of real people, recorded and sent again: word for word with their session and their work; and with only their
 * signals, core and all, on fresh devices from many addresses, first as they were and then without the hash of the path.
 */
export const replayedPayloads: AttackClass = {
  name: 'replayed-payloads',
  play(ctx) {
    const { random } = ctx
    // While the sessions of the launch day still live.
    ctx.spawn(4.1 * HOUR, async (actor) => {
      const recorded = ctx.crowd.flatMap(({ browser }) => browser.lastVote ?? [])
      for (const { body, itemId } of random.sample(recorded, ctx.size(60))) {
        const place = ctx.addresses.proxies.place()
        await ctx.castBody(ctx.bot(ctx.harvested(place), ctx.proxy(place)), body, itemId)
        await actor.sleep(1 * SECOND)
      }
      const gestures = recorded.flatMap(({ body }) => (body as { signals?: Signals }).signals ?? []).filter(({ pathHash }) => pathHash !== undefined)
      if (gestures.length === 0) throw new Error('nobody moved a mouse that could be recorded')
      const whole = random.pick(gestures)
      const { pathHash: _dropped, ...bare } = random.pick(gestures)
      for (let visit = 0; visit < ctx.size(100); visit += 1) {
        const place = ctx.addresses.proxies.place()
        const bot = ctx.bot(ctx.harvested(place), ctx.proxy(place))
        await bot.startSession()
        await actor.sleep(2 * SECOND)
        await ctx.cast(bot, { signals: visit % 2 === 0 ? whole : bare, actor })
      }
    })
  },
}
