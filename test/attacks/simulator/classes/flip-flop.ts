import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** Vote, take it back, vote again, clear everything, and so on: where taking back frees a key or a seat, each round leaves one more. */
export const flipFlop: AttackClass = {
  name: 'flip-flop',
  play(ctx) {
    const place = ctx.ownPlace()
    const me = ctx.self({ device: ctx.machines.desktop(ctx.random, place), address: ctx.ownAddress(place) })
    ctx.spawn(2 * HOUR, async (actor) => {
      await me.arrive(actor)
      await me.vote(actor, ctx.target, 1)
      for (let round = 0; round < ctx.size(60); round += 1) {
        await me.browser.vote(ctx.target, 0, { signals: me.signals(), actor })
        await actor.sleep(1 * SECOND)
        await ctx.cast(me.browser, { signals: me.signals(), actor })
        me.browser.forget()
        await actor.sleep(1 * SECOND)
        await ctx.cast(me.browser, { signals: me.signals(), actor })
      }
    })
  },
}
