/** What the board says, in English. It is part of `widget.js`, so a sentence here costs every visitor. */
import type { Message } from './en.ts'

export const board = {
  loading: 'Loading the board…',
  loadFailed: 'The board could not be loaded.',
  retry: 'Try again',
  empty: 'Nothing to vote on yet. The first idea could be yours.',
  vote: { one: 'Vote for {title}, {count} vote', other: 'Vote for {title}, {count} votes' },
  closed: { one: 'Voting closed, {count} vote', other: 'Voting closed, {count} votes' },
  signIn: 'Sign in to this site to vote.',
  dismiss: 'Dismiss',
  notSaved: 'Your vote for “{title}” was not saved.',

  status_open: 'Open',
  status_planned: 'Planned',
  status_started: 'In progress',
  status_shipped: 'Shipped',
  status_declined: 'Declined',

  feedback: 'Give feedback',
  formLoading: 'Loading the form…',
  formFailed: 'The form could not be loaded.',

  problem_network: 'The server could not be reached. Please try again.',
  problem_rate_limited: 'That was a lot at once. Please try again in a little while.',
  problem_rate_limited_seconds: {
    one: 'That was a lot at once. Try again in {count} second.',
    other: 'That was a lot at once. Try again in {count} seconds.',
  },
  problem_busy: 'The server is busy. Please try again in a moment.',
  problem_blocked: 'Taking part is not possible from here at the moment. Contact the owner of this site if you think that is wrong.',
  problem_origin_not_allowed: 'This page is not set up to show this board.',
  problem_voting_closed: 'Voting on this one has closed.',
  problem_already_voted: 'A vote like yours has been counted already.',
  problem_verification_required: 'Sign in to this site, then vote again.',
  problem_unknown: 'Something went wrong. Please try again.',
} as const satisfies Record<string, Message>
