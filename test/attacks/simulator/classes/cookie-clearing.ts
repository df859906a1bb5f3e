import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** A private window for every vote: a new device token each time, the same browser on the same line. */
export const cookieClearing: AttackClass = {
  name: 'cookie-clearing',
  play(ctx) {
    const place = ctx.ownPlace()
    const me = ctx.self({ device: ctx.machines.desktop(ctx.random, place), address: ctx.ownAddress(place) })
    ctx.spawn(2 * HOUR, async (actor) => {
      await me.arrive(actor)
      await me.vote(actor, ctx.target, 1)
      for (let window = 0; window < ctx.size(120); window += 1) {
        me.browser.forget()
        await me.arrive(actor)
        await ctx.cast(me.browser, { signals: me.signals(), actor })
        await actor.sleep(ctx.random.between(1 * SECOND, 4 * SECOND))
      }
    })
  },
}
