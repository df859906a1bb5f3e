import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** A shell script: no work, no signals, no fingerprint, no waiting, curl’s own name, a new address for every vote. */
export const bareHttpClient: AttackClass = {
  name: 'bare-http-client',
  play(ctx) {
    const device = {
      userAgent: 'curl/8.14.1', headers: { accept: '*/*' }, languages: [], platform: '', mobile: undefined, timeZone: 'UTC',
      fingerprint: undefined, core: undefined,
    }
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let visit = 0; visit < ctx.size(160); visit += 1) {
        const bot = ctx.bot(device, ctx.proxy())
        bot.works = false
        await ctx.cast(bot)
        await actor.sleep(1 * SECOND)
      }
    })
  },
}
