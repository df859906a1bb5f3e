/** A hand as the best attacker draws one: a curve with a tremor, eased, that settles before it presses and holds the button. */
import { between, wait } from './client.ts'

export interface Point {
  x: number
  y: number
}

export interface Box extends Point {
  width: number
  height: number
}

/** What moves: a driver’s mouse, or the display’s. */
export interface Mouse {
  move(x: number, y: number): Promise<unknown>
  down(): Promise<unknown>
  up(): Promise<unknown>
}

const STEP_MS = 14

/** Comes from somewhere on the page and presses for 80 to 120 ms, somewhere on the control. */
export async function pressByHand(mouse: Mouse, box: Box): Promise<void> {
  const from = { x: between(120, 900), y: between(150, 750) }
  const to = { x: box.x + box.width * between(0.22, 0.78), y: box.y + box.height * between(0.25, 0.75) }
  const steps = Math.round(between(38, 62))
  for (const point of curve(from, to, steps)) {
    await mouse.move(point.x, point.y)
    await wait(between(STEP_MS * 0.6, STEP_MS * 1.4))
  }
  await wait(between(120, 260))
  await mouse.down()
  await wait(between(80, 120))
  await mouse.up()
}

/** A cubic Bézier curve, slow at both ends, with a tremor that dies away towards the end. */
function curve(from: Point, to: Point, steps: number): Point[] {
  const bend = between(-0.25, 0.25)
  const [near, far] = [bow(from, to, between(0.2, 0.4), bend), bow(from, to, between(0.6, 0.85), bend * between(0.3, 1))]
  return Array.from({ length: steps + 1 }, (_, step) => {
    const share = step / steps
    const t = share ** 3 * (share * (share * 6 - 15) + 10)
    const tremor = (1 - share) * between(-1.5, 1.5)
    const at = (axis: 'x' | 'y'): number =>
      (1 - t) ** 3 * from[axis] + 3 * (1 - t) ** 2 * t * near[axis] + 3 * (1 - t) * t ** 2 * far[axis] + t ** 3 * to[axis]
    return { x: at('x') + tremor, y: at('y') + tremor * 0.7 }
  })
}

/** The point beside the chord at this share of it. */
function bow(from: Point, to: Point, share: number, bend: number): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  return { x: from.x + dx * share - dy * bend, y: from.y + dy * share + dx * bend }
}
