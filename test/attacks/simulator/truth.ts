/** What really happened, kept where no server can reach it: who wanted what, and which votes nobody was entitled to. */

export interface Person {
  id: string
  population: string
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
  firstAttackAt: number | undefined

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

  noteRequest(source: { address: string; attacking: boolean; population: string }, at: number): void {
    if (source.attacking) {
      this.attackAddresses.add(source.address)
      this.attackTimes.add(at)
    } else {
      this.honestAddresses.set(source.address, source.population)
    }
  }

  /** Honest votes an item should show. */
  votesFor(itemId: string): number {
    let votes = 0
    for (const wish of this.wishes.values()) votes += wish.itemId === itemId ? wish.value : 0
    return votes
  }
}
