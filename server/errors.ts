/**
 * Every refusal the API can utter, in one place: stable code, status, title. Rendered once, as RFC 9457, by
 * plugins/problems.ts. Codes are part of the wire contract: add, never rename.
 */
import type { Challenge } from './contract/challenge.ts'

export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request does not match its schema.' },
  malformed_json: { status: 400, title: 'The body is not valid JSON.' },
  invalid_origin_pattern: { status: 400, title: 'An allowed origin is not an exact origin or a single leading wildcard.' },
  invalid_selection: { status: 400, title: 'Give either a filter with at least one field, or vote ids.' },
  invalid_cursor: { status: 400, title: 'The cursor is not one this server gave out.' },
  invalid_block: { status: 400, title: 'The block’s value does not fit its kind, or it expires in the past.' },
  invalid_channel: { status: 400, title: 'The channel’s settings do not fit its kind, or lead where none may.' },
  invalid_password: { status: 400, title: 'The new password takes 12 to 200 characters, and is neither the name nor the present one.' },
  password_wrong: { status: 400, title: 'The present password is wrong.' },
  totp_code_wrong: { status: 400, title: 'The code is wrong, or not of now.' },
  invalid_api_key: { status: 401, title: 'No project has this key.' },
  operator_token_required: { status: 401, title: 'Sign in, or send an operator token as Authorization: Bearer.' },
  operator_token_invalid: { status: 401, title: 'The operator token is unknown, expired or revoked.' },
  sign_in_failed: { status: 401, title: 'Name, password or code is wrong.' },
  totp_required: { status: 401, title: 'Send the code of your authenticator app as well.' },
  signature_invalid: { status: 401, title: 'The signature is missing, wrong or not of now.' },
  user_token_invalid: { status: 401, title: 'The user token was refused.' },
  user_token_expired: { status: 401, title: 'The user token has expired.' },
  session_invalid: { status: 401, title: 'The session is not one of this project and origin.' },
  session_expired: { status: 401, title: 'The session has expired; start a new one.' },
  verification_required: { status: 401, title: 'This project counts votes of signed-in users only.' },
  origin_not_allowed: { status: 403, title: 'This origin is not on the project’s list.' },
  challenge_required: { status: 403, title: 'Solve the challenge and send the request again with its solution.' },
  blocked: { status: 403, title: 'Requests from here are blocked for now.' },
  role_insufficient: { status: 403, title: 'The operator’s role does not allow this.' },
  csrf_token_invalid: { status: 403, title: 'A change with a session takes its x-csrf-token, from a page of this server.' },
  password_change_required: { status: 403, title: 'Choose another password first: this one was set by somebody else.' },
  not_found: { status: 404, title: 'There is nothing here.' },
  unknown_project: { status: 404, title: 'No such project.' },
  unknown_item: { status: 404, title: 'The board has no such item.' },
  already_undone: { status: 409, title: 'It has been undone, or has ended, before.' },
  not_undoable: { status: 409, title: 'Releases from before there was a way back cannot be undone.' },
  already_allowed: { status: 409, title: 'The same network is on the list of allowed sources already.' },
  already_blocked: { status: 409, title: 'A standing block has the same kind and value.' },
  channel_exists: { status: 409, title: 'Another channel of the project has this name.' },
  notification_not_dead: { status: 409, title: 'Only what was given up, on a channel in use, can be sent again.' },
  backtest_running: { status: 409, title: 'Another back-test is running; try again when it is done.' },
  too_many_silences: { status: 409, title: 'There are too many standing silences; end some.' },
  session_required: { status: 409, title: 'This is for people who signed in, not for tokens.' },
  own_account: { status: 409, title: 'Nobody takes away their own access.' },
  too_many_tokens: { status: 409, title: 'There are too many tokens in use; revoke some.' },
  operator_exists: { status: 409, title: 'Somebody has this name.' },
  totp_in_use: { status: 409, title: 'A second factor is set up; remove it first.' },
  set_by_environment: { status: 409, title: 'The environment sets this; it cannot be changed here.' },
  confirmation_required: { status: 409, title: 'This deletes data; look at what, and confirm it.' },
  identity_secret_current: { status: 409, title: 'The current identity secret cannot be ended; rotate it first.' },
  already_merged: { status: 409, title: 'One of the two items is merged into another.' },
  merge_built_upon: { status: 409, title: 'A later merge builds on this one; undo that first.' },
  already_an_item: { status: 409, title: 'An item has been made of this feedback.' },
  no_channel: { status: 409, title: 'No channel serves this project, so there is nobody to tell.' },
  view_exists: { status: 409, title: 'You have a saved view of this name.' },
  too_many_views: { status: 409, title: 'You have as many saved views as one can have; delete some.' },
  already_voted: { status: 409, title: 'A vote like this one has been counted.' },
  voting_closed: { status: 409, title: 'Voting on this item is closed.' },
  body_too_large: { status: 413, title: 'The body is larger than this endpoint takes.' },
  unsupported_media_type: { status: 415, title: 'Send application/json.' },
  sign_in_locked: { status: 429, title: 'Too many failed attempts; wait and try again.' },
  rate_limited: { status: 429, title: 'Too many requests; wait and try again.' },
  internal_error: { status: 500, title: 'Something went wrong on our side; the request can be repeated.' },
  channel_failed: { status: 502, title: 'The channel did not take the message.' },
  overloaded: { status: 503, title: 'Busy; try again shortly.' },
  database_unavailable: { status: 503, title: 'The database cannot be reached; try again shortly.' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemOptions {
  detail?: string
  /** Seconds. Sent as Retry-After and in the body. */
  retryAfter?: number
  errors?: { pointer: string; detail: string }[]
  /** For `challenge_required`. */
  challenge?: Challenge
}

/** A refusal on its way to the client. Not for suspicion inside the gate: that is a Verdict. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly options: ProblemOptions
  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title)
    this.name = 'Problem'
    this.code = code
    this.status = PROBLEMS[code].status
    this.options = options
  }
}
