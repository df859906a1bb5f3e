/** The soak in small (npm run soak): each kind of kill once, and twenty seconds of everything at once. Counts are checked, memory is printed. */
import { expect, test } from 'vitest'
import { buildWhenMissing } from '../helpers/command.ts'
import { compare } from '../soak/comparison.ts'
import { runKillRounds, sumUp } from '../soak/kill-rounds.ts'
import { soakMemory } from '../soak/memory.ts'
import { prepareSubject } from '../soak/subject.ts'

const lines: string[] = []
const print = (line: string): void => void lines.push(line)

test('no acknowledged vote is lost or doubled by kill -9 of the server, of PostgreSQL, or of both', async () => {
  buildWhenMissing()
  const subject = await prepareSubject({ items: 5 })
  try {
    const result = await runKillRounds(subject, { kills: ['node', 'postgres', 'both'], connections: 16, loadMs: [300, 900], outageMs: [400, 900], print })
    console.log([...lines.splice(0), sumUp(result)].join('\n'))
    expect(sumUp(result)).toContain('3 rounds: 0 lost, 0 double, 0 tally faults (')
    expect(result.otherFaults).toEqual([])
    expect(result.acknowledged).toBeGreaterThan(48)

    // That nothing was found means something only of somebody who would have found it.
    const { cluster: { pool }, mill: { project } } = subject
    const counted = `select item_id, voter from votes where project_id = $1 and value = '1' and superseded_by is null and tier = 'd' order by voter limit 1`
    await pool.query(`delete from votes v using (${counted}) c where v.project_id = $1 and v.item_id = c.item_id and v.voter = c.voter`, [project.id])
    expect(await compare(pool, project.id, result.model)).toMatchObject({ lost: 1, double: 0, faults: 1 })
    await pool.query('update quotas set seats = 2 where (project_id, item_id, bucket) = (select project_id, item_id, bucket from quotas where project_id = $1 limit 1)', [project.id])
    await pool.query(
      `insert into votes (project_id, item_id, voter, cast_at, tier, state, value) select $1, min(item_id), gen_random_uuid(), now(), 'd', 'c', '1' from items where project_id = $1`,
      [project.id])
    expect(await compare(pool, project.id, result.model)).toMatchObject({ lost: 1, double: 2 })
    await pool.query('delete from decisions where project_id = $1', [project.id])
    const decided = [...result.model.rows.values()].filter(({ decisions }) => decisions > 0).length
    expect((await compare(pool, project.id, result.model)).lost).toBe(1 + decided)
  } finally {
    await subject.close()
  }
}, 180_000)

test('under full load every vote that was acknowledged is stored once, and no answer is an accident', async () => {
  buildWhenMissing()
  const subject = await prepareSubject({ items: 5 })
  try {
    const result = await soakMemory(subject, { seconds: 20, voters: 16, print })
    console.log(lines.splice(0).join('\n'))
    expect([result.lost, result.stored]).toEqual([0, result.acknowledged])
    expect(result.faults).toBe(0)
    expect(result.acknowledged).toBeGreaterThan(100)
    // MiB, one a second: a process of this kind weighs neither nothing nor a gigabyte.
    expect(result.resident).toHaveLength(20)
    expect(Math.min(...result.resident)).toBeGreaterThan(40)
    expect(result.max).toBeLessThan(1024)
  } finally {
    await subject.close()
  }
}, 180_000)
