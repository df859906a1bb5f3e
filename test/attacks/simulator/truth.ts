/** What really happened, kept where no server can reach it: who wanted what, and which votes nobody was entitled to. */

export interface Person {
  id: string
  population: string
  /** One human being all the same, who attacks besides: their own vote may stand, and its loss is nobody’s. */
  attacks: boolean
}

/** What one person wants of one item, and what became of saying so. */
export interface Wish {
  person: Person
  itemId: string
  value: 0 | 1
  /** Voter keys under which the server acknowledged it, with the value it last acknowledged. */
  acknowledged: Map<string, 0 | 1>
}

export const voteId = (itemId: string, voter: string): string => `${itemId}:${voter}`

export class Truth {
  readonly wishes = new Map<string, Wish>()
  /** Ids of votes that attackers were told are recorded. */
  readonly attackIds = new Set<string>()
  attackVotes = 0
  readonly attackedItems = new Set<string>()
  readonly attackAddresses = new Set<string>()
  /** With the population of whoever was there last. */
  readonly honestAddresses = new Map<string, string>()
  /** When each request of an attack was sent. */
  readonly attackTimes = new Set<number>()
  /** Visitor ids and cores that attackers showed. */
  readonly attackMarks = new Set<string>()
  firstAttackAt: number | undefined
  /** Hashes that the attackers’ work would have cost at the shipped difficulties. */
  attackHashes = 0
  /** Every way in which an acknowledged vote was answered, with who got it so. */
  readonly answers = { honest: new Set<string>(), attacking: new Set<string>() }

  wish(person: Person, itemId: string, value: 0 | 1): Wish {
    const key = `${person.id}\0${itemId}`
    let wish = this.wishes.get(key)
    if (wish === undefined) this.wishes.set(key, (wish = { person, itemId, value, acknowledged: new Map() }))
    wish.value = value
    return wish
  }

  /** An attempt at a vote too many; whether the server takes it is another matter. */
  castAttack(itemId: string, at: number): void {
    this.attackVotes += 1
    this.attackedItems.add(itemId)
    this.firstAttackAt ??= at
  }

  noteRequest(
    source: { address: string; attacking: boolean; population: string; device: { fingerprint: string | undefined; core: string | undefined } }, at: number,
  ): void {
    if (source.attacking) {
      this.attackAddresses.add(source.address)
      for (const mark of [source.device.fingerprint, source.device.core]) if (mark !== undefined) this.attackMarks.add(mark)
      this.attackTimes.add(at)
    } else {
      this.honestAddresses.set(source.address, source.population)
    }
  }

  noteAnswer(attacking: boolean, shape: string): void {
    this.answers[attacking ? 'attacking' : 'honest'].add(shape)
  }

  /** Votes of honest people that an item should show, and how many more it may, which are attackers’ own. */
  votesFor(itemId: string): { due: number; allowed: number } {
    const votes = { due: 0, allowed: 0 }
    for (const wish of this.wishes.values()) if (wish.itemId === itemId) votes[wish.person.attacks ? 'allowed' : 'due'] += wish.value
    return votes
  }
}
