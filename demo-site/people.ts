/** The people a visitor of the demo may sign in as. A real site has a user table and a password here. */
export interface DemoPerson {
  /** Becomes the token's `sub`: stable for ever, never an e-mail address, which people change. */
  id: string
  name: string
  email: string
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { id: 'usr_1001', name: 'Mira Okafor', email: 'mira@northwind.example' },
  { id: 'usr_1002', name: 'Jonas Lindqvist', email: 'jonas@northwind.example' },
  { id: 'usr_1003', name: 'Sofia Reyes', email: 'sofia@northwind.example' },
]
