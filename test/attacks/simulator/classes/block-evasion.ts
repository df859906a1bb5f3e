import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** A moderator blocks address after address; the attacker’s one machine takes the next address of its network and a new profile. */
export const blockEvasion: AttackClass = {
  name: 'block-evasion',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const network = ctx.addresses.homes.network(place)
    const machine = ctx.machines.desktop(random, place)
    ctx.spawn(2 * HOUR, async (actor) => {
      let host = 10
      for (let visit = 1; visit <= ctx.size(160); visit += 1) {
        const address = `${network}.${host}`
        const status = await ctx.behave(actor, ctx.bot(disguised(random, machine, place), address))
        if (status === 403) host += 1
        else if (visit % 20 === 0) {
          await ctx.operator.block(ctx.projectKey, 'ip', address, ctx.timeline.now() + 6 * HOUR)
        }
        await actor.sleep(2 * SECOND)
      }
    })
  },
}
