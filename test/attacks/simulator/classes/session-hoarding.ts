import { type AttackClass, HOUR, MINUTE, SECOND } from '../play.ts'

/** 150 sessions opened over a quarter of an hour, their work done at leisure, and all of them fired within half a minute from 30 lines. */
export const sessionHoarding: AttackClass = {
  name: 'session-hoarding',
  play(ctx) {
    const { random } = ctx
    const lines = Array.from({ length: ctx.size(30) }, () => {
      const place = ctx.addresses.proxies.place()
      return { place, address: ctx.proxy(place) }
    })
    for (let session = 0; session < ctx.size(150); session += 1) {
      const { place, address } = lines[session % lines.length] as (typeof lines)[number]
      const bot = ctx.bot(ctx.harvested(place), address)
      const early = random.between(5 * MINUTE, 20 * MINUTE)
      ctx.spawn(2 * HOUR - early, async (actor) => {
        await bot.readBoard()
        await bot.startSession()
        bot.solution(ctx.target)
        const dwellMs = early + random.between(0, 30 * SECOND)
        await actor.sleep(dwellMs)
        await ctx.cast(bot, { signals: ctx.humanly(bot, dwellMs), actor })
      })
    }
  },
}
