import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { humanSignals } from '../signals.ts'

/**
 * One gesture of the attacker’s own hand, recorded and played back on flawless devices from many lines: the same press,
 * hover, path and offset, only the time before it differs.
 */
export const identicalGestures: AttackClass = {
  name: 'identical-gestures',
  play(ctx) {
    const { random } = ctx
    // Played as a path of its own each time, so that its hash is new; what it amounts to is the same.
    const { pathHash: _own, ...gesture } = humanSignals(random, 'mouse', 4000)
    for (let visit = 0; visit < ctx.size(150); visit += 1) {
      const place = ctx.addresses.proxies.place()
      const bot = ctx.bot(ctx.machines.desktop(random, place), ctx.proxy(place))
      ctx.spawn(2 * HOUR + random.between(0, 40 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => ({ ...gesture, dwellMs: Math.round(dwellMs), pathHash: random.hex(16) })))
    }
  },
}
