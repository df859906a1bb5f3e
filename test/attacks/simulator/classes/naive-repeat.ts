import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** One browser, one session, the vote button two hundred times: one after the other, and eight at once. */
export const naiveRepeat: AttackClass = {
  name: 'naive-repeat',
  play(ctx) {
    const place = ctx.ownPlace()
    const me = ctx.self({ device: ctx.machines.desktop(ctx.random, place), address: ctx.ownAddress(place) })
    ctx.spawn(2 * HOUR, async (actor) => {
      await me.arrive(actor)
      await me.vote(actor, ctx.target, 1)
      for (let round = 0; round < ctx.size(25); round += 1) {
        await actor.sleep(2 * SECOND)
        const signals = me.signals()
        await Promise.all(Array.from({ length: 8 }, () => ctx.cast(me.browser, { signals })))
      }
    })
  },
}
